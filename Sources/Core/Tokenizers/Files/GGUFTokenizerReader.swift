/// Tokenizers from the metadata of GGUF files, read as llama.cpp reads them: models "gpt2" (byte-level BPE), "llama"
/// (SentencePiece BPE), "bert" (WordPiece), "t5" (Unigram) and "rwkv" (longest match).
struct GGUFTokenizerReader {
  /// `tokenizer.ggml.token_type`.
  enum Kind: Int { case normal = 1, unknown, control, userDefined, unused, byte }

  let file: GGUFFile
  let tokens: [UnsafeRawBufferPointer]
  let kinds: [Int]
  let cache: TableCache

  init(_ file: GGUFFile, cache: TableCache = .off) throws {
    self.file = file
    self.cache = cache
    guard let list = file["tokenizer.ggml.tokens"]?.array?.stringBytes(), !list.isEmpty else {
      throw FormatError(
        file: file.path, place: "tokenizer.ggml.tokens", found: "no vocabulary", expected: "a list of tokens")
    }
    guard list.count <= Vocabulary.maximumID else {
      throw FormatError(
        file: file.path, place: "tokenizer.ggml.tokens", found: "\(list.count) tokens",
        expected: "at most \(Vocabulary.maximumID)")
    }
    tokens = list
    let kinds = file["tokenizer.ggml.token_type"]?.array?.integers() ?? []
    guard kinds.isEmpty || kinds.count == list.count else {
      throw FormatError(
        file: file.path, place: "tokenizer.ggml.token_type", found: "\(kinds.count) types",
        expected: "\(list.count), one for each token")
    }
    self.kinds = kinds.isEmpty ? [Int](repeating: Kind.normal.rawValue, count: list.count) : kinds
  }

  func tokenizer(name: String) throws -> PipelineTokenizer {
    let model = file["tokenizer.ggml.model"]?.string ?? "none"
    switch model {
    case "gpt2":
      let pre = file["tokenizer.ggml.pre"]?.string ?? "default"
      if let pairs = CharacterPairs(rawValue: pre) { return try characterPairs(name, pairs) }
      return try byteLevel(name, pre)
    case "gemma4": return try characterPairs(name, .gemma4)
    case "llama": return try sentencePiece(name)
    case "bert": return try wordPiece(name)
    case "t5": return try unigram(name)
    case "rwkv": return try longestMatch(name)
    default:
      throw error(
        "tokenizer.ggml.model", "a tokenizer of kind \"\(model)\"",
        "gpt2, gemma4, llama, bert, t5 or rwkv, which are supported")
    }
  }

  func error(_ place: String, _ found: String, _ expected: String?) -> FormatError {
    FormatError(file: file.path, place: place, found: found, expected: expected)
  }

  func bytes(_ id: Int) -> UnsafeBufferPointer<UInt8> { tokens[id].bindMemory(to: UInt8.self) }
  func text(_ id: Int) -> String { String(decoding: tokens[id], as: UTF8.self) }

  // MARK: - Byte-level BPE

  private func byteLevel(_ name: String, _ pre: String) throws -> PipelineTokenizer {
    guard let preTokenizer = try GGUFPreTokenizers.preTokenizer(pre) else {
      throw error(
        "tokenizer.ggml.pre", "the split pattern \"\(pre)\"",
        "one that llama.cpp knows, such as \(GGUFPreTokenizers.examples)")
    }
    var made: [TokenID: String] = [:]
    let vocabulary = try cache.vocabulary {
      let read = try byteLevelVocabulary()
      made = read.plain
      return read.vocabulary
    }
    guard vocabulary.count == tokens.count else { throw TableCache.Damage() }
    let plain = try cache.texts("plain") { made }
    let merges = try cache.merges(vocabulary) { try self.merges(vocabulary) }
    let model = BPEModel(
      vocabulary: vocabulary, merges: merges, isByteLevel: true, ignoresMerges: preTokenizer.ignoresMerges)
    return finish(
      name, model, normalizer: try ownNormalizer(), preTokenizer: preTokenizer.cut, decoders: [ByteLevelDecoder()],
      isByteLevel: true, plain: plain, addsBOS: preTokenizer.addsBOS)
  }

  private func byteLevelVocabulary() throws -> (vocabulary: Vocabulary, plain: [TokenID: String]) {
    var builder = VocabularyBuilder(expecting: tokens.count)
    var plain: [TokenID: String] = [:]
    var scratch: [UInt8] = []
    for id in tokens.indices {
      scratch.removeAll(keepingCapacity: true)
      let isNormal = kinds[id] == Kind.normal.rawValue
      let isWritten = isNormal && ByteAlphabet.decode(bytes(id), into: &scratch)
      if !isWritten {
        scratch.append(contentsOf: bytes(id))
        if isNormal { plain[TokenID(id)] = text(id) }
      }
      guard scratch.withUnsafeBufferPointer({ builder.add($0, id: id, isFindable: isWritten) }) else {
        throw error("tokenizer.ggml.tokens", "a vocabulary of more than 4 GB", nil)
      }
    }
    return (builder.build(), plain)
  }

