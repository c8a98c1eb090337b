extension ByteLevelPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    var deeds: [String] = []
    if addPrefixSpace { deeds.append("puts a space before the text") }
    if useRegex { deeds.append("cuts by GPT-2's pattern") }
    deeds.append("counts in bytes")
    return StageDescription(name: "ByteLevel", summary: sentence(deeds))
  }
}

extension SplitPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    let kind = isInverted ? "what lies between, \(behavior.rawValue)" : behavior.rawValue
    switch places {
    case let places as LiteralPlaces:
      return StageDescription(name: "Split", summary: "Cuts at every \(quoted(places.literal)) (\(kind)).")
    case let places as PatternPlaces:
      return StageDescription(
        name: "Split", summary: "Cuts by the pattern \(places.pattern.expression) (\(kind)).")
    case let places as CharacterPlaces:
      switch places.kind {
      case .numeric: return StageDescription(name: "Digits", summary: "Cuts between digits and anything else.")
      case .punctuation: return StageDescription(name: "Punctuation", summary: "Cuts at punctuation (\(kind)).")
      case .space: return StageDescription(name: "Split", summary: "Cuts at white space (\(kind)).")
      }
    default: return StageDescription(name: "Split", summary: "Cuts the text (\(kind)).")
    }
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    switch places {
    case let places as LiteralPlaces:
      let literal = places.literal
      return pieces.map { piece in
        text[piece].starts(with: literal) || text[piece].reversed().starts(with: literal.reversed())
          ? SplitRule(pattern: String(decoding: literal, as: UTF8.self)) : nil
      }
    case let places as PatternPlaces:
      return pieces.map { piece in
        var isMatch = false
        places.withFinder { $0.forEach(in: text, piece) { isMatch = isMatch || $0 == piece } }
        return isMatch ? SplitRule(pattern: places.pattern.expression) : nil
      }
    case let places as CharacterPlaces:
      return pieces.map { piece in
        var isMatch = false
        places.forEach(in: text, piece) { isMatch = isMatch || $0.lowerBound == piece.lowerBound }
        guard isMatch else { return nil }
        switch places.kind {
        case .numeric: return SplitRule(pattern: #"\p{N}+"#, words: "digits")
        case .punctuation: return SplitRule(pattern: #"\p{P}"#, words: "punctuation")
        case .space: return SplitRule(pattern: #"\s"#, words: "white space")
        }
      }
    default: return []
    }
  }
}

extension MetaspacePreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    let mark = String(decoding: replacement, as: UTF8.self)
    var deeds = "Writes \(mark) for a space"
    switch prependScheme {
    case .always: deeds += ", puts one before each part of the text"
    case .first: deeds += ", puts one before the text"
    case .never: break
    }
    return StageDescription(name: "Metaspace", summary: deeds + (splits ? ", cuts before each." : "."))
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    let mark = String(decoding: replacement, as: UTF8.self)
    return pieces.map { text[$0].starts(with: replacement) ? SplitRule(pattern: mark, words: "a word's start") : nil }
  }
}

extension ScannerPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    (scanner as? any DescribedScanner)?.stageDescription
      ?? StageDescription(name: String(describing: Scanner.self), summary: "Cuts the text.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    (scanner as? any DescribedScanner)?.rules(of: pieces, in: text) ?? []
  }
}

/// A scanner that says what it does.
protocol DescribedScanner: PieceScanner {
  var stageDescription: StageDescription { get }
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?]
}

extension GPT2Scanner: DescribedScanner {
  var stageDescription: StageDescription {
    StageDescription(name: "Split", summary: "Cuts by GPT-2's pattern: \(Self.pattern)")
  }
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] { [] }
}

extension CL100KScanner: DescribedScanner {
  var stageDescription: StageDescription {
    let pattern =
      takesTrailingSpaceWhole ? Self.cl100k : takesMarks ? Self.qwen35 : digits == 1 ? Self.qwen2 : Self.llama3
    return StageDescription(name: "Split", summary: "Cuts by the pattern \(pattern)")
  }
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] { [] }
}

extension O200KScanner: DescribedScanner {
  var stageDescription: StageDescription {
    StageDescription(name: "Split", summary: "Cuts by the pattern \(hasContractions ? Self.o200k : Self.tekken)")
  }
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] { [] }
}

extension DigitScanner: DescribedScanner {
  var stageDescription: StageDescription {
    StageDescription(name: "Digits", summary: "Takes every digit by itself.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    CharacterClassRules.rules(
      of: pieces, in: text, bits: UnicodeClasses.number, SplitRule(pattern: #"\p{N}"#, words: "one digit"))
  }
}

extension RunScanner: DescribedScanner {
  var stageDescription: StageDescription {
    bits == UnicodeClasses.number
      ? StageDescription(name: "Digits", summary: "Cuts between digits and anything else.")
      : StageDescription(name: "Runs", summary: "Cuts between characters of one class and anything else.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    guard bits == UnicodeClasses.number else { return [] }
    return CharacterClassRules.rules(of: pieces, in: text, bits: bits, SplitRule(pattern: #"\p{N}+"#, words: "digits"))
  }
}

/// Rules of stages that part a class of characters from all others.
enum CharacterClassRules {
  static func rules(
    of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>, bits: UInt8, _ rule: SplitRule
  ) -> [SplitRule?] {
    guard let base = text.baseAddress else { return [] }
    let scanned = ScannedText(base: base, end: text.count)
    return pieces.map { scanned.character($0.lowerBound).bits & bits != 0 ? rule : nil }
  }
}
