/// Byte-pair encoding (Sennrich et al. 2016): symbols of a piece are merged in the order of the merges' ranks.
///
/// A byte-level vocabulary begins with bytes; any other with characters, where those that the vocabulary lacks fall
/// back to byte tokens (`<0x0A>`) or to the unknown token.
struct BPEModel: TokenModel {
  let vocabulary: Vocabulary
  let merges: MergeTable
  let isByteLevel: Bool
  /// A piece that is a token as it stands is that token, whatever the merges say.
  let ignoresMerges: Bool
  /// nil: characters that the vocabulary lacks are left out, as in the official library; ``TokenID/lacking``: one is
  /// named that there is not.
  let unknown: TokenID?
  var mayLackTokens: Bool { unknown == .lacking && bytePairs == nil && !hasAllByteTokens }
  /// Runs of unknown characters become one unknown token.
  let fusesUnknown: Bool
  /// Tokens of single bytes: of the byte itself, or as fallback; -1 where there is none.
  let byteTokens: [TokenID]
  /// Tokens of the characters of ASCII; -1 where there is none.
  let asciiTokens: [TokenID]
  let fallsBackToBytes: Bool
  /// What is written before characters within a word and after the last one.
  let marks: WordMarks
  /// Whether no token reaches over the start of a word, so that words are merged one by one.
  let splitsAtMarks: Bool
  /// Whether each byte of a word is a symbol of its own.
  let beginsWithBytes: Bool
  /// Where all bytes are tokens and each begins as a symbol of its own.
  let bytePairs: BytePairTable?

  init(
    vocabulary: Vocabulary, merges: MergeTable, isByteLevel: Bool, ignoresMerges: Bool = false,
    fallsBackToBytes: Bool = false, unknown: TokenID? = nil, fusesUnknown: Bool = false,
    marks: WordMarks = WordMarks()
  ) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.isByteLevel = isByteLevel
    self.ignoresMerges = ignoresMerges
    self.unknown = unknown
    self.fusesUnknown = fusesUnknown
    self.fallsBackToBytes = fallsBackToBytes
    self.marks = marks
    splitsAtMarks = !isByteLevel && marks.isEmpty && MarkSplitting.isExact(for: vocabulary)
    let byteTokens = (0...255).map { vocabulary.id(isByteLevel ? [UInt8($0)] : ByteFallback.name(of: UInt8($0))) }
    self.byteTokens = byteTokens
    asciiTokens = (0..<128).map { vocabulary.id([$0]) }
    beginsWithBytes = isByteLevel && marks.isEmpty && (unknown == nil || !byteTokens.contains(-1))
    bytePairs = beginsWithBytes && !byteTokens.contains(-1) ? BytePairTable(byteTokens, merges) : nil
  }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    text.text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in pieces {
        let end = Int(piece.end)
        var start = Int(piece.start)
        // The pieces of byte-level vocabularies are words already.
        guard splitsAtMarks, !(ignoresMerges && vocabulary.id(base + start, count: end - start) >= 0) else {
          tokenizeWord(base + start, start, end - start, scratch, &tokens)
          continue
        }
        while start < end {
          let next = MarkSplitting.wordEnd(base, start, end)
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
      _ = mergeWord(word, start, count, scratch, &tokens)
      return
    }
    let place = scratch.words.place(word, count: count)
    if scratch.words.recall(place, start, &tokens) { return }
    let first = tokens.ids.count
    if mergeWord(word, start, count, scratch, &tokens) { scratch.words.remember(place, start, tokens, from: first) }
  }

  /// - Returns: whether the tokens cover the word without a gap, so that their ends say all.
  private func mergeWord(
    _ word: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ scratch: EncodeScratch, _ tokens: inout TokenRun
  ) -> Bool {
    if ignoresMerges {
      let id = vocabulary.id(word, count: count)
      if id >= 0 {
        tokens.append(id, start, start + count)
        return true
      }
    }
    let symbols = scratch.symbols
    let made = tokens.ids.count
    let isLong = mergeWindows(
      word, count, symbols, { tokens.append($0.id, start + Int($0.start), start + Int($0.end)) },
      restart: { tokens.removeLast(tokens.ids.count - made) })
    if isLong { return false }
    symbols.removeAll(reserving: count)
    let isWhole = (beginsWithBytes ? addBytes(word, count, symbols) : addCharacters(word, count, symbols)).isWhole
    let merges = merges.finder
    symbols.merge { left, right in merges.find(left.id, right.id) }
    guard symbols.count > 0 else { return false }
    var i = 0
    while i >= 0 {
      let symbol = symbols.symbols[i]
      let from = start + Int(symbol.start)
      tokens.append(symbol.id, from, from + Int(symbol.length))
      i = Int(symbol.next)
    }
    return isWhole
  }

  /// What part of a word has become symbols.
  struct Added {
    /// Where the rest begins.
    var end: Int
    /// Whether the symbols cover that part without a gap and in order.
    var isWhole: Bool
  }

  /// The bytes of a word as symbols, from `from` on, `most` at the most.
  @inline(__always)
  func addBytes(
    _ word: UnsafePointer<UInt8>, _ count: Int, _ symbols: SymbolList, from: Int = 0, most: Int = .max
  ) -> Added {
    let end = most < count - from ? from + most : count
    byteTokens.withUnsafeBufferPointer { byteTokens in
      for i in from..<end {
        let id = byteTokens[Int(word[i])]
        // As in the official library, a byte that is not in the vocabulary is left out.
        if id >= 0 { symbols.append(id, start: i, length: 1) }
      }
    }
    return Added(end: end, isWhole: symbols.count == end - from)
  }
}

/// Tokens that stand for one byte each, written `<0x0A>`.
enum ByteFallback {
  static func name(of byte: UInt8) -> [UInt8] {
    Array("<0x".utf8) + [hexadecimal(byte >> 4), hexadecimal(byte & 15)] + Array(">".utf8)
  }

  static func byte(of token: some Collection<UInt8>) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token.dropFirst(5).first == UInt8(ascii: ">") else {
      return nil
    }
    return UInt8(String(decoding: token.dropFirst(3).prefix(2), as: UTF8.self), radix: 16)
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10
  }
}
