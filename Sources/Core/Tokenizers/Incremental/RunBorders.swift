/// Places within a long run of alike characters (lower-case ASCII letters, spaces, emoji, Chinese characters and kana),
/// where no stage before the model ever cuts and only merging joins what stands on either side.
///
/// A run may be parted there wherever tokens meet: where the last token before and the first one after, encoded as a text
/// of their own, stay the two tokens that they are, the tokens of both parts are those of the whole (see
/// ``SymbolList/mergeWindows(count:window:fill:pair:emit:restart:)``). Which places these are an edit may change.
struct RunBorders: Sendable {
  /// How many bytes on either side must be of the run: enough that nothing beyond decides about the place.
  let context: Int
  /// What is put before a part of a run that is encoded by itself, so that what is done at the start of a text does not
  /// happen to the run. Ends with a border.
  let prefix: [UInt8]
  private let allowsLetters: Bool
  private let allowsSpaces: Bool
  private let allowsSymbols: Bool
  private let allowsKana: Bool

  /// - Parameter cutsLines: whether a line feed before a letter is a border.
  /// - Returns: nil where a stage may do something within a run.
  init?(_ stages: PipelineTokenizer.Stages, cutsLines: Bool) {
    let normalizers = Self.flat(stages.normalizer)
    guard normalizers.allSatisfy(Self.respectsRuns), Self.flat(stages.preTokenizer).allSatisfy(Self.respectsRuns)
    else { return nil }
    if normalizers.allSatisfy({ $0 is UnicodeNormalizer }) {
      prefix = []
    } else {
      guard cutsLines, stages.preTokenizer == nil else { return nil }
      prefix = Array("a\n".utf8)
    }
    var longest = 0
    switch stages.model {
    case let model as BPEModel:
      guard model.marks.isEmpty, !model.byteTokens.contains(-1) else { return nil }
      // A piece that is longer than all tokens is merged.
      if model.ignoresMerges { longest = model.vocabulary.longest + 1 }
    case let model as SentencePieceBPEModel:
      // Else a word may be taken apart again, or begin with symbols that are found from its start.
      guard model.border != nil, model.userDefined == nil, !model.byteTokens.contains(-1) else { return nil }
    default: return nil
    }
    context = max(SafeBorders.context, (longest + 3) / 4 * 4)
    let added = stages.added.tokens
    allowsLetters = added.allSatisfy { !Self.mayHold($0, Self.isLetter) }
    allowsSpaces = added.allSatisfy { !Self.mayHold($0) { $0 == 0x20 } && !$0.stripsLeft && !$0.stripsRight }
    allowsSymbols = added.allSatisfy { !Self.mayHold($0) { $0 >= 0x80 } }
    // Other forms take their marks off.
    allowsKana =
      allowsSymbols
      && normalizers.allSatisfy { ($0 as? UnicodeNormalizer).map { $0.form == .composed } ?? true }
  }

  private static func flat(_ normalizer: (any Normalizer)?) -> [any Normalizer] {
    guard let sequence = normalizer as? NormalizerSequence else { return normalizer.map { [$0] } ?? [] }
    return sequence.stages.flatMap { flat($0) }
  }

  private static func flat(_ preTokenizer: (any PreTokenizer)?) -> [any PreTokenizer] {
    guard let sequence = preTokenizer as? PreTokenizerSequence else { return preTokenizer.map { [$0] } ?? [] }
    return sequence.stages.flatMap { flat($0) }
  }

  private static func respectsRuns(_ stage: any Normalizer) -> Bool {
    switch stage {
    case is UnicodeNormalizer, is PrependNormalizer: true
    case let stage as ReplaceNormalizer: stage.literal == [0x20] && stage.replacement == PipelineTokenizer.mark
    case let stage as SentencePieceNormalizer:
      stage.rules.charsmap == nil && stage.rules.userDefined == nil && !stage.removesExtraSpaces && !stage.isSuffix
    default: false
    }
  }

  /// Patterns that take letters, symbols and white space as runs, whatever the place they begin at.
  private static func respectsRuns(_ stage: any PreTokenizer) -> Bool {
    switch stage {
    case is ScannerPreTokenizer<GPT2Scanner>, is ScannerPreTokenizer<CL100KScanner>,
      is ScannerPreTokenizer<O200KScanner>, is ScannerPreTokenizer<DigitScanner>,
      is ScannerPreTokenizer<DigitTripleScanner>:
      true
    case let stage as ByteLevelPreTokenizer: !stage.addPrefixSpace
    default: false
    }
  }

  /// Whether the text of an added token could reach over a place within a run.
  private static func mayHold(_ token: AddedToken, _ isOfRun: (UInt8) -> Bool) -> Bool {
    let bytes = Array(token.content.utf8)
    guard let first = bytes.first, let last = bytes.last, !isOfRun(first), !isOfRun(last) else { return true }
    // One that goes on beyond all that is looked at has that much of the run within it.
    var run = 0
    for byte in bytes {
      run = isOfRun(byte) ? run + 1 : 0
      if run >= 2 * SafeBorders.context { return true }
    }
    return false
  }

