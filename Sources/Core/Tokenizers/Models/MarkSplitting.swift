/// Text in which `▁` (U+2581) begins words is merged word by word where that cannot change the result: where no token
/// holds the mark after another character. Then no merge ever reaches over a word's start, and long texts take linear
/// time.
enum MarkSplitting {
  static func isExact(for vocabulary: Vocabulary) -> Bool {
    guard vocabulary.id(PipelineTokenizer.mark) >= 0 else { return false }
    for id in 0..<vocabulary.count {
      guard let bytes = vocabulary.bytes(TokenID(id)), bytes.count > 3, let base = bytes.baseAddress else { continue }
      if wordEnd(base, 0, bytes.count) < bytes.count { return false }
    }
    return true
  }

  /// The place of the first mark after `start` that follows another character; `end` where there is none.
  @inline(__always)
  static func wordEnd(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    var i = start
    var followsMark = true
    while i < end {
      if base[i] == 0xE2, end - i >= 3, base[i + 1] == 0x96, base[i + 2] == 0x81 {
        if !followsMark { return i }
        i += 3
      } else {
        followsMark = false
        i += 1
      }
    }
    return end
  }
}