  func merges(_ vocabulary: Vocabulary, isByteLevel: Bool = true) throws -> MergeTable {
    guard let lines = file["tokenizer.ggml.merges"]?.array?.stringBytes() else {
      throw error("tokenizer.ggml.merges", "no merges", "a list of pairs")
    }
    var list = MergeList(vocabulary: vocabulary, isByteLevel: isByteLevel, expecting: lines.count)
    for (index, line) in lines.enumerated() {
      let line = line.bindMemory(to: UInt8.self)
      // The first byte may itself be a space in vocabularies that are not written in letters.
      guard let space = line.dropFirst().firstIndex(of: 0x20) else {
        throw error("tokenizer.ggml.merges[\(index)]", "no merge", "two tokens and a space between")
      }
      list.setLeft(UnsafeBufferPointer(rebasing: line[..<space]))
      list.setRight(UnsafeBufferPointer(rebasing: line[(space + 1)...]))
      guard list.append() else {
        throw error("tokenizer.ggml.merges[\(index)]", "a merge of tokens that are not in the vocabulary", nil)
      }
    }
    return list.table(keepsFirst: true)
  }

  // MARK: - SentencePiece BPE

  private func sentencePiece(_ name: String) throws -> PipelineTokenizer {
    guard let scores = file["tokenizer.ggml.scores"]?.array?.floats(), scores.count >= tokens.count else {
      throw error("tokenizer.ggml.scores", "no score for each token", "\(tokens.count) scores")
    }
    var byteTokens = [TokenID](repeating: -1, count: 256)
    for id in tokens.indices where kinds[id] == Kind.byte.rawValue {
      if let byte = ByteFallback.byte(of: bytes(id)) { byteTokens[Int(byte)] = TokenID(id) }
    }
    let unknown = id("tokenizer.ggml.unknown_token_id")
    let vocabulary = try cache.vocabulary { try textVocabulary() }
    guard vocabulary.count == tokens.count else { throw TableCache.Damage() }
    let model = SentencePieceBPEModel(
      vocabulary: vocabulary, scores: scores, unknown: unknown ?? .lacking, byteTokens: byteTokens)
    let addsPrefix = file["tokenizer.ggml.add_space_prefix"]?.bool ?? true
    let mark = PipelineTokenizer.mark
    var normalizers: [any Normalizer] = [ReplaceNormalizer(literal: [0x20], replacement: mark)]
    if addsPrefix { normalizers.insert(PrependNormalizer(prefix: mark), at: 0) }
    var decoders: [any TokenDecoder] = [
      ReplaceDecoder(literal: mark, replacement: [0x20]), ByteFallbackDecoder(), FuseDecoder(),
    ]
    if addsPrefix { decoders.append(StripDecoder(content: [0x20], start: 1, stop: 0)) }
    let metaspace = try spacePrefix().map { prefix in
      MetaspacePreTokenizer(replacement: mark, prependScheme: prefix == .first ? .first : .always, splits: false)
    }
    return finish(
      name, model, normalizer: metaspace == nil ? NormalizerSequence(stages: normalizers) : nil,
      preTokenizer: metaspace, decoders: decoders, isByteLevel: false, plain: [:], addsBOS: true)
  }

  func textVocabulary() throws -> Vocabulary {
    var builder = VocabularyBuilder(expecting: tokens.count)
    for id in tokens.indices {
      // Text never becomes a control or byte token by merging; those have other ways.
      let isText =
        kinds[id] == Kind.normal.rawValue || kinds[id] == Kind.userDefined.rawValue
        || kinds[id] == Kind.unused.rawValue
      guard builder.add(bytes(id), id: id, isFindable: isText) else {
        throw error("tokenizer.ggml.tokens", "a vocabulary of more than 4 GB", nil)
      }
    }
    return builder.build()
  }

  // MARK: - Both

  func id(_ key: String) -> TokenID? {
    file[key]?.int.flatMap { tokens.indices.contains($0) ? TokenID($0) : nil }
  }

