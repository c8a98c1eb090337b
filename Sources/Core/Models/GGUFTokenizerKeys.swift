/// A tokenizer.json as the `tokenizer.*` keys of GGUF.
struct GGUFTokenizerKeys {
  /// GGUF's kinds of tokens.
  private enum Kind: Int32 {
    case normal = 1, unknown, control, userDefined, unused, byte
  }
  private typealias Merge = (left: [UInt8], right: [UInt8])

  let form: GGUFTokenizerForm
  private let json: JSON
  private let config: JSON?
  private let path: String
  private let configuration: ModelConfiguration
  private let tokenizer: any Tokenizer

  /// - Parameters:
  ///   - folder: holds the tokenizer.json.
  ///   - configuration: of the model; ids of its embedding without a token are filled up as unused.
  ///   - tokenizer: what the folder's files are read as.
  /// - Throws: ``FormatError`` where GGUF has no words for the tokenizer.
  init(folder: String, configuration: ModelConfiguration, tokenizer: any Tokenizer) throws {
    path = folder + "/tokenizer.json"
    guard FileSystem.exists(path) else {
      throw FormatError(file: folder, found: "no tokenizer.json", expected: "one, to write the vocabulary into GGUF")
    }
    json = try JSONFile.read(path)
    config = try JSONFile.readIfPresent(folder + "/tokenizer_config.json")
    form = try GGUFTokenizerForm(json, file: path)
    self.configuration = configuration
    self.tokenizer = tokenizer
  }

