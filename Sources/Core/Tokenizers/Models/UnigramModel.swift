/// The unigram language model (Kudo 2018): of all ways to write a text with the vocabulary's pieces the one with the
/// highest sum of scores, found by Viterbi's algorithm.
///
/// Ties and rounding are those of the library whose file it is. Hugging Face's and llama.cpp's sums have double
/// precision, sentencepiece's single. They all begin anew with every text; so where a text is worked on word by word,
/// the sum so far goes along.
struct UnigramModel: TokenModel {
  let vocabulary: Vocabulary
  /// nil: text without pieces cannot be encoded.
  let unknown: TokenID?
  var mayLackTokens: Bool { unknown == nil }
  let lattice: UnigramLattice
  private let pool = UnigramScratchPool()
  /// Whether no piece reaches over the start of a word.
  let splitsAtMarks: Bool
  /// Tokens of single bytes, in place of unknown characters; empty where there are none.
  let byteTokens: [TokenID]
  /// Unknown characters together may be a token, as Hugging Face has it.
  let looksUpUnknown: Bool

  /// - Parameters:
  ///   - vocabulary: only what text may become is findable in it.
  ///   - trie: of the vocabulary.
  ///   - scores: by id.
  ///   - unknownScore: of a character without a piece.
  ///   - isSingle: sums have single precision.
  init(
    vocabulary: Vocabulary, trie: TokenTrie, scores: [Double], unknown: TokenID?, unknownScore: Double,
    byteTokens: [TokenID] = [], isSingle: Bool = false, looksUpUnknown: Bool = false
  ) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.byteTokens = byteTokens
    self.looksUpUnknown = looksUpUnknown
    lattice = UnigramLattice(
      vocabulary: vocabulary, trie: trie, scores: scores, unknown: unknown ?? -1, unknownScore: unknownScore,
      isSingle: isSingle)
    splitsAtMarks = MarkSplitting.isExact(for: vocabulary)
  }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    tokenize(text, into: &tokens)
  }

  /// Appends the tokens of a part of a text, whose last piece ends where the text may go on.
  /// - Parameters:
  ///   - sum: of the text before; then that at the end.
  ///   - isAnchored: whether the first word is one of the text before, so that the sum is that behind it.
  func tokenize(_ text: borrowing PieceText, isAnchored: Bool, sum: inout Double, into tokens: inout TokenRun) {
    let carried = Carried(sum, isAnchored: isAnchored)
    tokenize(text, carried, into: &tokens)
    sum = carried.sum
  }

  /// The sum that goes from part to part of a text.
  private final class Carried {
    var sum: Double
    let isAnchored: Bool

    init(_ sum: Double, isAnchored: Bool) {
      self.sum = sum
      self.isAnchored = isAnchored
    }
  }

  private func tokenize(_ text: borrowing PieceText, _ carried: Carried? = nil, into tokens: inout TokenRun) {
    let pieces = text.pieces
    pool.with { scratch in
      text.text.withBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        for piece in pieces {
          let end = Int(piece.end)
          var start = Int(piece.start)
          if unknown == nil, let range = lattice.unknownCharacter(base, piece.range) {
            tokens.append(.lacking, range.lowerBound, range.upperBound)
            continue
          }
          scratch.sum = carried.map { $0.isAnchored ? 0 : $0.sum } ?? 0
          var isFirst = true
          guard splitsAtMarks else {
            lattice.best(base, start..<end, scratch) { append($0, $1, $2, base, &tokens) }
            continue
          }
          while start < end {
            let next = MarkSplitting.wordEnd(base, start, end)
            let isLast = next == end && carried == nil
            scratch.sum = lattice.begun(scratch.sum)
            if !recall(base, start, next, bytes.count, isLast, scratch, &tokens) {
              tokenize(base, start..<next, scratch, into: &tokens)
            }
            start = next
            if isFirst, let carried, carried.isAnchored { scratch.sum = carried.sum }
            isFirst = false
          }
          carried?.sum = scratch.sum
        }
      }
    }
  }

  /// Appends the tokens of a text, with ranges of its bytes.
  @inline(__always)
  func tokenizeAlone(
    _ base: UnsafePointer<UInt8>, _ count: Int, _ scratch: UnigramScratch, into tokens: inout some TokenSink
  ) {
    scratch.sum = 0
    tokenize(base, 0..<count, scratch, into: &tokens)
  }

  /// Appends the tokens of a range of text. Begins with `scratch.sum`, leaves there the sum at the end.
  private func tokenize(
    _ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ scratch: UnigramScratch, into tokens: inout some TokenSink
  ) {
    guard let kernel = lattice.kernel, range.count <= UnigramScratch.shortText else {
      return lattice.best(base, range, scratch) { append($0, $1, $2, base, &tokens) }
    }
    let origin = range.lowerBound
    lattice.bestShort(kernel, base + origin, range.count, scratch) { id, _, start, end in
      append(id, origin + start, origin + end, base, &tokens)
    }
  }

  /// Tokens of a word from the cache, or made for it.
  /// - Returns: false where it must be worked out with the sum so far.
  @inline(__always)
  private func recall(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ limit: Int, _ isLast: Bool, _ scratch: UnigramScratch,
    _ tokens: inout TokenRun
  ) -> Bool {
    guard end - start <= UnigramCache.longestWord, lattice.staysSmall(scratch.sum, count: end - start) else {
      return false
    }
    let place = scratch.cache.place(base + start, count: end - start, readable: limit - start)
    if !scratch.cache.holds(place) { remember(place, base, start, end, scratch) }
    guard scratch.cache.recall(place, start, sum: scratch.sum, isLast, &tokens) else { return false }
    if !isLast {
      let made = scratch.cache.count(place)
      let first = tokens.ids.count - made
      for i in first..<tokens.ids.count { scratch.sum = lattice.adding(tokens.ids[i], to: scratch.sum) }
    }
    return true
  }

  @inline(never)
  private func remember(
    _ place: UnigramCache.Place, _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ scratch: UnigramScratch
  ) {
    let sum = scratch.sum
    scratch.sum = 0
    scratch.run.removeAll()
    var hasUnknown = false
    var run = scratch.run
    lattice.best(base, start..<end, scratch) { id, from, to in
      hasUnknown = hasUnknown || id < 0 || id == unknown
      append(id, from, to, base, &run)
    }
    scratch.run = run
    let isWhole = run.ranges.reduce(0) { $0 + $1.range.count } == end - start
    scratch.cache.remember(
      place, start, isWhole ? run : nil,
      reach: hasUnknown ? UnigramCache.unknown : lattice.reach(gap: scratch.gap, count: end - start))
    scratch.sum = sum
  }

  /// Takes the next token of a text: unknown ones become one, or bytes.
  @inline(__always)
  private func append(
    _ id: TokenID, _ start: Int, _ end: Int, _ base: UnsafePointer<UInt8>, _ tokens: inout some TokenSink
  ) {
    if id >= 0, id != unknown { return tokens.append(id, start, end) }
    appendUnknown(base, start, end, &tokens)
  }

  @inline(never)
  private func appendUnknown(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ tokens: inout some TokenSink
  ) {
    if looksUpUnknown {
      let id = vocabulary.id(base + start, count: end - start)
      if id >= 0 { return tokens.append(id, start, end) }
    }
    if byteTokens.count == 256, (start..<end).allSatisfy({ byteTokens[Int(base[$0])] >= 0 }) {
      for i in start..<end { tokens.append(byteTokens[Int(base[i])], i, i + 1) }
    } else {
      tokens.append(unknown ?? .lacking, start, end)
    }
  }
}
