/// What the files beside a tokenizer say about it: tokenizer_config.json, special_tokens_map.json,
/// generation_config.json, config.json. Files that are absent or damaged say nothing; the vocabulary works without
/// them.
struct TokenizerConfiguration: Sendable {
  var bos: String?
  var eos: String?
  var padding: String?
  var unknown: String?
  /// BERT's frame and mask.
  var classification: String?
  var separator: String?
  var mask: String?
  /// "BertTokenizer", "RobertaTokenizerFast" …
  var tokenizerClass: String?
  var lowercases: Bool?
  var stripsAccents: Bool?
  var separatesChinese: Bool?
  var addsPrefixSpace: Bool?
  /// Tokens that these files add to a vocabulary.
  var added: [AddedToken] = []
  /// Ids that end a generation.
  var endIDs: [Int] = []

  init() {}

  /// What a file's own keys name.
  init(bos: String?, eos: String?) { (self.bos, self.eos) = (bos, eos) }

  init(folder: String) {
    func read(_ name: String) -> JSON? {
      // Configurations are small; a larger file of that name is something else.
      guard let file = try? MappedFile(path: folder + "/" + name), file.bytes.count < 16 << 20 else { return nil }
      return try? JSON.parse(file.bytes, file: file.path, options: .init(allowsNonFinite: true))
    }
    func text(_ value: JSON?) -> String? { value?.string ?? value?["content"]?.string }
    for name in ["tokenizer_config.json", "special_tokens_map.json"] {
      guard let file = read(name) else { continue }
      bos = bos ?? text(file["bos_token"])
      eos = eos ?? text(file["eos_token"])
      padding = padding ?? text(file["pad_token"])
      unknown = unknown ?? text(file["unk_token"])
      classification = classification ?? text(file["cls_token"])
      separator = separator ?? text(file["sep_token"])
      mask = mask ?? text(file["mask_token"])
      tokenizerClass = tokenizerClass ?? file["tokenizer_class"]?.string
      lowercases = lowercases ?? file["do_lower_case"]?.bool
      stripsAccents = stripsAccents ?? file["strip_accents"]?.bool
      separatesChinese = separatesChinese ?? file["tokenize_chinese_chars"]?.bool
      addsPrefixSpace = addsPrefixSpace ?? file["add_prefix_space"]?.bool
      if let list = file["added_tokens_decoder"]?.object { added += list.members.compactMap(Self.addedToken) }
    }
    if added.isEmpty, let list = read("added_tokens.json")?.object {
      added = list.members.compactMap { text, id in
        guard let id = id.int, (0...Vocabulary.maximumID).contains(id), !text.isEmpty else { return nil }
        return AddedToken(content: text, id: TokenID(id), isSpecial: false, isNormalized: true)
      }
    }
    for name in ["generation_config.json", "config.json"] {
      guard endIDs.isEmpty, let value = read(name)?["eos_token_id"] else { continue }
      endIDs = value.array?.compactMap(\.int) ?? value.int.map { [$0] } ?? []
    }
  }

  private static func addedToken(_ key: String, _ entry: JSON) -> AddedToken? {
    guard let id = Int(key), (0...Vocabulary.maximumID).contains(id), let content = entry["content"]?.string,
      !content.isEmpty
    else { return nil }
    return AddedToken(content: content, id: TokenID(id), flags: entry)
  }
}

extension AddedToken {
  /// - Parameter flags: an entry as tokenizer.json and tokenizer_config.json have it.
  init(content: String, id: TokenID, flags: JSON) {
    self.init(
      content: content, id: id, isSpecial: flags["special"]?.bool ?? false,
      stripsLeft: flags["lstrip"]?.bool ?? false, stripsRight: flags["rstrip"]?.bool ?? false,
      isSingleWord: flags["single_word"]?.bool ?? false, isNormalized: flags["normalized"]?.bool ?? true)
  }
}

/// Finds the tokens that a program must know by meaning.
struct SpecialTokenFinder {
  /// Names of tokens that end a reply, as model families call them.
  static let endNames = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<|endoftext|>",
    "<|end_of_text|>",
    "<|eom_id|>", "</s>", "<eos>", "<EOT>", "[EOT]", "<end_of_utterance>", "<turn|>",
    "<\u{FF5C}end\u{2581}of\u{2581}sentence\u{FF5C}>",
  ]

  static func endsReplies(_ name: String) -> Bool {
    endNames.contains { $0.utf8.count == name.utf8.count && $0.utf8.elementsEqual(name.utf8) }
  }

  /// The id of a special token, by its text.
  let id: (String) -> TokenID?
  /// What the post-processor puts before a text.
  let prefix: [TokenID]

  func specialTokens(_ configuration: TokenizerConfiguration, unknown: TokenID?) -> SpecialTokens {
    var tokens = SpecialTokens()
    func first(_ names: String...) -> TokenID? { names.lazy.compactMap(id).first }
    let start = configuration.bos.flatMap(id) ?? prefix.first ?? configuration.classification.flatMap(id)
    tokens.bos = start ?? first("<s>", "<bos>", "<|begin_of_text|>", "<|im_start|>", "<|startoftext|>")
    let end = configuration.eos.flatMap(id) ?? configuration.separator.flatMap(id)
    tokens.eos = end ?? first("</s>", "<eos>", "<|end_of_text|>", "<|im_end|>", "<|endoftext|>", "[SEP]")
    tokens.padding = configuration.padding.flatMap(id) ?? first("<pad>", "[PAD]")
    tokens.unknown = configuration.unknown.flatMap(id) ?? unknown
    tokens.endOfGeneration = Set(endIDs(configuration))
    // `</s>` ends what `<s>` begins; where texts begin otherwise it is a tag of HTML (Gemma's).
    if let tag = id("</s>"), let bos = tokens.bos, bos != id("<s>") { tokens.endOfGeneration.remove(tag) }
    if let eos = tokens.eos { tokens.endOfGeneration.insert(eos) }
    return tokens
  }

  private func endIDs(_ configuration: TokenizerConfiguration) -> [TokenID] {
    let named = Set(Self.endNames.compactMap(id))
    let given = configuration.endIDs.compactMap { TokenID(exactly: $0) }.filter { $0 >= 0 }
    return given + excludingInnerEnd(named)
  }

  /// Where replies end with `<|return|>`, `<|end|>` only ends a part of them.
  private func excludingInnerEnd(_ named: Set<TokenID>) -> [TokenID] {
    guard id("<|return|>") != nil, id("<|call|>") != nil, let end = id("<|end|>") else { return Array(named) }
    return named.filter { $0 != end }
  }
}
