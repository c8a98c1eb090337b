extension ByteLevelPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    var deeds: [String] = []
    if addPrefixSpace { deeds.append("puts a space before the text") }
    if useRegex { deeds.append("cuts by GPT-2's pattern") }
    deeds.append("counts in bytes")
    return StageDescription(name: "ByteLevel", summary: sentence(deeds))
  }
}

extension SplitPreTokenizer: DescribedPreTokenizer where Places == LiteralPlaces {
  private var literal: [UInt8] { places.literal }

  var stageDescription: StageDescription {
    StageDescription(name: "Split", summary: "Cuts at every \(quoted(literal)) (\(behavior.rawValue)).")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    pieces.map { piece in
      text[piece].starts(with: literal) || text[piece].reversed().starts(with: literal.reversed())
        ? SplitRule(pattern: String(decoding: literal, as: UTF8.self)) : nil
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
    let pattern = takesTrailingSpaceWhole ? Self.cl100k : digits == 1 ? Self.qwen2 : Self.llama3
    return StageDescription(name: "Split", summary: "Cuts by the pattern \(pattern)")
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
