// What pre-tokenizers and models do at a border: see `BorderAware`. A kind of stage that is not here looks across for all
// we know, and texts are then encoded as a whole.

// MARK: - Pre-tokenizers

extension PreTokenizerSequence: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    for stage in stages {
      // Once cut, the parts are pieces, and stages work on one piece at a time.
      if border.isCut { return true }
      guard let stage = stage as? any BorderAware, stage.respects(&border) else { return false }
    }
    return true
  }
}

extension ScannerPreTokenizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool { (scanner as? any BorderAware)?.respects(&border) ?? false }
}

extension BorderState {
  /// For patterns in which a space or a line feed begins no piece but one of its own class, and words take at most one
  /// character before them along.
  fileprivate mutating func cutByPattern() -> Bool {
    guard !mayFollowSpace, kind == .line || space == [0x20] else { return false }
    isCut = true
    return true
  }
}

extension GPT2Scanner: BorderAware {
  /// Only white space goes before white space in a piece. A single line feed before a character that is none is a piece.
  func respects(_ border: inout BorderState) -> Bool { border.cutByPattern() }
}

extension CL100KScanner: BorderAware {
  /// As for GPT-2; line feeds join the marks before them, and nothing that follows.
  func respects(_ border: inout BorderState) -> Bool { border.cutByPattern() }
}

extension O200KScanner: BorderAware {
  /// As for GPT-2, but line feeds and slashes together join the marks before them.
  func respects(_ border: inout BorderState) -> Bool { border.kind == .space && border.cutByPattern() }
}

// These compare neighbours, or look at digits only, and give the same whether or not the text is cut.
extension DigitScanner: BorderAware { func respects(_ border: inout BorderState) -> Bool { true } }
extension DigitTripleScanner: BorderAware { func respects(_ border: inout BorderState) -> Bool { true } }
extension RunScanner: BorderAware { func respects(_ border: inout BorderState) -> Bool { true } }
extension PunctuationRunScanner: BorderAware { func respects(_ border: inout BorderState) -> Bool { true } }

extension ByteLevelPreTokenizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool { useRegex ? border.cutByPattern() : true }
}

extension SplitPreTokenizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    switch places {
    case let places as LiteralPlaces: return literal(places.literal, &border)
    case let places as CharacterPlaces: return characters(places.kind, &border)
    case let places as PatternPlaces where places.pattern.expression == Self.lines && behavior == .isolated:
      // It compares neighbours.
      if border.kind == .line { border.isCut = true }
      return true
    case let places as PatternPlaces:
      let isWhole = behavior == .isolated || behavior == .removed && isInverted
      return isWhole && Self.known.contains(places.pattern.expression) && border.cutByPattern()
    default: return false
    }
  }

  /// Lines, and what is between them.
  private static var lines: String { #"[^\n]+|[\n]+"# }

  /// Patterns of which ``BorderState/cutByPattern()`` is true: each has all of any text as its matches.
  private static var known: [String] {
    [GPT2Scanner.pattern, CL100KScanner.cl100k, CL100KScanner.llama3, CL100KScanner.qwen2]
      + [RankEncoding.named("o200k_base")?.pattern].compactMap { $0 }
  }

  private func literal(_ literal: [UInt8], _ border: inout BorderState) -> Bool {
    let mark = border.kind == .space ? border.space : [0x0A]
    if border.kind == .space, literal == border.space {
      switch behavior {
      case .isolated, .removed, .contiguous: break
      case .mergedWithNext: guard !isInverted else { return false }
      case .mergedWithPrevious: guard isInverted else { return false }
      }
      border.isCut = !border.mayFollowSpace
      return border.isCut
    }
    return comparesNeighbours && !literal.contains { mark.contains($0) }
  }

  private func characters(_ kind: CharacterPlaces.Kind, _ border: inout BorderState) -> Bool {
    guard comparesNeighbours else { return false }
    if kind == .space, border.kind == .line || border.space == [0x20] && !border.mayFollowSpace { border.isCut = true }
    return true
  }

  private var comparesNeighbours: Bool {
    switch behavior {
    case .isolated, .removed, .contiguous: true
    case .mergedWithNext, .mergedWithPrevious: false
    }
  }
}

extension BorderState {
  /// For stages that drop white space.
  fileprivate mutating func cutAtSpace() -> Bool {
    isCut = kind == .line || space == [0x20]
    return isCut
  }
}

extension WhitespacePreTokenizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool { border.cutAtSpace() }
}

extension WhitespaceSplitPreTokenizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool { border.cutAtSpace() }
}

extension BertPreTokenizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool { border.cutAtSpace() }
}

extension MetaspacePreTokenizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    guard border.kind == .space else { return !splits || !replacement.contains(0x0A) }
    guard border.space == [0x20] || border.space == replacement, !border.mayFollowSpace else { return false }
    border.space = replacement
    if splits { border.isCut = true }
    return true
  }
}

// MARK: - Models

extension BPEModel: BorderAware {
  /// Where pieces may be tokens whatever the merges say, a part may be one and the whole not.
  func respects(_ border: inout BorderState) -> Bool {
    !ignoresMerges && marks.isEmpty && VocabularyBorders.keepsApart(vocabulary, &border)
  }
}

extension SentencePieceBPEModel: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    VocabularyBorders.keepsApart(vocabulary, &border, byteTokens: byteTokens)
  }
}

extension LineEndModel: BorderAware {
  /// With the character before it, a line end is of the same kind of piece as in the whole text, and what is nothing but
  /// line ends never joins a letter.
  func respects(_ border: inout BorderState) -> Bool { lines.respects(&border) }
}