  /// - Throws: ``FormatError`` for a vocabulary that does not fit the model, or whose merges GGUF cannot say.
  func keys() throws -> [(String, GGUFWriter.Value)] {
    var tokens = [[UInt8]?](repeating: nil, count: configuration.vocabularySize)
    var kinds = [Kind](repeating: .normal, count: configuration.vocabularySize)
    func place(_ text: String, _ id: Int?, _ kind: Kind) throws {
      guard let id, tokens.indices.contains(id) else {
        throw FormatError(
          file: path, place: "token \(text)", found: "id \(id.map(String.init) ?? "missing")",
          expected: "below the model's \(configuration.vocabularySize) tokens")
      }
      tokens[id] = Array(text.utf8)
      kinds[id] = kind
    }
    for (text, id) in json["model"]?["vocab"]?.object?.members ?? [] { try place(text, id.int, .normal) }
    for token in json["added_tokens"]?.array ?? [] {
      guard let text = token["content"]?.string else { continue }
      try place(text, token["id"]?.int, token["special"]?.bool == true ? .control : .userDefined)
    }
    for id in tokens.indices where tokens[id] == nil {
      tokens[id] = Array("[PAD\(id)]".utf8)
      kinds[id] = .unused
    }
    let texts = tokens.compactMap { $0 }
    let merges = try (json["model"]?["merges"]?.array ?? []).map { try merge($0) }
    var keys: [(String, GGUFWriter.Value)]
    if let pre = form.pre {
      keys = [
        ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string(pre)),
        ("tokenizer.ggml.tokens", .strings(texts)),
        ("tokenizer.ggml.merges", .strings(merges.map { $0.left + [0x20] + $0.right })),
      ]
    } else {
      keys = try sentencePiece(texts, &kinds, merges)
    }
    keys.append(("tokenizer.ggml.token_type", .int32s(kinds.map(\.rawValue))))
    return try keys + specialTokens(texts) + ownKeys
  }

  /// What GGUF's keys cannot say.
  private var ownKeys: [(String, GGUFWriter.Value)] {
    var keys: [(String, GGUFWriter.Value)] = [(GGUFOwnKeys.usualIDs, .bool(false))]
    if form.prefix == .always || form.prefix == .first {
      keys.append((GGUFOwnKeys.spacePrefix, .string(form.prefix.rawValue)))
    }
    if form.composes { keys.append((GGUFOwnKeys.normalizer, .string("nfc"))) }
    return keys
  }

  /// A merge as "a b" or ["a", "b"].
  private func merge(_ json: JSON) throws -> Merge {
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
  private func sentencePiece(
    _ texts: [[UInt8]], _ kinds: inout [Kind], _ merges: [Merge]
  ) throws -> [(String, GGUFWriter.Value)] {
    var ranks: [[UInt8]: Int] = [:]
    for (rank, merge) in merges.enumerated() where ranks[merge.left + merge.right] == nil {
      ranks[merge.left + merge.right] = rank
    }
    var scores = [Float](repeating: 0, count: texts.count)
    for (id, text) in texts.enumerated() where kinds[id] == .normal {
      scores[id] = -Float(ranks[text] ?? merges.count)
      if text.count == 6, text.starts(with: Array("<0x".utf8)), text.last == UInt8(ascii: ">") { kinds[id] = .byte }
    }
    try checkMerges(texts, kinds, merges)
    if let unknown = json["model"]?["unk_token"]?.string, let id = texts.firstIndex(of: Array(unknown.utf8)) {
      kinds[id] = .unknown
    }
    return [
      ("tokenizer.ggml.model", .string("llama")), ("tokenizer.ggml.pre", .string("default")),
      ("tokenizer.ggml.tokens", .strings(texts)), ("tokenizer.ggml.scores", .float32s(scores)),
      ("tokenizer.ggml.add_space_prefix", .bool(form.prefix != .none)),
    ]
  }

  /// With scores, any two tokens merge whose joined text is a token: all such pairs must be merges.
  private func checkMerges(_ texts: [[UInt8]], _ kinds: [Kind], _ merges: [Merge]) throws {
    let known = Set(texts.indices.filter { kinds[$0] == .normal }.map { texts[$0] })
    let pairs = Set(merges.map { $0.left + [0xFF] + $0.right })
    for text in known where text.count > 1 {
      for cut in 1..<text.count where text[cut] & 0xC0 != 0x80 {
        let (left, right) = (Array(text[..<cut]), Array(text[cut...]))
        guard known.contains(left), known.contains(right), !pairs.contains(left + [0xFF] + right) else { continue }
        let parts = [left, right].map { "\"" + String(decoding: $0, as: UTF8.self) + "\"" }
        throw FormatError(
          file: path, place: "merges", found: "none of " + parts.joined(separator: " and "),
          expected: "a merge of any two tokens whose joined text is a token: GGUF cannot say otherwise")
      }
    }
  }

  private func specialTokens(_ texts: [[UInt8]]) throws -> [(String, GGUFWriter.Value)] {
    func id(_ key: String) -> TokenID? {
      guard let value = config?[key], let text = value.string ?? value["content"]?.string else { return nil }
      return texts.firstIndex(of: Array(text.utf8)).map(TokenID.init)
    }
    let (before, after) = try frame()
    let end = after ?? id("eos_token") ?? configuration.eosTokenIDs.first
    var keys = Self.ends(end, configuration)
    let others = [
      ("bos", before ?? id("bos_token") ?? configuration.bosTokenID), ("padding", id("pad_token")),
      ("unknown", id("unk_token") ?? tokenizer.specialTokens.unknown),
    ]
    for (name, id) in others {
      if let id, id >= 0 { keys.append(("tokenizer.ggml.\(name)_token_id", .uint32(UInt32(id)))) }
    }
    keys.append(("tokenizer.ggml.add_bos_token", .bool(before != nil)))
    keys.append(("tokenizer.ggml.add_eos_token", .bool(after != nil)))
    return keys
  }

  /// The ids that end a reply: GGUF has three keys for them.
  static func ends(_ first: TokenID?, _ c: ModelConfiguration) -> [(String, GGUFWriter.Value)] {
    var ids = first.map { [$0] } ?? []
    for id in c.eosTokenIDs where !ids.contains(id) { ids.append(id) }
    return zip(["eos", "eot", "eom"], ids).compactMap { name, id in
      id >= 0 ? ("tokenizer.ggml.\(name)_token_id", .uint32(UInt32(id))) : nil
    }
  }

  /// What is put before and after a text.
  private func frame() throws -> (before: TokenID?, after: TokenID?) {
    let plain = try tokenizer.encode("a b", addSpecialTokens: false, parseSpecialTokens: true)
    let whole = try tokenizer.encode("a b", addSpecialTokens: true, parseSpecialTokens: true)
    let extra = whole.count - plain.count
    for before in 0...max(0, min(1, extra)) where Array(whole.dropFirst(before).prefix(plain.count)) == plain {
      guard (0...1).contains(extra - before) else { break }
      return (before == 1 ? whole.first : nil, extra - before == 1 ? whole.last : nil)
    }
    throw FormatError(
      file: path, place: "post_processor", found: "\(extra) tokens around a text",
      expected: "at most one before it and one after it, which is what GGUF can say")
  }
}
