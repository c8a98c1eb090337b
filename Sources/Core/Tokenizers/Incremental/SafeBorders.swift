/// A kind of place in a text where it may be cut in two.
enum BorderKind: Sendable {
  /// Before a space (U+0020) that follows a letter, a number or an ASCII mark.
  case space
  /// After a single line feed between a letter, number or punctuation mark and a letter or number.
  case line
}

/// Characters that may stand before a border.
enum CharactersBefore: Sendable {
  case any
  case ascii
  /// ASCII, and of the others those that are a cluster by themselves of which no rule makes something else.
  case untouched(Charsmap)

  /// - Parameter start: where the character before `at` begins.
  func allow(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ at: Int) -> Bool {
    if bytes[start] < 0x80 { return true }
    switch self {
    case .any: return true
    case .ascii: return false
    case .untouched(let charsmap):
      guard let base = bytes.baseAddress, GraphemeBreaks.isSure(bytes, at: start), GraphemeBreaks.isSure(bytes, at: at)
      else { return false }
      return charsmap.match(base + start, count: at - start, longest: false) == nil
    }
  }
}

/// What is known of a border on its way through the stages of a tokenizer.
struct BorderState {
  let kind: BorderKind
  /// What the space after a border of kind `space` has become.
  var space: [UInt8] = [0x20]
  /// A stage always cuts here, so that the later ones see two texts.
  var isCut = false
  /// The character before may have become white space.
  var mayFollowSpace = false
  /// The character before may have become another one.
  var mayFollowOther = false
  /// Which characters may be before.
  var before = CharactersBefore.any
  /// Bytes that the text before must not end with, as tokens reach over the border from them.
  var excluded: [UInt8] = []
}

/// A stage that knows what it does at a border. A stage that does not is taken to look across.
protocol BorderAware {
  /// - Returns: whether the stage gives the same before and after the border, whether or not the text is cut there. Of
  ///   the text before, at least the last character (kind `space`) or the line feed and the character before it (kind
  ///   `line`) is still given with the text after, so that what a stage does at the start of a text does not happen there.
  func respects(_ border: inout BorderState) -> Bool
}

/// Where a text may be cut so that the tokens of both parts, one after the other, are the tokens of the whole.
///
/// A place qualifies by the few characters around it alone. That this is enough is settled once for each tokenizer, stage
/// by stage: no added token may reach over it, no normalizer look across it, and either a pre-tokenizer always cuts there
/// and goes on as at the start of a text, or no token of the model's vocabulary reaches over it. A pattern that cuts at
/// such a place must not look behind, and must end there just as it would at the end of the text.
struct SafeBorders: Sendable {
  let allowsSpace: Bool
  let allowsLine: Bool
  /// Which characters may be before a space, and before the end of a line.
  private let beforeSpace: CharactersBefore
  private let beforeLine: CharactersBefore
  /// Last bytes of added tokens, which might end at a border or take the space after it along, and of words that tokens
  /// reach over the space after.
  private let endsToken: [Bool]
  /// First bytes of added tokens that look at what is before them.
  private let looksBack: [Bool]
  /// Where sums of scores run on over borders.
  let running: UnigramRunningPipeline?
  /// Borders within runs, which depend on the tokens there.
  let runs: RunBorders?

  /// How many bytes around a place decide.
  static let context = 8
  /// The same where it may be within a run.
  var widestContext: Int { max(Self.context, runs?.context ?? 0) }

  init(_ tokenizer: any Tokenizer) {
    var endsToken = [Bool](repeating: false, count: 256)
    var looksBack = endsToken
    guard let pipeline = tokenizer as? PipelineTokenizer else {
      (allowsSpace, allowsLine, runs, running) = (false, false, nil, nil)
      (beforeSpace, beforeLine) = (.ascii, .ascii)
      (self.endsToken, self.looksBack) = (endsToken, looksBack)
      return
    }
    let stages = pipeline.stages
    running = pipeline.running
    let space = Self.border(.space, stages, running)
    let line = Self.border(.line, stages, running)
    (beforeSpace, beforeLine) = (space?.before ?? .ascii, line?.before ?? .ascii)
    for byte in space?.excluded ?? [] { endsToken[Int(byte)] = true }
    for token in stages.added.tokens {
      guard let first = token.content.utf8.first, let last = token.content.utf8.last else { continue }
      let isRewritten = token.isNormalized && stages.normalizer != nil
      for byte in isRewritten ? Self.origins(of: last, stages.normalizer) : [last] { endsToken[Int(byte)] = true }
      guard token.stripsLeft || token.isSingleWord else { continue }
      for byte in isRewritten ? Self.origins(of: first, stages.normalizer) : [first] { looksBack[Int(byte)] = true }
    }
    (self.endsToken, self.looksBack) = (endsToken, looksBack)
    allowsSpace = space != nil && !looksBack[0x20]
    allowsLine = line != nil
    runs = RunBorders(stages, cutsLines: line != nil)
  }

