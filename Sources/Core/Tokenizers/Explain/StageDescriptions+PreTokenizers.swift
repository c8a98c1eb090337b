extension ByteLevelPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    var deeds: [String] = []
    if addPrefixSpace { deeds.append("puts a space before the text") }
    if useRegex { deeds.append("cuts by GPT-2's pattern") }
    deeds.append("counts in bytes")
    return StageDescription(name: "ByteLevel", summary: sentence(deeds))
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    useRegex ? PatternRules.of(GPT2Scanner.pattern).rules(of: pieces, in: text) : []
  }
}

extension ByteAlphabetStages: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    let inner = stages.flatMap { $0.flattened }.map(\.description)
    return StageDescription(
      name: inner.map(\.name).joined(separator: ", "),
      summary: "On the letters that stand for bytes: " + inner.map(\.summary).joined(separator: " "))
  }
}

extension SplitPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    let what = (places as? any DescribedPlaces)?.placesDescription ?? "a match"
    let name = (places as? any DescribedPlaces)?.name(for: behavior) ?? "Split"
    if name != "Split" {
      return StageDescription(name: name, summary: deeds(at: what))
    }
    return StageDescription(name: name, summary: deeds(at: isInverted ? "what lies between " + what : what))
  }

  private func deeds(at what: String) -> String {
    switch behavior {
    case .isolated: "Cuts before and after \(what)."
    case .removed: "Cuts at \(what), and drops it."
    case .mergedWithPrevious: "Cuts after \(what)."
    case .mergedWithNext: "Cuts before \(what)."
    case .contiguous: "Cuts before and after \(what); such runs stay together."
    }
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    (places as? any DescribedPlaces)?.rules(of: pieces, in: text) ?? []
  }
}

/// Places of a cut that say what they are.
protocol DescribedPlaces: SplitPlaces {
  /// "every …"
  var placesDescription: String { get }
  /// As tokenizer.json calls a stage that cuts there.
  func name(for behavior: SplitBehavior) -> String
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?]
}

extension DescribedPlaces {
  /// The rule for pieces that begin or end with a place.
  func rules(
    of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>, _ rule: SplitRule
  ) -> [SplitRule?] {
    var rules: [SplitRule?] = []
    withFinder { finder in
      rules = pieces.map { piece in
        var touches = false
        finder.forEach(in: text, piece) {
          touches = touches || $0.lowerBound == piece.lowerBound || $0.upperBound == piece.upperBound
        }
        return touches ? rule : nil
      }
    }
    return rules
  }
}

extension LiteralPlaces: DescribedPlaces {
  var placesDescription: String { "every \(quoted(literal))" }
  func name(for behavior: SplitBehavior) -> String { behavior == .removed ? "CharDelimiterSplit" : "Split" }
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    rules(of: pieces, in: text, SplitRule(pattern: String(decoding: literal, as: UTF8.self)))
  }
}

extension PatternPlaces: DescribedPlaces {
  var placesDescription: String { "every match of \(pattern.expression)" }
  func name(for behavior: SplitBehavior) -> String { "Split" }
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    PatternRules.of(pattern.expression, dialect: pattern.dialect).rules(of: pieces, in: text)
  }
}

extension CharacterPlaces: DescribedPlaces {
  var placesDescription: String {
    switch kind {
    case .space: "white space"
    case .numeric: "digits"
    case .punctuation: "punctuation"
    }
  }
  func name(for behavior: SplitBehavior) -> String {
    switch kind {
    case .space: "WhitespaceSplit"
    case .numeric: "Digits"
    case .punctuation: "Punctuation"
    }
  }
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    rules(of: pieces, in: text, SplitRule(pattern: name(for: .isolated), words: placesDescription))
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

extension WhitespacePreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    StageDescription(name: "Whitespace", summary: "Parts words from symbols, and drops white space.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    CharacterClassRules.rules(
      of: pieces, in: text, bits: UnicodeClasses.word, SplitRule(pattern: #"\w+"#, words: "letters, digits and _"),
      else: SplitRule(pattern: #"[^\w\s]+"#, words: "symbols"))
  }
}

extension WhitespaceSplitPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    StageDescription(name: "WhitespaceSplit", summary: "Cuts at white space, and drops it.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    pieces.map { _ in SplitRule(pattern: #"\S+"#, words: "anything but white space") }
  }
}

extension BertPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    StageDescription(
      name: "BertPreTokenizer", summary: "Drops white space, and takes every punctuation character by itself.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    guard let base = text.baseAddress else { return [] }
    let scanned = ScannedText(base: base, end: text.count)
    return pieces.map { piece in
      let (bits, length) = scanned.character(piece.lowerBound)
      return length == piece.count && CharacterPlaces.isOf(.punctuation, bits, scanned, piece.lowerBound)
        ? SplitRule(pattern: #"\p{P}"#, words: "one punctuation character")
        : SplitRule(pattern: #"[^\s\p{P}]+"#, words: "a word")
    }
  }
}

extension FixedLengthPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    StageDescription(name: "FixedLength", summary: "Cuts after every \(length) characters.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    pieces.map { _ in SplitRule(pattern: ".{\(length)}", words: "\(length) characters") }
  }
}

extension UnicodeScriptsPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    StageDescription(name: "UnicodeScripts", summary: "Cuts where the script changes; Chinese and Japanese are one.")
  }

  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    pieces.map { piece in
      let name = TokenScript.classify(UnsafeBufferPointer(rebasing: text[piece])).name
      return SplitRule(pattern: TokenScript.names[name])
    }
  }
}

extension ByteLettersPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    StageDescription(name: "ByteLevel", summary: "Writes bytes as letters: Ġ for a space.")
  }
}
