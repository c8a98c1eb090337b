import CKernels

/// A model whose words may be merged as ``SpacedWords`` cuts them.
protocol SpacedWordModel: PieceModel {
  /// Whether tokens come about by merging neighbours alone, so that no border within a word matters that no token
  /// reaches over.
  var mergesWords: Bool { get }
  /// Whether any character that is not in the vocabulary becomes byte tokens.
  var hasAllByteTokens: Bool { get }
  /// As of ``MarkSplitting/joins(in:)``.
  var markJoins: [UInt8]? { get }
}

extension BPEModel: SpacedWordModel {
  var mergesWords: Bool { !isByteLevel && marks.isEmpty && !ignoresMerges }
  var markJoins: [UInt8]? { splitsAtMarks ? [] : MarkSplitting.joins(in: vocabulary) }
}

extension SentencePieceBPEModel: SpacedWordModel {
  var mergesWords: Bool { splitsAtMarks }
  var markJoins: [UInt8]? { if case .mark(let joins) = border { joins } else { nil } }
}

/// The way of Llama 2's pipeline without its rewriting. Its normalizer puts `▁` (U+2581) before a text and in the
/// place of each space; its vocabulary has no token that reaches over the start of a word. So words are cut at their
/// spaces in the text as it is, and looked up as they are written there; only words not seen before are rewritten.
struct SpacedWords: PieceModel {
  let cut: PieceCut
  private let model: any SpacedWordModel
  /// The model where it has a table of merges, and the mark is a token.
  private let pairs: BPEModel?
  private let mark: TokenID
  private let prepends: Bool
  private let scanner: SpacedWordScanner
  /// nil: runs of unknown characters may reach over any border.
  private let joins: JoinedBytes?

  /// - Returns: nil where a pipeline is another.
  init?(_ stages: PipelineTokenizer.Stages) {
    guard let model = stages.model as? any SpacedWordModel, model.mergesWords,
      let prepends = Self.prepends(stages.normalizer), Self.leavesAlone(stages.preTokenizer),
      let marks = model.markJoins
    else { return nil }
    self.prepends = prepends
    self.model = model
    mark = model.vocabulary.id(PipelineTokenizer.mark)
    pairs = mark >= 0 ? model as? BPEModel : nil
    joins = model.hasAllByteTokens ? JoinedBytes(model.vocabulary) : nil
    // Where no token has more than a line end, each is a word by itself, and words recur more often. A line end that is
    // no token might join a run of unknown characters.
    let isKnown = [0x0A, 0x0D].allSatisfy { model.vocabulary.id([$0]) >= 0 } || model.hasAllByteTokens
    let cutsLines = isKnown && !Self.hasLineEnds(model.vocabulary)
    scanner = SpacedWordScanner(cutsLines: cutsLines, joins: marks)
    cut = PieceCut(!marks.isEmpty ? nil : cutsLines ? GBX_CUT_SPACES_LINES : GBX_CUT_SPACES, scanner)
  }

  /// Whether a normalizer puts a mark before a text; nil: it does something else than that and marks for spaces.
  private static func prepends(_ normalizer: (any Normalizer)?) -> Bool? {
    let mark = PipelineTokenizer.mark
    var parts: [any Normalizer] = []
    switch normalizer {
    case let sequence as NormalizerSequence: parts = sequence.stages
    case let own as SentencePieceNormalizer: return own.onlyMarksSpaces ? own.addsDummyPrefix : nil
    case let stage?: parts = [stage]
    case nil: return nil
    }
    guard let replace = parts.last as? ReplaceNormalizer, replace.literal == [0x20], replace.replacement == mark else {
      return nil
    }
    if parts.count == 1 { return false }
    guard parts.count == 2, let prepend = parts[0] as? PrependNormalizer else { return nil }
    return prepend.prefix == mark || prepend.prefix == [0x20] ? true : nil
  }