  /// Bytes of a text that a normalizer may make a byte of, at the end or start of what it writes anew: the letter in the
  /// other case, characters beyond ASCII, and what is replaced.
  private static func origins(of byte: UInt8, _ normalizer: (any Normalizer)?) -> [UInt8] {
    var bytes = [byte] + Array(0x80...0xFF)
    if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) { bytes.append(byte ^ 0x20) }
    switch normalizer {
    case let sequence as NormalizerSequence: for stage in sequence.stages { bytes += origins(of: byte, stage) }
    case let stage as ReplaceNormalizer where stage.literal != [0x20]:
      bytes += [stage.literal.first, stage.literal.last].compactMap { $0 }
    default: break
    }
    return bytes
  }

  /// What is left of a kind of border after all stages; nil where one looks across.
  private static func border(
    _ kind: BorderKind, _ stages: PipelineTokenizer.Stages, _ running: UnigramRunningPipeline?
  ) -> BorderState? {
    var border = BorderState(kind: kind)
    for token in stages.added.tokens where reachesOver(Array(token.content.utf8), kind) { return nil }
    if running != nil {
      // It cuts at spaces itself. What rules make of a character of ASCII and a space is known.
      border.before = .ascii
      return kind == .space ? border : nil
    }
    for stage in [stages.normalizer, stages.preTokenizer] as [Any?] {
      guard let stage else { continue }
      guard let stage = stage as? any BorderAware, stage.respects(&border) else { return nil }
    }
    if border.isCut { return border }
    guard let model = stages.model as? any BorderAware, model.respects(&border) else { return nil }
    return border
  }

  /// Whether the text of an added token could lie on both sides of a border, before or after normalization.
  private static func reachesOver(_ content: [UInt8], _ kind: BorderKind) -> Bool {
    switch kind {
    case .space:
      return [[0x20], PipelineTokenizer.mark].contains { !VocabularyBorders.bytes(before: $0, in: content).isEmpty }
    case .line: return content.contains(0x0A) && !content.allSatisfy { $0 == 0x0A }
    }
  }

  /// How many bytes of the text before a border are given with the text after it; nil: the place is none.
  func anchor(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
    guard at > 0, at < bytes.count, let base = bytes.baseAddress else { return nil }
    if bytes[at] == 0x20 {
      guard allowsSpace, let start = characterStart(base, before: at), !endsToken[Int(bytes[at - 1])] else {
        return nil
      }
      guard beforeSpace.allow(bytes, start, at) else { return nil }
      return Self.isASCIIMark(base[start]) || Self.bits(base, start, bytes.count) & Self.textual != 0 ? at - start : nil
    }
    guard allowsLine, bytes[at - 1] == 0x0A, at > 1, let start = characterStart(base, before: at - 1),
      !endsToken[Int(bytes[at - 2])], !looksBack[Int(bytes[at])],
      beforeLine.allow(bytes, start, at - 1),
      utf8SequenceLength(base + at, remaining: bytes.count - at) > 0,
      Self.bits(base, at, bytes.count) & Self.textual != 0,
      Self.bits(base, start, bytes.count) & (Self.textual | UnicodeClasses.punctuation) != 0
    else { return nil }
    return at - start
  }

  private static let textual = UnicodeClasses.letter | UnicodeClasses.number

  private static func isASCIIMark(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

  private static func bits(_ base: UnsafePointer<UInt8>, _ at: Int, _ end: Int) -> UInt8 {
    ScannedText(base: base, end: end).character(at).bits
  }
}

/// What the tokens of a vocabulary say about borders.
enum VocabularyBorders {
  /// The bytes that stand before `mark` in a token, but for its own last one where marks follow each other.
  static func bytes(before mark: [UInt8], in token: some Collection<UInt8>) -> Set<UInt8> {
    let token = Array(token)
    var found = Set<UInt8>()
    var i = 0
    var previous: UInt8?
    while i < token.count {
      if token[i] == mark[0], token[i...].starts(with: mark) {
        if let previous { found.insert(previous) }
        previous = nil
        i += mark.count
      } else {
        previous = token[i]
        i += 1
      }
    }
    return found
  }

  /// Whether merges of tokens never join the text before a border with the text after it, but for the bytes before that
  /// are then excluded: no token holds both, and the character at the border is a token, so that it is not taken for a
  /// part of something unknown.
  /// - Parameter byteTokens: what characters become that are no tokens.
  static func keepsApart(
    _ vocabulary: Vocabulary, _ border: inout BorderState, byteTokens: [TokenID] = []
  ) -> Bool {
    let mark = border.kind == .space ? border.space : [0x0A]
    guard let first = mark.first else { return false }
    let isFallback =
      mark.count == 1
      && (byteTokens.isEmpty ? vocabulary.id(ByteFallback.name(of: first)) : byteTokens[Int(first)]) >= 0
    guard vocabulary.id(mark) >= 0 || isFallback else { return false }
    var excluded = Set<UInt8>()
    for id in 0..<vocabulary.count {
      guard let token = vocabulary.bytes(TokenID(id)), token.count > mark.count, token.contains(first) else { continue }
      switch border.kind {
      case .space: excluded.formUnion(bytes(before: mark, in: token))
      case .line: if token.firstIndex(of: 0x0A).map({ token[$0...].contains { $0 != 0x0A } }) ?? false { return false }
      }
    }
    border.excluded = Array(excluded)
    return excluded.isEmpty || !border.mayFollowOther
  }
}
