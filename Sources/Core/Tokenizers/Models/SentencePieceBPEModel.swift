/// SentencePiece's BPE (Kudo & Richardson 2018): of all neighbours that together are a token, those with the highest
/// score merge first, the leftmost of equals. Characters left over become byte tokens, or the unknown token.
struct SentencePieceBPEModel: TokenModel {
  let vocabulary: Vocabulary
  /// Scores by id, as ranks: the higher the score, the lower the rank; equal scores share one.
  let ranks: [UInt32]
  let unknown: TokenID?
  let byteTokens: [TokenID]
  let splitsAtMarks: Bool

  /// - Parameter vocabulary: only tokens that text may become are findable in it.
  init(vocabulary: Vocabulary, scores: [Float], unknown: TokenID?, byteTokens: [TokenID]) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.byteTokens = byteTokens
    splitsAtMarks = MarkSplitting.isExact(for: vocabulary)
    ranks = Self.ranks(scores)
  }

  /// Floats in descending order as integers in ascending order; NaN comes last.
  private static func ranks(_ scores: [Float]) -> [UInt32] {
    scores.map { score in
      guard !score.isNaN else { return UInt32.max - 1 }
      // Adding zero makes the two zeros one. Then bit patterns of floats order like integers once the negative ones are
      // turned around.
      let bits = (score + 0).bitPattern
      let ascending = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
      return min(~ascending, UInt32.max - 1)
    }
  }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    text.text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in pieces {
        var start = Int(piece.start)
        let end = Int(piece.end)
        while start < end {
          let next = splitsAtMarks ? MarkSplitting.wordEnd(base, start, end) : end
          tokenizeWord(base + start, start, next - start, scratch, &tokens)
          start = next
        }
      }
    }
  }

  @inline(__always)
  private func tokenizeWord(
    _ word: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ scratch: EncodeScratch, _ tokens: inout TokenRun
  ) {
    guard count <= WordCache.longestWord else {
      mergeWord(word, start, count, scratch.symbols, &tokens)
      return
    }
    let place = scratch.words.place(word, count: count)
    if scratch.words.recall(place, start, &tokens) { return }
    let first = tokens.ids.count
    mergeWord(word, start, count, scratch.symbols, &tokens)
    let covered = tokens.ranges[first...].reduce(0) { $0 + $1.range.count }
    if covered == count { scratch.words.remember(place, start, tokens, from: first) }
  }

  private func mergeWord(
    _ word: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ symbols: SymbolList, _ tokens: inout TokenRun
  ) {
    symbols.removeAll(reserving: count)
    var i = 0
    while i < count {
      let length = min(utf8Length(word[i]), count - i)
      symbols.append(-1, start: i, length: length)
      i += length
    }
    ranks.withUnsafeBufferPointer { ranks in
      symbols.merge { left, right in
        let id = vocabulary.id(word + Int(left.start), count: Int(left.length + right.length))
        return id >= 0 && Int(id) < ranks.count ? (ranks[Int(id)], id) : (.max, -1)
      }
    }
    guard symbols.count > 0 else { return }
    var place = 0
    while place >= 0 {
      let symbol = symbols.symbols[place]
      let from = Int(symbol.start)
      let end = from + Int(symbol.length)
      // A single character has not been looked up yet.
      let id = symbol.id >= 0 ? symbol.id : vocabulary.id(word + from, count: end - from)
      if id >= 0 {
        tokens.append(id, start + from, start + end)
      } else if (from..<end).allSatisfy({ byteTokens[Int(word[$0])] >= 0 }) {
        for j in from..<end { tokens.append(byteTokens[Int(word[j])], start + j, start + j + 1) }
      } else if let unknown {
        tokens.append(unknown, start + from, start + end)
      }
      place = Int(symbol.next)
    }
  }
}
