extension TokenizerJSONStages {
  func preTokenizer(_ stage: JSON?, _ place: String = "pre_tokenizer") throws -> (any PreTokenizer)? {
    guard let stage, !stage.isNull else { return nil }
    let type = try type(stage, place)
    switch type {
    case "Sequence": return try sequence(stage, place)
    case "ByteLevel":
      let byteLevel = ByteLevelPreTokenizer(
        addPrefixSpace: stage["add_prefix_space"]?.bool ?? true, useRegex: stage["use_regex"]?.bool ?? true)
      return writesLetters ? PreTokenizerSequence(stages: [byteLevel, ByteLettersPreTokenizer()]) : byteLevel
    case "Whitespace": return WhitespacePreTokenizer()
    case "WhitespaceSplit": return WhitespaceSplitPreTokenizer()
    case "BertPreTokenizer": return BertPreTokenizer()
    case "Metaspace": return try metaspace(stage, place)
    case "Punctuation":
      return SplitPreTokenizer(
        places: CharacterPlaces(kind: .punctuation), behavior: try behavior(stage, place) ?? .isolated)
    case "Digits":
      if stage["individual_digits"]?.bool ?? false {
        return ScannerPreTokenizer(scanner: DigitScanner(takesNewer: true))
      }
      return SplitPreTokenizer(places: CharacterPlaces(kind: .numeric), behavior: .contiguous)
    case "CharDelimiterSplit":
      return SplitPreTokenizer(
        places: LiteralPlaces(literal: try character(stage, "delimiter", place)), behavior: .removed)
    case "UnicodeScripts": return UnicodeScriptsPreTokenizer()
    case "FixedLength":
      let length = stage["length"]?.int ?? 5
      guard length > 0 else { throw error("\(place).length", "\(length)", expected: "a number above zero") }
      return FixedLengthPreTokenizer(length: length)
    case "Split": return try split(stage, place)
    default:
      throw error(
        place, "the pre-tokenizer \(type)",
        expected: "one of Sequence, ByteLevel, Whitespace, WhitespaceSplit, BertPreTokenizer, Metaspace, Punctuation, "
          + "Digits, CharDelimiterSplit, UnicodeScripts, FixedLength, Split")
    }
  }

  private func sequence(_ stage: JSON, _ place: String) throws -> any PreTokenizer {
    let list = try list(stage, "pretokenizers", place)
    func stages(_ indices: Range<Int>) throws -> [any PreTokenizer] {
      try indices.compactMap { try preTokenizer(list[$0], "\(place).pretokenizers[\($0)]") }
    }
    guard !writesLetters, let index = list.firstIndex(where: { hasByteLevel($0) }), index + 1 < list.count else {
      return PreTokenizerSequence(stages: try stages(list.indices))
    }
    guard !rewritesLetters(stage) else {
      throw error(place, "a stage after ByteLevel that changes the text", expected: "stages that only cut")
    }
    let later = ByteAlphabetStages(stages: try stages((index + 1)..<list.count))
    return PreTokenizerSequence(stages: try stages(0..<(index + 1)) + [later])
  }

  /// Whether a stage that comes after ByteLevel changes the text, so that it has to see the letters.
  func rewritesLetters(_ stage: JSON?) -> Bool {
    var isWritten = false
    func rewrites(_ stage: JSON) -> Bool {
      switch stage["type"]?.string {
      case "Sequence": return stage["pretokenizers"]?.array?.contains { rewrites($0) } ?? false
      case "ByteLevel":
        defer { isWritten = true }
        return isWritten
      case "Metaspace": return isWritten
      default: return false
      }
    }
    return stage.map { rewrites($0) } ?? false
  }

  private func metaspace(_ stage: JSON, _ place: String) throws -> MetaspacePreTokenizer {
    let scheme = stage["prepend_scheme"]?.string ?? (stage["add_prefix_space"]?.bool ?? true ? "always" : "never")
    guard let prependScheme = MetaspacePreTokenizer.PrependScheme(rawValue: scheme) else {
      throw error("\(place).prepend_scheme", scheme, expected: "always, first or never")
    }
    let replacement = stage["replacement"] == nil ? Array("\u{2581}".utf8) : try character(stage, "replacement", place)
    return MetaspacePreTokenizer(
      replacement: replacement, prependScheme: prependScheme, splits: stage["split"]?.bool ?? true)
  }

  /// A member that is one character.
  func character(_ stage: JSON, _ key: String, _ place: String) throws -> [UInt8] {
    guard let text = stage[key]?.string, text.unicodeScalars.count == 1 else {
      throw error("\(place).\(key)", stage[key]?.string ?? stage[key]?.kind ?? "nothing", expected: "one character")
    }
    return Array(text.utf8)
  }

  /// Older files write behaviours in lower case.
  private func behavior(_ stage: JSON, _ place: String) throws -> SplitBehavior? {
    guard let name = stage["behavior"]?.string else { return nil }
    let wanted = name.lowercased().filter { $0 != "_" }
    guard let behavior = SplitBehavior.allCases.first(where: { $0.rawValue.lowercased() == wanted }) else {
      throw error(
        "\(place).behavior", name,
        expected: "one of " + SplitBehavior.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return behavior
  }

  private func split(_ stage: JSON, _ place: String) throws -> any PreTokenizer {
    let behavior = try behavior(stage, place) ?? .isolated
    let isInverted = stage["invert"]?.bool ?? false
    switch try pattern(stage, place) {
    case .literal(let literal):
      return SplitPreTokenizer(places: LiteralPlaces(literal: literal), behavior: behavior, isInverted: isInverted)
    case .expression(let expression):
      // The patterns known by heart match all of any text, so matches kept and the rest dropped are the same cut.
      if behavior == .isolated || behavior == .removed && isInverted,
        let scanner = KnownPatterns.preTokenizer(expression)
      {
        return scanner
      }
      let pattern = try splitPattern(expression, "\(place).pattern")
      return SplitPreTokenizer(places: PatternPlaces(pattern: pattern), behavior: behavior, isInverted: isInverted)
    }
  }

  /// A regular expression of the file.
  func splitPattern(_ expression: String, _ place: String) throws -> SplitPattern {
    do {
      return try SplitPattern(expression)
    } catch {
      let shown = expression.count > 100 ? expression.prefix(100) + "…" : expression[...]
      throw self.error(place, "\(error.found) in the pattern \(shown)", expected: "a regular expression without it")
    }
  }

  /// Whether a pre-tokenizer writes bytes as letters.
  func hasByteLevel(_ stage: JSON?) -> Bool {
    guard let stage else { return false }
    if stage["type"]?.string == "ByteLevel" { return true }
    return stage["pretokenizers"]?.array?.contains { hasByteLevel($0) } ?? false
  }
}
