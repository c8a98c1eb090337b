/// The vocabulary of a GGUF file as tokenizer.json and tokenizer_config.json.
enum GGUFTokenizer {
  /// - Throws: ``FormatError`` where the vocabulary is of a kind that has no such form here.
  static func huggingFaceFiles(_ file: GGUFFile) throws -> [(name: String, text: String)] {
    let kind = file["tokenizer.ggml.model"]?.string ?? "unknown"
    guard let tokens = file["tokenizer.ggml.tokens"]?.array?.strings() else {
      throw FormatError(file: file.path, place: "tokenizer.ggml.tokens", found: "no vocabulary", expected: "a list")
    }
    let types = file["tokenizer.ggml.token_type"]?.array?.integers() ?? []
    func type(_ id: Int) -> Int { types.indices.contains(id) ? types[id] : 1 }
    // Added tokens are those that are matched in the text before anything else.
    let added = tokens.indices.filter { [3, 4].contains(type($0)) || (type($0) == 2 && kind == "llama") }
    let parts: JSONObject?
    switch kind {
    case "gpt2": parts = byteLevel(file, tokens)
    case "llama": parts = sentencePiece(file, tokens)
    default: parts = nil
    }
    guard let parts else {
      let pre = file["tokenizer.ggml.pre"]?.string.map { " (\($0))" } ?? ""
      throw FormatError(
        file: file.path, place: "tokenizer.ggml.model", found: "a vocabulary of kind \(kind)\(pre)",
        expected: "gpt2 with the rules of GPT-2, SmolLM2, Llama 3 or Qwen2, or llama, to write a tokenizer.json")
    }
    var json: JSONObject = ["version": "1.0", "truncation": nil, "padding": nil]
    json["added_tokens"] = .array(
      added.map { id in
        [
          "id": .int(id), "content": .string(tokens[id]), "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": .bool(type(id) != 4 || SpecialTokenFinder.endsReplies(tokens[id])),
        ]
      })
    for (key, value) in parts.members { json[key] = value }
    return [
      ("tokenizer.json", JSON.object(json).serialized()),
      ("tokenizer_config.json", config(file, tokens).serialized(indent: 2)),
    ]
  }

