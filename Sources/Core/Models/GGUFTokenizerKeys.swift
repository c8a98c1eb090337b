/// A tokenizer.json as the `tokenizer.*` keys of GGUF.
enum GGUFTokenizerKeys {
  /// GGUF's kinds of tokens.
  private enum Kind: Int32 {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  /// - Parameter vocabularySize: rows of the model's embedding; ids without a token are filled up as unused.
  /// - Throws: ``FormatError`` where GGUF has no name for the tokenizer's kind.
  static func keys(folder: String, configuration c: ModelConfiguration) throws -> [(String, GGUFWriter.Value)] {
    let path = folder + "/tokenizer.json"
    guard FileSystem.exists(path) else {
      throw FormatError(file: folder, found: "no tokenizer.json", expected: "one, to write the vocabulary into GGUF")
    }
    let json = try JSONFile.read(path)
    let config = try JSONFile.readIfPresent(folder + "/tokenizer_config.json")
    guard let model = json["model"], let vocabulary = model["vocab"]?.object, model["type"]?.string ?? "BPE" == "BPE"
    else {
      throw FormatError(
        file: path, place: "model", found: "a tokenizer of type \(json["model"]?["type"]?.string ?? "unknown")",
        expected: "BPE, which is what GGUF is written with")
    }
    var tokens = [[UInt8]?](repeating: nil, count: c.vocabularySize)
    var kinds = [Kind](repeating: .normal, count: c.vocabularySize)
    func place(_ text: String, _ id: Int?, _ kind: Kind) throws {
      guard let id, tokens.indices.contains(id) else {
        throw FormatError(
          file: path, place: "token \(text)", found: "id \(id.map(String.init) ?? "missing")",
          expected: "below the model's \(c.vocabularySize) tokens")
      }
      tokens[id] = Array(text.utf8)
      kinds[id] = kind
    }
    for (text, id) in vocabulary.members { try place(text, id.int, .normal) }
    for token in json["added_tokens"]?.array ?? [] {
      guard let text = token["content"]?.string else { continue }
      try place(text, token["id"]?.int, token["special"]?.bool == true ? .control : .userDefined)
    }
    for id in tokens.indices where tokens[id] == nil {
      tokens[id] = Array("[PAD\(id)]".utf8)
      kinds[id] = .unused
    }
    let texts = tokens.compactMap { $0 }
    let merges = try (model["merges"]?.array ?? []).map { try merge($0, path) }
    var keys: [(String, GGUFWriter.Value)] = []
    if model["byte_fallback"]?.bool == true {
      keys = sentencePiece(texts, &kinds, merges: merges, json: json)
    } else {
      keys = [
        ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string(try preTokenizer(json, path))),
        ("tokenizer.ggml.tokens", .strings(texts)),
        ("tokenizer.ggml.merges", .strings(merges.map { $0.left + [0x20] + $0.right })),
      ]
    }
    keys.append(("tokenizer.ggml.token_type", .int32s(kinds.map(\.rawValue))))
    return keys + specialTokens(config, json, texts, c)
  }

  /// A merge as "a b" or ["a", "b"].
  private static func merge(_ json: JSON, _ path: String) throws -> (left: [UInt8], right: [UInt8]) {
    if let pair = json.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string {
      return (Array(left.utf8), Array(right.utf8))
    }
    let parts = json.string.map { Array($0.utf8).split(separator: 0x20, omittingEmptySubsequences: false) } ?? []
    guard parts.count == 2 else {
      throw FormatError(
        file: path, place: "merges", found: "a merge that is no pair", expected: "\"a b\" or [\"a\", \"b\"]")
    }
    return (Array(parts[0]), Array(parts[1]))
  }