  private static func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }

  /// U+1F300 to U+1FAFF: symbols, or not assigned.
  private static func isSymbol(_ bytes: UnsafeBufferPointer<UInt8>, _ i: Int) -> Bool {
    guard bytes[i] == 0xF0, bytes[i + 1] == 0x9F else { return false }
    let (third, fourth) = (bytes[i + 2], bytes[i + 3])
    return third >= 0x8C && third <= 0xAB && fourth & 0xC0 == 0x80
  }

  /// U+4E00 to U+9FA5, and kana: letters of no case that do not change.
  private func isIdeograph(_ bytes: UnsafeBufferPointer<UInt8>, _ i: Int) -> Bool {
    guard bytes[i] & 0xF0 == 0xE0, bytes[i + 1] & 0xC0 == 0x80, bytes[i + 2] & 0xC0 == 0x80 else { return false }
    switch UInt32(bytes[i] & 0xF) << 12 | UInt32(bytes[i + 1] & 0x3F) << 6 | UInt32(bytes[i + 2] & 0x3F) {
    case 0x4E00...0x9FA5: return allowsSymbols
    case 0x3041...0x3096, 0x30A1...0x30FA, 0x30FC: return allowsKana
    default: return false
    }
  }

  /// Whether a place is within a run, as far as is looked at.
  func isInside(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    at >= context && at + context <= bytes.count
      && isRun(UnsafeBufferPointer(rebasing: bytes[(at - context)..<(at + context)]), at: context)
  }

  /// Whether all of a text is of one run, `at` being a place where a character of it begins.
  func isRun(_ bytes: UnsafeBufferPointer<UInt8>, at: Int = 0) -> Bool {
    guard at < bytes.count else { return false }
    switch bytes[at] {
    case 0x20: return allowsSpaces && bytes.allSatisfy { $0 == 0x20 }
    case 0xF0:
      guard allowsSymbols, at % 4 == 0, bytes.count % 4 == 0 else { return false }
      return stride(from: 0, to: bytes.count, by: 4).allSatisfy { Self.isSymbol(bytes, $0) }
    case 0xE3...0xE9:
      // Of what is around a place, the first and the last character may be cut.
      let end = bytes.count - (bytes.count - at) % 3
      guard at > 0 || end == bytes.count else { return false }
      return stride(from: at % 3, to: end, by: 3).allSatisfy { isIdeograph(bytes, $0) }
    case let byte: return Self.isLetter(byte) && allowsLetters && bytes.allSatisfy(Self.isLetter)
    }
  }
}

extension EncodedChunk {
  /// The last tokens, from the start of a character on; nil where they are not of one run.
  func tail(_ runs: RunBorders) -> ArraySlice<UInt8>? {
    var token = ids.count - 1
    while token > 0, bytes[Int(starts[token])] & 0xC0 == 0x80 { token -= 1 }
    guard token >= 0 else { return nil }
    return run(bytes[Int(starts[token])...], runs)
  }

  /// The first tokens, up to the end of a character; nil where they are not of one run.
  func head(_ runs: RunBorders) -> ArraySlice<UInt8>? {
    guard !ids.isEmpty else { return nil }
    var token = 0
    while Int(ends[token]) < bytes.count, bytes[Int(ends[token])] & 0xC0 == 0x80, token + 1 < ids.count { token += 1 }
    return run(bytes[..<Int(ends[token])], runs)
  }

  private func run(_ part: ArraySlice<UInt8>, _ runs: RunBorders) -> ArraySlice<UInt8>? {
    part.withUnsafeBufferPointer { runs.isRun($0) } ? part : nil
  }

  /// Parts of some thousand bytes, cut between tokens within runs.
  /// - Parameters:
  ///   - start: where the chunk begins in `text`, which tells what stands around it.
  ///   - size: a part ends at the first place after this many bytes.
  func parts(_ text: UnsafeBufferPointer<UInt8>, at start: Int, _ runs: RunBorders, size: Int) -> [EncodedChunk] {
    var parts: [EncodedChunk] = []
    var cut = 0
    var first = 0
    var end = 0
    for token in ids.indices {
      let at = Int(starts[token])
      if at - cut >= size, bytes.count - at >= size / 2, end <= at, runs.isInside(text, start + at) {
        parts.append(EncodedChunk(self, first..<token, cut..<at))
        (cut, first) = (at, token)
      }
      end = max(end, Int(ends[token]))
    }
    if parts.isEmpty { return [self] }
    parts.append(EncodedChunk(self, first..<ids.count, cut..<bytes.count))
    return parts
  }
}