  private static func config(_ file: GGUFFile, _ tokens: [String]) -> JSON {
    func token(_ name: String) -> String? {
      file["tokenizer.ggml.\(name)_token_id"]?.int.flatMap { tokens.indices.contains($0) ? tokens[$0] : nil }
    }
    var config: JSONObject = ["tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false]
    for (key, name) in [("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("pad_token", "padding")]
    {
      if let text = token(name) { config[key] = .string(text) }
    }
    config["add_bos_token"] = .bool(addsBOS(file))
    if let template = file["tokenizer.chat_template"]?.string { config["chat_template"] = .string(template) }
    return .object(config)
  }

  private static func addsBOS(_ file: GGUFFile) -> Bool {
    file["tokenizer.ggml.add_bos_token"]?.bool
      ?? (file["tokenizer.ggml.model"]?.string == "llama" || file["tokenizer.ggml.pre"]?.string == "llama-bpe")
  }

  /// Puts the tokens that begin and end a text around it, where the file asks for them.
  private static func postProcessor(_ file: GGUFFile, _ tokens: [String]) -> JSON {
    func token(_ name: String) -> (id: Int, text: String)? {
      file["tokenizer.ggml.\(name)_token_id"]?.int.flatMap { tokens.indices.contains($0) ? ($0, tokens[$0]) : nil }
    }
    let bos = addsBOS(file) ? token("bos") : nil
    let eos = file["tokenizer.ggml.add_eos_token"]?.bool == true ? token("eos") : nil
    guard bos != nil || eos != nil else { return .null }
    func special(_ token: (id: Int, text: String)?, type: Int = 0) -> [JSON] {
      token.map { [["SpecialToken": ["id": .string($0.text), "type_id": .int(type)]]] } ?? []
    }
    let first: JSON = ["Sequence": ["id": "A", "type_id": 0]]
    let second: JSON = ["Sequence": ["id": "B", "type_id": 1]]
    var entries = JSONObject()
    for token in [bos, eos].compactMap({ $0 }) {
      entries[token.text] = ["id": .string(token.text), "ids": [.int(token.id)], "tokens": [.string(token.text)]]
    }
    return [
      "type": "TemplateProcessing", "single": .array(special(bos) + [first] + special(eos)),
      "pair": .array(special(bos) + [first] + special(eos) + [second] + special(eos, type: 1)),
      "special_tokens": .object(entries),
    ]
  }

  private static func vocabulary(_ tokens: [String]) -> JSON {
    .object(JSONObject(tokens.enumerated().map { ($0.element, .int($0.offset)) }))
  }

  private static func byteLevel(_ file: GGUFFile, _ tokens: [String]) -> JSONObject? {
    guard let merges = file["tokenizer.ggml.merges"]?.array?.strings() else { return nil }
    let pre = file["tokenizer.ggml.pre"]?.string ?? "gpt-2"
    func byteLevel(regex: Bool) -> JSON {
      ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": .bool(regex)]
    }
    let rule: JSON
    switch pre {
    case "gpt-2", "gpt2": rule = byteLevel(regex: true)
    case "smollm":
      rule = [
        "type": "Sequence",
        "pretokenizers": [["type": "Digits", "individual_digits": true], byteLevel(regex: true)],
      ]
    default:
      guard let pattern = KnownPattern.pattern(named: pre) else { return nil }
      rule = [
        "type": "Sequence",
        "pretokenizers": [
          ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false],
          byteLevel(regex: false),
        ],
      ]
    }
    return [
      "normalizer": file[GGUFOwnKeys.normalizer]?.string == "nfc" ? ["type": "NFC"] : .null, "pre_tokenizer": rule,
      "post_processor": postProcessor(file, tokens), "decoder": byteLevel(regex: true),
      "model": [
        "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
        "fuse_unk": false, "byte_fallback": false, "ignore_merges": .bool(pre == "llama-bpe"),
        "vocab": vocabulary(tokens), "merges": .array(merges.map { .string($0) }),
      ],
    ]
  }

  private static func sentencePiece(_ file: GGUFFile, _ tokens: [String]) -> JSONObject? {
    guard let scores = file["tokenizer.ggml.scores"]?.array?.floats(), scores.count == tokens.count else { return nil }
    let prefix = file["tokenizer.ggml.add_space_prefix"]?.bool ?? true
    let replace: JSON = ["type": "Replace", "pattern": ["String": " "], "content": "▁"]
    let back: JSON = ["type": "Replace", "pattern": ["String": "▁"], "content": " "]
    var decoders: [JSON] = [back, ["type": "ByteFallback"], ["type": "Fuse"]]
    if prefix { decoders.append(["type": "Strip", "content": " ", "start": 1, "stop": 0]) }
    let unknown = file["tokenizer.ggml.unknown_token_id"]?.int.flatMap {
      tokens.indices.contains($0) ? tokens[$0] : nil
    }
    var normalizer: JSON =
      prefix ? ["type": "Sequence", "normalizers": [["type": "Prepend", "prepend": "▁"], replace]] : replace
    var cut = JSON.null
    if let scheme = file[GGUFOwnKeys.spacePrefix]?.string {
      normalizer = .null
      cut = ["type": "Metaspace", "replacement": "▁", "prepend_scheme": .string(scheme), "split": false]
    }
    return [
      "normalizer": normalizer, "pre_tokenizer": cut, "post_processor": postProcessor(file, tokens),
      "decoder": ["type": "Sequence", "decoders": .array(decoders)],
      "model": [
        "type": "BPE", "dropout": nil, "unk_token": unknown.map { .string($0) } ?? nil,
        "continuing_subword_prefix": nil, "end_of_word_suffix": nil, "fuse_unk": true, "byte_fallback": true,
        "ignore_merges": false, "vocab": vocabulary(tokens),
        "merges": .array(merges(tokens, scores).map { [.string($0.left), .string($0.right)] }),
      ],
    ]
  }

  /// SentencePiece joins the pair whose joined piece scores best: each way to cut a piece into two known ones is a
  /// merge, the best scores first, longer left parts first among equals.
  private static func merges(_ tokens: [String], _ scores: [Float]) -> [(left: String, right: String)] {
    var known: [[UInt8]: Int] = [:]
    for (id, token) in tokens.enumerated() { known[Array(token.utf8)] = id }
    var merges: [(left: String, right: String, score: Float, leftLength: Int, rightLength: Int)] = []
    for (id, token) in tokens.enumerated() {
      let bytes = Array(token.utf8)
      guard bytes.count > 1, bytes.count <= 256 else { continue }
      for cut in 1..<bytes.count where bytes[cut] & 0xC0 != 0x80 {
        let left = Array(bytes[..<cut])
        let right = Array(bytes[cut...])
        guard known[left] != nil, known[right] != nil else { continue }
        let leftText = String(decoding: left, as: UTF8.self)
        let rightText = String(decoding: right, as: UTF8.self)
        merges.append(
          (leftText, rightText, scores[id], leftText.unicodeScalars.count, rightText.unicodeScalars.count))
      }
    }
    merges.sort { ($0.score, $0.leftLength, $0.rightLength) > ($1.score, $1.leftLength, $1.rightLength) }
    return merges.map { ($0.left, $0.right) }
  }
}
