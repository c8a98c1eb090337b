/// The stages of a tokenizer.json by the names they have there. What is not known is refused by name, since ids would
/// be wrong without it.
struct TokenizerJSONStages {
  let file: String

  private func error(_ place: String, _ found: String, expected: String? = nil) -> FormatError {
    FormatError(file: file, place: place, found: found, expected: expected)
  }

  private func type(_ stage: JSON, _ place: String) throws -> String {
    guard let type = stage["type"]?.string else { throw error(place, stage.kind, expected: "an object with a type") }
    return type
  }

  private func list(_ stage: JSON, _ key: String, _ place: String) throws -> [JSON] {
    guard let list = stage[key]?.array else { throw error("\(place).\(key)", "no list", expected: "an array") }
    return list
  }

  /// The pattern of a Replace or Split stage.
  private enum Pattern {
    case literal([UInt8])
    case expression(String)
  }

  private func pattern(_ stage: JSON, _ place: String) throws -> Pattern {
    if let text = stage["pattern"]?["String"]?.string, !text.isEmpty { return .literal(Array(text.utf8)) }
    if let text = stage["pattern"]?["Regex"]?.string { return .expression(text) }
    throw error("\(place).pattern", stage["pattern"]?.kind ?? "nothing", expected: "a String or a Regex")
  }

  // MARK: - Normalizers

  func normalizer(_ stage: JSON?, _ place: String = "normalizer") throws -> (any Normalizer)? {
    guard let stage, !stage.isNull else { return nil }
    let type = try type(stage, place)
    switch type {
    case "Sequence":
      let stages = try list(stage, "normalizers", place).enumerated().compactMap {
        try normalizer($1, "\(place).normalizers[\($0)]")
      }
      return NormalizerSequence(stages: stages)
    case "Prepend": return PrependNormalizer(prefix: Array((stage["prepend"]?.string ?? "").utf8))
    case "Replace":
      guard case .literal(let literal) = try pattern(stage, place) else {
        throw error(place, "a Replace by regular expression", expected: "one by a text, the only kind supported so far")
      }
      return ReplaceNormalizer(literal: literal, replacement: Array((stage["content"]?.string ?? "").utf8))
    case "NFC": return CanonicalNormalizer(composes: true)
    case "NFD": return CanonicalNormalizer(composes: false)
    default:
      throw error(
        place, "the normalizer \(type)",
        expected: "one of Sequence, Prepend, Replace, NFC, NFD, which are supported so far")
    }
  }

  // MARK: - Pre-tokenizers

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

  // MARK: - Post-processors

  func postProcessor(_ stage: JSON?, _ place: String = "post_processor") throws -> (any PostProcessor)? {
    guard let stage, !stage.isNull else { return nil }
    let type = try type(stage, place)
    switch type {
    // It only changes offsets, and ours are exact.
    case "ByteLevel": return nil
    case "Sequence":
      let stages = try list(stage, "processors", place).enumerated().compactMap {
        try postProcessor($1, "\(place).processors[\($0)]")
      }
      return PostProcessorSequence(stages: stages)
    case "TemplateProcessing": return try template(stage, place)
    case "BertProcessing", "RobertaProcessing":
      guard let cls = stage["cls"]?[1]?.int, let sep = stage["sep"]?[1]?.int else {
        throw error(place, "no cls and sep", expected: "[token, id] each")
      }
      return TemplatePostProcessor(prefix: [try tokenID(cls, place)], suffix: [try tokenID(sep, place)])
    default:
      throw error(
        place, "the post-processor \(type)",
        expected: "one of Sequence, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing")
    }
  }

  private func template(_ stage: JSON, _ place: String) throws -> TemplatePostProcessor {
    var result = TemplatePostProcessor()
    var isAfterText = false
    for (index, piece) in try list(stage, "single", place).enumerated() {
      let place = "\(place).single[\(index)]"
      if piece["Sequence"] != nil {
        isAfterText = true
      } else if let name = piece["SpecialToken"]?["id"]?.string {
        guard let ids = stage["special_tokens"]?[name]?["ids"]?.array else {
          throw error(place, "the special token \(name)", expected: "one of its special_tokens")
        }
        for id in ids {
          guard let id = id.int else { throw error(place, id.kind, expected: "an id") }
          if isAfterText {
            result.suffix.append(try tokenID(id, place))
          } else {
            result.prefix.append(try tokenID(id, place))
          }
        }
      } else {
        throw error(place, piece.kind, expected: "a Sequence or a SpecialToken")
      }
    }
    return result
  }

  private func tokenID(_ id: Int, _ place: String) throws -> TokenID {
    guard id >= 0, id <= Vocabulary.maximumID else {
      throw error(place, "id \(id)", expected: "0 to \(Vocabulary.maximumID)")
    }
    return TokenID(id)
  }

  // MARK: - Decoders

  func decoders(_ stage: JSON?, _ place: String = "decoder") throws -> [any TokenDecoder]? {
    guard let stage, !stage.isNull else { return nil }
    let type = try type(stage, place)
    switch type {
    case "Sequence":
      return try list(stage, "decoders", place).enumerated().flatMap {
        try decoders($1, "\(place).decoders[\($0)]") ?? []
      }
    case "ByteLevel": return [ByteLevelDecoder()]
    case "ByteFallback": return [ByteFallbackDecoder()]
    case "Fuse": return [FuseDecoder()]
    case "Strip":
      let content = Array((stage["content"]?.string ?? " ").utf8)
      let limit = 1 << 16
      guard let start = stage["start"]?.int, let stop = stage["stop"]?.int, (0...limit).contains(start),
        (0...limit).contains(stop), !content.isEmpty
      else { throw error(place, "no start and stop", expected: "two numbers from 0 to \(limit)") }
      return [StripDecoder(content: content, start: start, stop: stop)]
    case "Replace":
      guard case .literal(let literal) = try pattern(stage, place) else {
        throw error(place, "a Replace by regular expression", expected: "one by a text, the only kind supported so far")
      }
      return [ReplaceDecoder(literal: literal, replacement: Array((stage["content"]?.string ?? "").utf8))]
    case "Metaspace":
      let prepends = stage["prepend_scheme"]?.string.map { $0 != "never" } ?? (stage["add_prefix_space"]?.bool ?? true)
      return [
        MetaspaceDecoder(replacement: Array((stage["replacement"]?.string ?? "\u{2581}").utf8), dropsFirst: prepends)
      ]
    default:
      throw error(
        place, "the decoder \(type)",
        expected:
          "one of Sequence, ByteLevel, ByteFallback, Fuse, Strip, Replace, Metaspace, which are supported so far")
    }
  }
}

/// Split patterns that are known by heart, and the scanners that run them.
enum KnownPatterns {
  static func preTokenizer(_ expression: String) -> (any PreTokenizer)? {
    switch expression {
    case GPT2Scanner.pattern: ScannerPreTokenizer(scanner: GPT2Scanner())
    case CL100KScanner.llama3: ScannerPreTokenizer(scanner: CL100KScanner(digits: 3))
    case CL100KScanner.qwen2: ScannerPreTokenizer(scanner: CL100KScanner(digits: 1))
    case CL100KScanner.cl100k: ScannerPreTokenizer(scanner: CL100KScanner(digits: 3, takesTrailingSpaceWhole: true))
    default: nil
    }
  }
}
