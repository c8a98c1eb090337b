extension TokenizerJSONStages {
  func preTokenizer(_ stage: JSON?, _ place: String = "pre_tokenizer") throws -> (any PreTokenizer)? {
    guard let stage, !stage.isNull else { return nil }
    let type = try type(stage, place)
    switch type {
    case "Sequence":
      let list = try list(stage, "pretokenizers", place)
      if let index = list.firstIndex(where: { hasByteLevel($0) }), index != list.count - 1 {
        throw error(place, "a stage after ByteLevel", expected: "ByteLevel as the last one")
      }
      let stages = try list.enumerated().compactMap { try preTokenizer($1, "\(place).pretokenizers[\($0)]") }
      return PreTokenizerSequence(stages: stages)
    case "ByteLevel":
      return ByteLevelPreTokenizer(
        addPrefixSpace: stage["add_prefix_space"]?.bool ?? true, useRegex: stage["use_regex"]?.bool ?? true)
    case "Digits":
      return stage["individual_digits"]?.bool ?? false
        ? ScannerPreTokenizer(scanner: DigitScanner())
        : ScannerPreTokenizer(scanner: RunScanner(bits: UnicodeClasses.number))
    case "Metaspace":
      let scheme = stage["prepend_scheme"]?.string ?? (stage["add_prefix_space"]?.bool ?? true ? "always" : "never")
      guard let prependScheme = MetaspacePreTokenizer.PrependScheme(rawValue: scheme) else {
        throw error("\(place).prepend_scheme", scheme, expected: "always, first or never")
      }
      return MetaspacePreTokenizer(
        replacement: Array((stage["replacement"]?.string ?? "\u{2581}").utf8), prependScheme: prependScheme,
        splits: stage["split"]?.bool ?? true)
    case "Split": return try split(stage, place)
    default:
      throw error(
        place, "the pre-tokenizer \(type)",
        expected: "one of Sequence, ByteLevel, Digits, Metaspace, Split, which are supported so far")
    }
  }

  private func split(_ stage: JSON, _ place: String) throws -> any PreTokenizer {
    let name = stage["behavior"]?.string ?? "Isolated"
    // Older files write behaviours in lower case.
    let wanted = name.lowercased()
    let known: [SplitBehavior] = [.isolated, .removed, .mergedWithPrevious, .mergedWithNext, .contiguous]
    guard let behavior = known.first(where: { $0.rawValue.lowercased() == wanted }) else {
      throw error("\(place).behavior", name, expected: "one of " + known.map(\.rawValue).joined(separator: ", "))
    }
    let isInverted = stage["invert"]?.bool ?? false
    switch try pattern(stage, place) {
    case .literal(let literal):
      return LiteralSplitPreTokenizer(literal: literal, behavior: behavior, isInverted: isInverted)
    case .expression(let expression):
      // The patterns known by heart match all of any text, so matches kept and the rest dropped are the same cut.
      guard behavior == .isolated || behavior == .removed && isInverted else {
        throw error("\(place).behavior", name, expected: "Isolated, the only one supported so far with a Regex")
      }
      guard let scanner = KnownPatterns.preTokenizer(expression) else {
        throw error(
          "\(place).pattern", "the pattern \(expression)",
          expected: "one of those known so far: GPT-2's, cl100k's, Llama 3's, Qwen2's")
      }
      return scanner
    }
  }

  /// Whether a pre-tokenizer writes bytes as letters.
  func hasByteLevel(_ stage: JSON?) -> Bool {
    guard let stage else { return false }
    if stage["type"]?.string == "ByteLevel" { return true }
    return stage["pretokenizers"]?.array?.contains { hasByteLevel($0) } ?? false
  }
}
