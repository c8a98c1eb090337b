// What the stages do at a border: see `BorderAware`. A kind of stage that is not here looks across for all we know, and
// texts are then encoded as a whole.

// MARK: - Normalizers

extension NormalizerSequence: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    for stage in stages {
      guard let stage = stage as? any BorderAware, stage.respects(&border) else { return false }
    }
    return true
  }
}

extension PrependNormalizer: BorderAware {
  /// The text after a border has a character before it.
  func respects(_ border: inout BorderState) -> Bool { true }
}

extension UnicodeNormalizer: BorderAware {
  /// Space and line feed are starters that compose with nothing, and canonically no letter, number or mark becomes white
  /// space. Compatibility forms may begin or end with a space, so they are left to whole texts.
  func respects(_ border: inout BorderState) -> Bool {
    border.mayFollowOther = true
    return form == .composed || form == .decomposed
  }
}

extension ReplaceNormalizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool {
    switch border.kind {
    case .space:
      if literal == border.space {
        border.space = replacement
        return !replacement.isEmpty
      }
      border.mayFollowOther = true
      return isPlain
    // A line feed is respected where it is not replaced and the characters beside it keep their classes.
    case .line: return literal == [0x20] && replacement == PipelineTokenizer.mark || isPlain && !hasLetters
    }
  }

  /// Neither side has anything to do with white space or its mark.
  private var isPlain: Bool {
    let bytes = literal + replacement
    return !replacement.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  private var hasLetters: Bool {
    literal.contains { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
  }
}

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

// These compare neighbours, or look at digits only, and give the same whether or not the text is cut.
extension DigitScanner: BorderAware { func respects(_ border: inout BorderState) -> Bool { true } }
extension DigitTripleScanner: BorderAware { func respects(_ border: inout BorderState) -> Bool { true } }
extension RunScanner: BorderAware { func respects(_ border: inout BorderState) -> Bool { true } }
extension PunctuationRunScanner: BorderAware { func respects(_ border: inout BorderState) -> Bool { true } }

extension ByteLevelPreTokenizer: BorderAware {
  func respects(_ border: inout BorderState) -> Bool { useRegex ? border.cutByPattern() : true }
}

extension SplitPreTokenizer: BorderAware where Places == LiteralPlaces {
  private var literal: [UInt8] { places.literal }

  func respects(_ border: inout BorderState) -> Bool {
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
    switch behavior {
    case .isolated, .removed, .contiguous: return !literal.contains { mark.contains($0) }
    case .mergedWithNext, .mergedWithPrevious: return false
    }
  }
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
  func respects(_ border: inout BorderState) -> Bool { VocabularyBorders.keepsApart(vocabulary, &border) }
}