  /// Whether a pre-tokenizer is none, or only cuts at spaces, of which the normalizer has left none.
  private static func leavesAlone(_ preTokenizer: (any PreTokenizer)?) -> Bool {
    guard let preTokenizer else { return true }
    guard let split = preTokenizer as? SplitPreTokenizer<LiteralPlaces> else { return false }
    return split.places.literal == [0x20] && !split.isInverted
  }

  private static func hasLineEnds(_ vocabulary: Vocabulary) -> Bool {
    (0..<vocabulary.count).contains { id in
      guard let bytes = vocabulary.bytes(TokenID(id)), bytes.count > 1 else { return false }
      return bytes.contains { $0 == 0x0A || $0 == 0x0D }
    }
  }

  var vocabulary: Vocabulary { model.vocabulary }
  var keepsPieces: Bool { true }
  func wordEnd(_ piece: UnsafeBufferPointer<UInt8>, from start: Int) -> Int { piece.count }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    model.tokenize(text, scratch: scratch, into: &tokens)
  }

  func firstEnd(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    guard let base = text.baseAddress else { return 0 }
    return scanner.end(ScannedText(base: base, end: text.count), from: 0)
  }

  /// The first word of a text.
  func tokenizeFirst(_ word: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into output: TokenBuffer) {
    rewrite(word, startsText: prepends, scratch, into: output)
  }

  func tokenize(_ word: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into output: TokenBuffer) {
    rewrite(word, startsText: false, scratch, into: output)
  }

  private func rewrite(
    _ word: UnsafeBufferPointer<UInt8>, startsText: Bool, _ scratch: EncodeScratch, into output: TokenBuffer
  ) {
    if word.count > Self.longWord, joins != nil, mergeLong(word, startsText: startsText, scratch, into: output) {
      return
    }
    var bytes: [UInt8] = []
    swap(&bytes, &scratch.bytes)
    defer { swap(&bytes, &scratch.bytes) }
    bytes.removeAll(keepingCapacity: true)
    if startsText { bytes.append(contentsOf: PipelineTokenizer.mark) }
    for byte in word {
      if byte == 0x20 { bytes.append(contentsOf: PipelineTokenizer.mark) } else { bytes.append(byte) }
    }
    output.reserve(bytes.count + 4)
    bytes.withUnsafeBufferPointer { tokenizeParts($0, scratch, into: output) }
  }
}

extension SpacedWords {
  var mergeView: gbx_merge_table? { pairs?.mergeView }

  /// Short words need not be written out to be merged.
  func begin(_ word: UnsafeBufferPointer<UInt8>, _ lane: UnsafeMutablePointer<gbx_merge_lane>) -> Bool {
    guard let pairs, word.count <= GBX_MERGE_MOST else { return false }
    return pairs.beginCharacters(word, lane, space: mark)
  }

  /// Words of more bytes are not written out.
  private static let longWord = 1 << 16

  /// Merges a word of any length in memory that does not grow with it. Places are counted from the mark before the word.
  /// - Returns: false, and nothing is done, where there is no table of merges.
  private func mergeLong(
    _ word: UnsafeBufferPointer<UInt8>, startsText: Bool, _ scratch: EncodeScratch, into output: TokenBuffer
  ) -> Bool {
    guard let model = pairs, let base = word.baseAddress else { return false }
    let symbols = scratch.symbols
    let first = startsText ? 1 : 0
    output.reserve(word.count + 4)
    let made = output.count
    model.mergeWindows(
      word.count + first, symbols,
      fill: { from, most in
        var i = from
        if i < first {
          symbols.append(mark, start: 0, length: 1)
          i = first
        }
        while i < word.count + first, symbols.count < most {
          let at = base + (i - first)
          // A window may begin at a byte token within a character.
          let length = at[0] & 0xC0 == 0x80 ? 1 : min(utf8Length(at[0]), word.count + first - i)
          let id = at[0] == 0x20 ? mark : model.vocabulary.id(at, count: length)
          if id >= 0 {
            symbols.append(id, start: i, length: length)
          } else {
            // All bytes are tokens here.
            for j in 0..<length { symbols.append(model.byteTokens[Int(at[j])], start: i + j, length: 1) }
          }
          i += length
        }
        return i
      }, { output.append($0.id) }, restart: { output.removeAll(after: made) })
    return true
  }

