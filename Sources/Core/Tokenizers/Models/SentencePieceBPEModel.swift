/// SentencePiece's BPE (Kudo & Richardson 2018): of all neighbours that together are a token, those with the highest
/// score merge first, the leftmost of equals. Characters left over become byte tokens, or the unknown token.
struct SentencePieceBPEModel: TokenModel {
  let vocabulary: Vocabulary
  /// Scores by id, as ranks: the higher the score, the lower the rank; equal scores share one.
  let ranks: [UInt32]
  /// ``TokenID/lacking`` where there is none.
  let unknown: TokenID
  var mayLackTokens: Bool { unknown == .lacking && byteTokens.contains(-1) }
  let byteTokens: [TokenID]
  /// What cuts text into words that merge one by one; nil: nothing does.
  let border: Border?
  var splitsAtMarks: Bool { border?.isMark == true }
  private let fusesUnknown: Bool
  /// Symbols that are found first and never merge.
  let userDefined: UnigramTrie?
  /// Tokens that only serve to be merged on; what is left of them is taken apart again.
  private let unused: Set<TokenID>
  private let pool = UnigramScratchPool()

  /// - Parameter vocabulary: only tokens that text may become are findable in it.
  init(
    vocabulary: Vocabulary, scores: [Float], unknown: TokenID, byteTokens: [TokenID], fusesUnknown: Bool = false,
    userDefined: UnigramTrie? = nil, unused: Set<TokenID> = [], beginsWords: Border = .mark()
  ) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.byteTokens = byteTokens
    self.fusesUnknown = fusesUnknown
    self.userDefined = userDefined
    self.unused = unused
    // How an unused token came about may depend on other words.
    border = unused.isEmpty ? beginsWords.exact(for: vocabulary) : nil
    ranks = Self.ranks(scores)
  }

  /// What stands at the start of words and nowhere else within a token, so that no merge reaches over it.
  enum Border: Sendable {
    /// `▁` does, but for those after some bytes (``MarkSplitting/joins(in:)``).
    case mark(joins: [UInt8] = [])
    case space

    var isMark: Bool { if case .mark = self { true } else { false } }

    /// - Returns: nil where tokens reach over the start of a word.
    func exact(for vocabulary: Vocabulary) -> Border? {
      if isMark { return MarkSplitting.joins(in: vocabulary).map { .mark(joins: $0) } }
      guard vocabulary.id([0x20]) >= 0 else { return nil }
      for id in 0..<TokenID(vocabulary.count) {
        guard let bytes = vocabulary.bytes(id), let base = bytes.baseAddress else { continue }
        if wordEnd(base, 0, bytes.count) < bytes.count, vocabulary.id(bytes) == id { return nil }
      }
      return self
    }

    @inline(__always)
    func wordEnd(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
      switch self {
      case .mark(let joins):
        return joins.isEmpty
          ? MarkSplitting.wordEnd(base, start, end) : MarkSplitting.wordEnd(base, start, end, joins: joins)
      case .space:
        var i = start
        while i < end, base[i] == 0x20 { i += 1 }
        while i < end, base[i] != 0x20 { i += 1 }
        return i
      }
    }
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
    pool.with { words in
      text.text.withBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        for piece in pieces {
          var start = Int(piece.start)
          let end = Int(piece.end)
          // Unknown characters of neighbouring words stay apart where words begin with a token of their own.
          while start < end {
            let next = border?.wordEnd(base, start, end) ?? end
            tokenizeWord(base, start, next, bytes.count, scratch.symbols, words, &tokens)
            start = next
          }
        }
      }
    }
  }

  @inline(__always)
  private func tokenizeWord(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ limit: Int, _ symbols: SymbolList,
    _ words: UnigramScratch, _ tokens: inout TokenRun
  ) {
    guard end - start <= UnigramCache.longestWord else {
      return mergeWord(base + start, start, end - start, symbols, &tokens)
    }
    let place = words.cache.place(base + start, count: end - start, readable: limit - start)
    if words.cache.holds(place), words.cache.recall(place, start, sum: 0, true, &tokens) { return }
    let first = tokens.ids.count
    mergeWord(base + start, start, end - start, symbols, &tokens)
    words.cache.remember(place, start, tokens, from: first, covering: end - start)
  }

  func mergeWord(
    _ word: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ symbols: SymbolList, _ tokens: inout some TokenSink
  ) {
    var output = Output(isUnknownLast: false)
    // How an unused token came about is known of the whole word only.
    guard count <= SymbolList.window || !unused.isEmpty else {
      return mergeWindows(word, start, count, symbols, &output, &tokens)
    }
    symbols.removeAll(reserving: count)
    _ = addSymbols(word, count, symbols, from: 0, most: .max)
    guard symbols.count > 0 else { return }
    /// Of unused tokens made here, the length of the left of their two parts.
    var parts: [TokenID: Int] = [:]
    ranks.withUnsafeBufferPointer { ranks in
      symbols.merge { left, right in
        guard left.id != Self.frozen, right.id != Self.frozen else { return (.max, -1) }
        let id = vocabulary.id(word + Int(left.start), count: Int(left.length + right.length))
        guard id >= 0, Int(id) < ranks.count else { return (.max, -1) }
        if !unused.isEmpty, unused.contains(id) { parts[id] = Int(left.length) }
        return (ranks[Int(id)], id)
      }
    }
    var place = 0
    while place >= 0 {
      let symbol = symbols.symbols[place]
      let from = Int(symbol.start)
      let end = from + Int(symbol.length)
      // A single character or a user-defined symbol has not been looked up yet.
      let id = symbol.id >= 0 ? symbol.id : vocabulary.id(word + from, count: end - from)
      if unused.isEmpty || !unused.contains(id) {
        append(id, word, start, from, end, &output, &tokens)
      } else {
        takeApart(id, parts, word, start, from, end, &output, &tokens)
      }
      place = Int(symbol.next)
    }
  }

  /// Appends the characters and user-defined symbols of a word.
  /// - Returns: the end of the last.
  @inline(__always)
  private func addSymbols(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ symbols: SymbolList, from: Int, most: Int
  ) -> Int {
    var i = from
    while i < count, symbols.count < most {
      let frozen = userDefined?.longestPrefix(word + i, count: count - i).length ?? 0
      let length = frozen > 0 ? frozen : min(utf8Length(word[i]), count - i)
      symbols.append(frozen > 0 ? Self.frozen : -1, start: i, length: length)
      i += length
    }
    return i
  }

  private func mergeWindows(
    _ word: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ symbols: SymbolList, _ output: inout Output,
    _ tokens: inout some TokenSink
  ) {
    let made = tokens.count
    ranks.withUnsafeBufferPointer { ranks in
      symbols.mergeWindows(
        count: count, window: SymbolList.window,
        fill: { from, most in addSymbols(word, count, symbols, from: from, most: most) },
        pair: { left, right in
          guard left.id != Self.frozen, right.id != Self.frozen else { return (.max, -1) }
          let id = vocabulary.id(word + Int(left.start), count: Int(left.length + right.length))
          return id >= 0 && Int(id) < ranks.count ? (ranks[Int(id)], id) : (.max, -1)
        },
        emit: { token in
          let (from, end) = (Int(token.start), Int(token.end))
          let id = token.id >= 0 ? token.id : vocabulary.id(word + from, count: end - from)
          append(id, word, start, from, end, &output, &tokens)
        },
        restart: {
          tokens.removeAll(after: made)
          output.isUnknownLast = false
        })
    }
  }

  private static let frozen: TokenID = -2

  private struct Output {
    var isUnknownLast: Bool
  }

  @inline(__always)
  private func append(
    _ id: TokenID, _ word: UnsafePointer<UInt8>, _ start: Int, _ from: Int, _ end: Int, _ output: inout Output,
    _ tokens: inout some TokenSink
  ) {
    let wasUnknown = output.isUnknownLast
    output.isUnknownLast = false
    if id >= 0 {
      tokens.append(id, start + from, start + end)
    } else if (from..<end).allSatisfy({ byteTokens[Int(word[$0])] >= 0 }) {
      for j in from..<end { tokens.append(byteTokens[Int(word[j])], start + j, start + j + 1) }
    } else {
      output.isUnknownLast = true
      if fusesUnknown, wasUnknown {
        tokens.extendLast(to: start + end)
      } else {
        tokens.append(unknown, start + from, start + end)
      }
    }
  }

  /// Hands out the parts of an unused token, theirs first if they are unused too.
  private func takeApart(
    _ id: TokenID, _ parts: [TokenID: Int], _ word: UnsafePointer<UInt8>, _ start: Int, _ from: Int, _ end: Int,
    _ output: inout Output, _ tokens: inout some TokenSink
  ) {
    var work = [(from, end)]
    while let (from, end) = work.popLast() {
      let id = vocabulary.id(word + from, count: end - from)
      if id >= 0, unused.contains(id), let left = parts[id], left > 0, left < end - from {
        work.append((from + left, end))
        work.append((from, from + left))
      } else {
        // One that cannot be taken apart is unknown.
        append(id >= 0 && unused.contains(id) ? -1 : id, word, start, from, end, &output, &tokens)
      }
    }
  }
}