  func finish(
    _ name: String, _ model: any TokenModel, normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?,
    decoders: [any TokenDecoder], isByteLevel: Bool, plain: [TokenID: String], addsBOS: Bool,
    addsEOS: Bool = false, isSentencePiece: Bool = true, insistsOnBOS: Bool = false
  ) -> PipelineTokenizer {
    let added = addedTokens()
    var special = SpecialTokens(
      bos: id("tokenizer.ggml.bos_token_id"), eos: id("tokenizer.ggml.eos_token_id"),
      padding: id("tokenizer.ggml.padding_token_id"), unknown: id("tokenizer.ggml.unknown_token_id"))
    let finder = SpecialTokenFinder(
      id: { text in
        first(text, among: added) { isControl($0) }
      }, prefix: [])
    let named = TokenizerConfiguration(bos: special.bos.map { text(Int($0)) }, eos: special.eos.map { text(Int($0)) })
    special.endOfGeneration = finder.specialTokens(named, unknown: nil).endOfGeneration
    special.fillInTheMiddle = fillInTheMiddle(added)
    for key in ["eos", "eot", "eom"] {
      if let id = id("tokenizer.ggml.\(key)_token_id") { special.endOfGeneration.insert(id) }
    }
    // The models' own defaults, where a file says nothing: SentencePiece and Llama 3 begin with BOS.
    let hasUsualIDs = !isByteLevel && isSentencePiece && takesUsualIDs
    if special.bos == nil, hasUsualIDs, tokens.count > 1 { special.bos = 1 }
    if special.eos == nil, hasUsualIDs, tokens.count > 2 {
      special.eos = 2
      special.endOfGeneration.insert(2)
    }
    let bos = insistsOnBOS || file["tokenizer.ggml.add_bos_token"]?.bool ?? addsBOS ? special.bos : nil
    let eos = file["tokenizer.ggml.add_eos_token"]?.bool ?? addsEOS ? special.eos : nil
    let post = TemplatePostProcessor(prefix: bos.map { [$0] } ?? [], suffix: eos.map { [$0] } ?? [])
    let stages = PipelineTokenizer.Stages(
      added: AddedVocabulary(added, order: .longestFirst), normalizer: normalizer, preTokenizer: preTokenizer,
      model: model, postProcessor: post, decoders: decoders, isByteLevel: isByteLevel, plainTokens: plain)
    return PipelineTokenizer(name: name, stages: stages, specialTokens: special)
  }

  /// By the file's own keys, of which there are two generations, else by the usual names.
  private func fillInTheMiddle(_ added: [AddedToken]) -> FillInTheMiddleTokens? {
    func first(_ keys: String...) -> TokenID? { keys.lazy.compactMap { id("tokenizer.ggml.\($0)_token_id") }.first }
    let named = FillInTheMiddleTokens { self.first($0, among: added) { _ in true } }
    guard let prefix = first("fim_pre", "prefix"), let suffix = first("fim_suf", "suffix"),
      let middle = first("fim_mid", "middle")
    else { return named }
    return FillInTheMiddleTokens(
      prefix: prefix, suffix: suffix, middle: middle, padding: first("fim_pad") ?? named?.padding,
      repositoryName: first("fim_rep") ?? named?.repositoryName, fileSeparator: first("fim_sep") ?? named?.fileSeparator
    )
  }

  private func first(_ text: String, among added: [AddedToken], _ isWanted: (TokenID) -> Bool) -> TokenID? {
    let length = text.utf8.count
    // There may be thousands, and lengths are compared at once.
    return added.first {
      $0.content.utf8.count == length && isWanted($0.id) && $0.content.utf8.elementsEqual(text.utf8)
    }?.id
  }

  private func isControl(_ id: TokenID) -> Bool { kinds[Int(id)] == Kind.control.rawValue }

  /// Control, unknown and user-defined tokens.
  func addedTokens() -> [AddedToken] {
    let modelName = file["general.name"]?.string?.lowercased() ?? ""
    let isPhi3 = modelName.contains("phi-3") || modelName.contains("phi3")
    var result: [AddedToken] = []
    for id in tokens.indices {
      guard let kind = Kind(rawValue: kinds[id]), !tokens[id].isEmpty else { continue }
      guard kind == .control || kind == .unknown || kind == .userDefined else { continue }
      var token = AddedToken(content: text(id), id: TokenID(id), isSpecial: kind != .userDefined)
      // A token that ends replies elsewhere is never made from plain text, whatever its kind here (Gemma's `</s>`).
      if !token.isSpecial, SpecialTokenFinder.endsReplies(token.content) { token.isSpecial = true }
      // The format has no place for it, but Phi-3's special tokens take the white space after them along.
      token.stripsRight = isPhi3 && !["<unk>", "<s>", "<|endoftext|>"].contains(token.content)
      result.append(token)
    }
    return result
  }
}