  /// llama.cpp merges these by the score of what comes out; here that is the rank of the merge that makes it.
  private static func sentencePiece(
    _ texts: [[UInt8]], _ kinds: inout [Kind], merges: [(left: [UInt8], right: [UInt8])], json: JSON
  ) -> [(String, GGUFWriter.Value)] {
    var ranks: [[UInt8]: Int] = [:]
    for (rank, merge) in merges.enumerated() where ranks[merge.left + merge.right] == nil {
      ranks[merge.left + merge.right] = rank
    }
    var scores = [Float](repeating: 0, count: texts.count)
    for (id, text) in texts.enumerated() where kinds[id] == .normal {
      scores[id] = -Float(ranks[text] ?? merges.count)
      if text.count == 6, text.starts(with: Array("<0x".utf8)), text.last == UInt8(ascii: ">") { kinds[id] = .byte }
    }
    if let unknown = json["model"]?["unk_token"]?.string, let id = texts.firstIndex(of: Array(unknown.utf8)) {
      kinds[id] = .unknown
    }
    let text = json["normalizer"]?.serialized() ?? ""
    return [
      ("tokenizer.ggml.model", .string("llama")), ("tokenizer.ggml.pre", .string("default")),
      ("tokenizer.ggml.tokens", .strings(texts)), ("tokenizer.ggml.scores", .float32s(scores)),
      ("tokenizer.ggml.add_space_prefix", .bool(text.contains("Prepend"))),
    ]
  }

  /// llama.cpp's name for the rule that cuts text before merging.
  private static func preTokenizer(_ json: JSON, _ path: String) throws -> String {
    let rule = json["pre_tokenizer"]
    let parts = rule?["pretokenizers"]?.array ?? rule.map { [$0] } ?? []
    let kinds = parts.map { $0["type"]?.string ?? "" }
    if kinds == ["ByteLevel"], parts[0]["use_regex"]?.bool != false { return "gpt-2" }
    if kinds == ["Digits", "ByteLevel"], parts[0]["individual_digits"]?.bool == true { return "smollm" }
    if let pattern = parts.first?["pattern"]?["Regex"]?.string, let name = KnownPattern.name(of: pattern) {
      return name
    }
    throw FormatError(
      file: path, place: "pre_tokenizer", found: "a rule that GGUF has no name for",
      expected: "that of GPT-2, SmolLM2, Llama 3 or Qwen2")
  }

  private static func specialTokens(
    _ config: JSON?, _ json: JSON, _ texts: [[UInt8]], _ c: ModelConfiguration
  ) -> [(String, GGUFWriter.Value)] {
    func id(_ key: String) -> UInt32? {
      guard let value = config?[key], let text = value.string ?? value["content"]?.string else { return nil }
      return texts.firstIndex(of: Array(text.utf8)).map(UInt32.init)
    }
    var keys: [(String, GGUFWriter.Value)] = []
    let ids = [
      ("bos", id("bos_token") ?? c.bosTokenID.map(UInt32.init)),
      ("eos", id("eos_token") ?? c.eosTokenIDs.first.map(UInt32.init)),
      ("padding", id("pad_token")), ("unknown", id("unk_token")),
    ]
    for (name, id) in ids {
      if let id { keys.append(("tokenizer.ggml.\(name)_token_id", .uint32(id))) }
    }
    // Without the flag, a template that begins with the beginning-of-text token is what adds it.
    let single = json["post_processor"]?.serialized() ?? ""
    let adds =
      config?["add_bos_token"]?.bool ?? (single.contains("TemplateProcessing") && single.contains("SpecialToken"))
    keys.append(("tokenizer.ggml.add_bos_token", .bool(adds)))
    return keys
  }
}

/// Patterns that tokenizer.json files cut text with, and what GGUF calls them.
enum KnownPattern {
  private static let llama3Head = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
  private static let llama3Tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let patterns = [
    (llama3Head + #"\p{N}{1,3}"# + llama3Tail, "llama-bpe"),
    (llama3Head + #"\p{N}"# + llama3Tail, "qwen2"),
  ]

  static func name(of pattern: String) -> String? { patterns.first { $0.0 == pattern }?.1 }
  static func pattern(named name: String) -> String? { patterns.first { $0.1 == name }?.0 }
}