  /// Words that are new are often made of parts that are not.
  private func tokenizeParts(
    _ word: UnsafeBufferPointer<UInt8>, _ scratch: EncodeScratch, into output: TokenBuffer
  ) {
    guard let joins else { return model.tokenize(word, scratch: scratch, into: output) }
    let lookup = PieceLookup(text: word, batch: scratch.parts, model: model, scratch: scratch)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: PieceBatch.size) { ends in
      var (start, from, count) = (0, 0, 0)
      while start < word.count {
        start = joins.partEnd(word, from: start)
        ends[count] = UInt32(truncatingIfNeeded: start)
        count += 1
        guard count == ends.count || start == word.count else { continue }
        lookup.encode(from: from, to: UnsafeBufferPointer(rebasing: ends[..<count]))
        (from, count) = (start, 0)
      }
    }
  }
}

/// Which bytes stand side by side within a token. Between any others no merge ever reaches, so text may be cut there.
final class JoinedBytes: Sendable {
  /// A bit for each pair of bytes.
  nonisolated(unsafe) private let bits = UnsafeMutablePointer<UInt64>.allocate(capacity: 1024)

  init(_ vocabulary: Vocabulary) {
    // Stores alone, which do not wait for each other.
    let seen = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 16)
    defer { seen.deallocate() }
    seen.initialize(repeating: 0, count: 1 << 16)
    for id in 0..<vocabulary.count {
      guard let bytes = vocabulary.bytes(TokenID(id)), bytes.count > 1, let base = bytes.baseAddress else { continue }
      let raw = UnsafeRawPointer(base)
      for i in 1..<bytes.count { seen[Int(raw.loadUnaligned(fromByteOffset: i &- 1, as: UInt16.self).bigEndian)] = 1 }
    }
    bits.initialize(repeating: 0, count: 1024)
    for pair in 0..<(1 << 16) { bits[pair >> 6] |= UInt64(seen[pair]) << UInt64(pair & 63) }
  }

  deinit { bits.deallocate() }

  /// The first place after `start` where text may be cut, between two characters.
  @inline(__always)
  func partEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var i = start + 1
    while i < text.count {
      let pair = Int(text[i - 1]) << 8 | Int(text[i])
      if bits[pair >> 6] >> UInt64(pair & 63) & 1 == 0, text[i] & 0xC0 != 0x80 { return i }
      i += 1
    }
    return text.count
  }
}

/// A word with the spaces and marks before it.
struct SpacedWordScanner: PieceScanner {
  /// Whether a line end is a word by itself.
  let cutsLines: Bool
  /// Bytes after which spaces and marks begin no word.
  var joins: [UInt8] = []

  func end(_ text: ScannedText, from at: Int) -> Int {
    if isCutLineEnd(text, at) { return at + 1 }
    var i = wordEnd(text, from: at)
    while i < text.end, joins.contains(text.base[i - 1]), markLength(text, i) > 0 { i = wordEnd(text, from: i) }
    return i
  }

  @inline(__always)
  private func wordEnd(_ text: ScannedText, from at: Int) -> Int {
    var i = at
    while i < text.end, markLength(text, i) > 0 { i += markLength(text, i) }
    while i < text.end, markLength(text, i) == 0, !isCutLineEnd(text, i) { i += 1 }
    return i
  }

  @inline(__always)
  private func isCutLineEnd(_ text: ScannedText, _ i: Int) -> Bool {
    cutsLines && (text.base[i] == 0x0A || text.base[i] == 0x0D)
  }

  @inline(__always)
  private func markLength(_ text: ScannedText, _ i: Int) -> Int {
    if text.base[i] == 0x20 { return 1 }
    guard text.base[i] == 0xE2, i + 2 < text.end else { return 0 }
    return text.base[i + 1] == 0x96 && text.base[i + 2] == 0x81 ? 3 : 0
  }
}
