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

/// A scanner that does what a pattern says.
protocol PatternScanner: DescribedScanner {
  var expression: String { get }
}

extension PatternScanner {
  var stageDescription: StageDescription {
    StageDescription(name: "Split", summary: "Cuts by the pattern \(expression)")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    PatternRules.of(expression).rules(of: pieces, in: text)
  }
}

extension GPT2Scanner: PatternScanner {
  var expression: String { Self.pattern }
}

extension CL100KScanner: PatternScanner {
  var expression: String {
    if takesMarks { return Self.qwen35 }
    return takesTrailingSpaceWhole ? Self.cl100k : digits == 1 ? Self.qwen2 : Self.llama3
  }
}

extension O200KScanner: PatternScanner {
  var expression: String { hasContractions ? Self.o200k : Self.tekken }
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

extension DigitTripleScanner: DescribedScanner {
  var stageDescription: StageDescription {
    StageDescription(name: "Digits", summary: "Cuts runs of ASCII digits in threes.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    CharacterClassRules.rules(
      of: pieces, in: text, bits: UnicodeClasses.number, SplitRule(pattern: "[0-9][0-9][0-9]", words: "three digits"))
  }
}

extension PunctuationRunScanner: DescribedScanner {
  var stageDescription: StageDescription {
    StageDescription(name: "Punctuation", summary: "Cuts between runs of punctuation and anything else.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    CharacterClassRules.rules(
      of: pieces, in: text, bits: UnicodeClasses.punctuation, SplitRule(pattern: #"\p{P}+"#, words: "punctuation"))
  }
}

/// Rules of stages that part a class of characters from all others.
enum CharacterClassRules {
  /// By the first character of each piece.
  static func rules(
    of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>, bits: UInt8, _ rule: SplitRule,
    else other: SplitRule? = nil
  ) -> [SplitRule?] {
    guard let base = text.baseAddress else { return [] }
    let scanned = ScannedText(base: base, end: text.count)
    return pieces.map { scanned.character($0.lowerBound).bits & bits != 0 ? rule : other }
  }
}
