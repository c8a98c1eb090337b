/// SentencePiece's models that only look up: whole words, or single characters and user-defined symbols.
struct SentencePieceLookupModel: TokenModel {
  enum Unit: Sendable { case word, character }

  /// Only what text may become is findable in it.
  let vocabulary: Vocabulary
  let unknown: TokenID?
  /// Tokens of single bytes, in place of unknown characters; empty where there are none.
  let byteTokens: [TokenID]
  let userDefined: UnigramTrie?
  let unit: Unit

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    text.text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in pieces {
        var start = Int(piece.start)
        let end = Int(piece.end)
        var isUnknownLast = false
        while start < end {
          let next = self.end(base, start, end)
          defer { start = next }
          let id = vocabulary.id(base + start, count: next - start)
          guard id < 0 else {
            tokens.append(id, start, next)
            isUnknownLast = false
            continue
          }
          if byteTokens.count == 256 {
            for i in start..<next { tokens.append(byteTokens[Int(base[i])], i, i + 1) }
          } else if isUnknownLast, let last = tokens.ranges.indices.last {
            tokens.ranges[last].end = UInt32(truncatingIfNeeded: next)
          } else if let unknown {
            tokens.append(unknown, start, next)
          }
          isUnknownLast = true
        }
      }
    }
  }

  func end(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    switch unit {
    case .character:
      let length = userDefined?.longestPrefix(base + start, count: end - start).length ?? 0
      return length > 0 ? start + length : min(end, start + utf8Length(base[start]))
    case .word:
      // Every mark begins a word.
      var i = start + utf8Length(base[start])
      while i < end, !(base[i] == 0xE2 && end - i >= 3 && base[i + 1] == 0x96 && base[i + 2] == 0x81) { i += 1 }
      return min(i, end)
    }
  }
}
