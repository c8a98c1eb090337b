/// What a name of `tokenizer.ggml.pre` stands for, as llama.cpp has it.
struct GGUFPreTokenizer {
  let cut: any PreTokenizer
  /// Pieces that are tokens are taken whole, whatever the merges say.
  var ignoresMerges = false
  /// Texts begin with BOS where the file does not say.
  var addsBOS = false
}

/// The cuts of llama.cpp by name.
enum GGUFPreTokenizers {
  /// The names that are known; of kinds that share a cut only some, for messages.
  static let examples = "gpt-2, llama-bpe, qwen2, gpt-4o, deepseek-v3, tekken, default"

  /// - Throws: ``PatternError`` never in practice: the patterns are those below.
  static func preTokenizer(_ name: String) throws(PatternError) -> GGUFPreTokenizer? {
    guard let kind = kinds[name], let cut = try cut(kind) else { return nil }
    return GGUFPreTokenizer(
      cut: cut, ignoresMerges: ignoringMerges.contains(name), addsBOS: addingBOS.contains(name))
  }

  static var names: [String] { kinds.keys.sorted() }

  /// Names by the cut they share.
  private static let kinds: [String: String] = {
    let groups: [String: String] = [
      "default": "default",
      "gpt-2": "gpt-2 phi-2 jina-es jina-de jina-v2-es jina-v2-de jina-v1-en jina-v2-code roberta-bpe gigachat a.x-4.0 "
        + "mellum modern-bert mpt olmo jais trillion granite-docling exaone4",
      "starcoder": "starcoder refact command-r smollm codeshell exaone minerva-7b mellum2",
      "llama3": "llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano dbrx smaug-bpe glm4 "
        + "chatglm-bpe",
      "qwen2": "qwen2 deepseek-r1-qwen kormo f2llmv2 stablelm2 hunyuan megrez solar-open grok-2",
      "qwen35": "qwen35",
      "gpt-4o": "gpt-4o llama4 kanana2 talkie minimax-m2",
      "tekken": "tekken",
      "granite-embed": "granite-embed-multi-97m",
      "deepseek-llm": "deepseek-llm",
      "deepseek-coder": "deepseek-coder",
      "deepseek-v3": "deepseek-v3 hunyuan-dense joyai-llm hy_v4",
      "spark": "spark2_5",
      "falcon": "falcon",
      "bloom": "bloom gpt3-finnish poro-chat",
      "viking": "viking",
      "chameleon": "chameleon",
      "youtu": "youtu",
      "tiny_aya": "tiny_aya cohere2moe",
      "kimi-k2": "kimi-k2",
      "superbpe": "superbpe",
      "bailingmoe": "bailingmoe bailingmoe2 llada-moe",
      "seed-coder": "seed-coder",
      "ufakzeka": "ufakzeka",
      "afmoe": "afmoe",
      "laguna": "laguna",
      "exaone-moe": "exaone-moe",
      "minicpm5": "minicpm5",
      "jais-2": "jais-2",
    ]
    var kinds: [String: String] = [:]
    for (kind, names) in groups { for name in names.split(separator: " ") { kinds[String(name)] = kind } }
    return kinds
  }()

  private static let llama3Names: Set<String> = [
    "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano",
  ]
  private static let ignoringMerges = llama3Names.union(["tekken", "youtu", "minicpm5", "granite-embed-multi-97m"])
  private static let addingBOS = llama3Names.union(["tekken", "chameleon"])

  private static func cut(_ kind: String) throws(PatternError) -> (any PreTokenizer)? {
    let gpt2 = ScannerPreTokenizer(scanner: GPT2Scanner())
    switch kind {
    case "gpt-2": return gpt2
    case "starcoder": return PreTokenizerSequence(stages: [ScannerPreTokenizer(scanner: DigitScanner()), gpt2])
    case "llama3": return ScannerPreTokenizer(scanner: CL100KScanner(digits: 3, foldsLongS: false))
    case "qwen2": return ScannerPreTokenizer(scanner: CL100KScanner(digits: 1, foldsLongS: false))
    case "qwen35":
      return ScannerPreTokenizer(scanner: CL100KScanner(digits: 1, takesMarks: true, foldsLongS: false))
    case "default":
      return PreTokenizerSequence(stages: [
        ScannerPreTokenizer(scanner: PunctuationRunScanner()), gpt2,
        ScannerPreTokenizer(scanner: RunScanner(bits: UnicodeClasses.number)),
        ScannerPreTokenizer(scanner: DigitTripleScanner()),
      ])
    default:
      guard let expressions = GGUFPatterns.byKind[kind] else { return nil }
      var stages: [any PreTokenizer] = []
      for expression in expressions {
        if expression == GPT2Scanner.pattern {
          stages.append(gpt2)
        } else {
          let places = PatternPlaces(pattern: try SplitPattern(expression))
          stages.append(SplitPreTokenizer(places: places, behavior: .isolated))
        }
      }
      return stages.count == 1 ? stages[0] : PreTokenizerSequence(stages: stages)
    }
  }
}
