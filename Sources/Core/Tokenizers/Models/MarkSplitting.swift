#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

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

  /// Bytes after which a mark begins no word, as there are tokens that hold one after them (Gemma's `>▁</`): words are
  /// then joined there, which is exact too.
  /// - Returns: nil where the mark is no token, or these are many.
  static func joins(in vocabulary: Vocabulary) -> [UInt8]? {
    let mark = PipelineTokenizer.mark
    guard vocabulary.id(mark) >= 0 else { return nil }
    var joins = Set<UInt8>()
    for id in 0..<vocabulary.count {
      guard let bytes = vocabulary.bytes(TokenID(id)), bytes.count > 3, let base = bytes.baseAddress,
        memchr(base + 1, 0xE2, bytes.count - 1) != nil
      else { continue }
      var end = wordEnd(base, 0, bytes.count)
      guard end < bytes.count, vocabulary.id(bytes) == id else { continue }
      while end < bytes.count {
        joins.insert(base[end - 1])
        end = wordEnd(base, end, bytes.count)
      }
      if joins.count > mostJoins { return nil }
    }
    return joins.sorted()
  }

  private static let mostJoins = 8

  /// As ``wordEnd(_:_:_:)``, but for marks after some bytes.
  static func wordEnd(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, joins: [UInt8]) -> Int {
    var next = wordEnd(base, start, end)
    while next < end, joins.contains(base[next - 1]) { next = wordEnd(base, next, end) }
    return next
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
