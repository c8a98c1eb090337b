/// What a rank file does not say about itself: the split pattern and the special tokens, by the names that encodings have.
struct RankEncoding: Sendable {
  var name: String
  var pattern: String
  /// How many ranks its file has.
  var tokens: Int
  var special: [(text: String, id: Int)] = []
  var normalizer: JSON = .null
  /// Put before a text.
  var bos: String?

  /// Encodings in the order in which a file's size finds them.
  static let all: [RankEncoding] = [
    RankEncoding(name: "r50k_base", pattern: gpt2Pattern, tokens: 50256, special: [("<|endoftext|>", 50256)]),
    RankEncoding(name: "gpt2", pattern: gpt2Pattern, tokens: 50256, special: [("<|endoftext|>", 50256)]),
    RankEncoding(name: "p50k_base", pattern: gpt2Pattern, tokens: 50280, special: [("<|endoftext|>", 50256)]),
    RankEncoding(
      name: "p50k_edit", pattern: gpt2Pattern, tokens: 50280,
      special: [
        ("<|endoftext|>", 50256), ("<|fim_prefix|>", 50281), ("<|fim_middle|>", 50282), ("<|fim_suffix|>", 50283),
      ]),
    RankEncoding(
      name: "cl100k_base", pattern: CL100KScanner.cl100k, tokens: 100_256,
      special: [
        ("<|endoftext|>", 100_257), ("<|fim_prefix|>", 100_258), ("<|fim_middle|>", 100_259),
        ("<|fim_suffix|>", 100_260), ("<|endofprompt|>", 100_276),
      ]),
    RankEncoding(
      name: "o200k_base", pattern: o200kPattern, tokens: 199_998,
      special: [("<|endoftext|>", 199_999), ("<|endofprompt|>", 200_018)]),
    RankEncoding(name: "o200k_harmony", pattern: o200kPattern, tokens: 199_998, special: harmony),
    RankEncoding(
      name: "llama3", pattern: CL100KScanner.llama3, tokens: 128_000, special: llama3, bos: "<|begin_of_text|>"),
    RankEncoding(
      name: "qwen2", pattern: CL100KScanner.qwen2, tokens: 151_643, special: qwen, normalizer: ["type": "NFC"]),
  ]

  /// The encoding of a file: by its name, else by how many ranks it has.
  /// - Parameter stem: the file's name without its ending.
  static func find(stem: String, tokens: Int) -> RankEncoding? {
    let name = stem.lowercased().replacing("-", with: "_")
    return named(name).flatMap { $0.tokens == tokens ? $0 : nil } ?? all.first { $0.tokens == tokens }
  }

  static func named(_ name: String) -> RankEncoding? {
    let aliases = [
      "cl100k": "cl100k_base", "o200k": "o200k_base", "p50k": "p50k_base", "r50k": "r50k_base", "qwen": "qwen2",
    ]
    let name = name.lowercased().replacing("-", with: "_")
    return all.first { $0.name == aliases[name] ?? name }
  }

  private static let gpt2Pattern = GPT2Scanner.pattern

  private static let o200kPattern =
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#
    + #"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#
    + #"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// Of gpt-oss: the format of its conversations.
  private static let harmony: [(text: String, id: Int)] = {
    let named = [
      199_998: "<|startoftext|>", 199_999: "<|endoftext|>", 200_002: "<|return|>", 200_003: "<|constrain|>",
      200_005: "<|channel|>", 200_006: "<|start|>", 200_007: "<|end|>", 200_008: "<|message|>", 200_012: "<|call|>",
      200_018: "<|endofprompt|>",
    ]
    return (199_998...201_087).map { (named[$0] ?? "<|reserved_\($0)|>", $0) } + [("<|reserved_200018|>", 200_018)]
  }()

  /// Llama 3 has reserved most of them; those that Llama 3.1 has named go by both names.
  private static let llama3: [(text: String, id: Int)] = {
    let fixed = [
      0: "<|begin_of_text|>", 1: "<|end_of_text|>", 6: "<|start_header_id|>", 7: "<|end_header_id|>", 9: "<|eot_id|>",
    ]
    let later = [4: "<|finetune_right_pad_id|>", 8: "<|eom_id|>", 10: "<|python_tag|>"]
    var reserved = 0
    var tokens = later.map { (text: $0.value, id: 128_000 + $0.key) }
    for offset in 0..<256 {
      if let text = fixed[offset] {
        tokens.append((text, 128_000 + offset))
      } else {
        tokens.append(("<|reserved_special_token_\(reserved)|>", 128_000 + offset))
        reserved += 1
      }
    }
    return tokens
  }()

  private static let qwen: [(text: String, id: Int)] =
    ["<|endoftext|>", "<|im_start|>", "<|im_end|>"].enumerated().map { ($0.element, 151_643 + $0.offset) }
    + (0..<205).map { ("<|extra_\($0)|>", 151_646 + $0) }
}

extension RankFile {
  /// The tokenizer of a rank file.
  /// - Parameter pattern: the name of an encoding, where neither the file's name nor its size tells.
  func tokenizer(
    name: String, file: String, stem: String, pattern: String?, configuration: TokenizerConfiguration
  ) throws -> PipelineTokenizer {
    let known = RankEncoding.all.map(\.name).joined(separator: ", ")
    let encoding: RankEncoding
    if let pattern {
      guard let named = RankEncoding.named(pattern) else {
        throw FormatError(file: file, found: "the pattern \(pattern) is not known", expected: "one of \(known)")
      }
      encoding = named
    } else {
      guard let found = RankEncoding.find(stem: stem, tokens: tokens) else {
        throw FormatError(
          file: file, found: "a rank file of \(tokens) tokens, which does not tell its split pattern",
          expected: "--pattern with one of \(known)")
      }
      encoding = found
    }
    // The special tokens of an encoding come after its own ranks; of another file they are not known.
    let special = encoding.tokens == tokens ? encoding.special : []
    // Qwen's own code normalizes a text before it looks for special tokens: a mark after one may change its last letter.
    let added = special.map {
      AddedToken(content: $0.text, id: TokenID($0.id), isNormalized: !encoding.normalizer.isNull)
    }
    let bos = special.first { $0.text == encoding.bos }
    let post: JSON =
      bos.map { bos in
        [
          "type": "TemplateProcessing",
          "single": [["SpecialToken": ["id": .string(bos.text)]], ["Sequence": ["id": "A"]]],
          "pair": [
            ["SpecialToken": ["id": .string(bos.text)]], ["Sequence": ["id": "A"]],
            ["SpecialToken": ["id": .string(bos.text), "type_id": 1]], ["Sequence": ["id": "B", "type_id": 1]],
          ],
          "special_tokens": [bos.text: ["id": .string(bos.text), "ids": [.int(bos.id)]]],
        ]
      } ?? .null
    let split: JSON = [
      "type": "Split", "pattern": ["Regex": .string(encoding.pattern)], "behavior": "Isolated", "invert": false,
    ]
    let bpe = BPEModel(vocabulary: vocabulary, merges: try merges(), isByteLevel: true, ignoresMerges: true)
    return try PipelineBuilder(
      file: file, name: name,
      stages: [
        "normalizer": encoding.normalizer, "pre_tokenizer": split, "post_processor": post,
        "decoder": ["type": "ByteLevel"],
      ], model: TokenizerJSON.Model(model: bpe, isByteLevel: true, tokens: tokens), added: added,
      configuration: configuration
    ).tokenizer()
  }
}
