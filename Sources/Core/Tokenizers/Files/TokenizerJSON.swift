/// Reads Hugging Face's tokenizer.json. The vocabulary and the merges go straight from the file into flat tables; what
/// is small becomes a tree first.
struct TokenizerJSON {
  private let bytes: UnsafeRawBufferPointer
  let file: String
  private var scanner: JSONScanner
  /// Small members of the file, and of its "model".
  private(set) var members = JSONObject()
  private(set) var model = JSONObject()
  /// Where the large members of "model" begin.
  private var vocabularyOffset: Int?
  private var mergesOffset: Int?

  /// - Parameters:
  ///   - bytes: must outlive this value; tokenizers made from it do not need them.
  ///   - file: for messages.
  /// - Throws: ``FormatError``.
  init(_ bytes: UnsafeRawBufferPointer, file: String) throws {
    self.bytes = bytes
    self.file = file
    scanner = JSONScanner(bytes, file: file)
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key.elementsEqual("model".utf8) {
        try readModel()
      } else {
        let name = String(decoding: key, as: UTF8.self)
        members[name] = try scanner.readValue()
      }
    }
    try scanner.finish()
  }

  private mutating func readModel() throws {
    guard try scanner.peek() == .object else { throw scanner.error("no model", expected: "an object") }
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key.elementsEqual("vocab".utf8) {
        vocabularyOffset = scanner.offset
        try scanner.skip()
      } else if key.elementsEqual("merges".utf8) {
        mergesOffset = scanner.offset
        try scanner.skip()
      } else {
        let name = String(decoding: key, as: UTF8.self)
        model[name] = try scanner.readValue()
      }
    }
  }

  func error(_ place: String, _ found: String, expected: String? = nil) -> FormatError {
    FormatError(file: file, place: place, found: found, expected: expected)
  }

  /// A tokenizer of this file.
  /// - Parameter configuration: what stands beside it in other files.
  func tokenizer(name: String, configuration: TokenizerConfiguration) throws -> PipelineTokenizer {
    let kind = model["type"]?.string ?? (mergesOffset != nil ? "BPE" : isUnigram ? "Unigram" : "WordPiece")
    if kind == "Unigram" { return try unigramTokenizer(name: name, configuration: configuration) }
    guard kind == "BPE" else {
      throw error("model", "a \(kind) tokenizer", expected: "BPE or Unigram, which are supported so far")
    }
    let stages = TokenizerJSONStages(file: file)
    let normalizer = try stages.normalizer(members["normalizer"])
    let preTokenizer = try stages.preTokenizer(members["pre_tokenizer"])
    let decoders = try stages.decoders(members["decoder"])
    let isByteLevel = stages.hasByteLevel(members["pre_tokenizer"])
    let reader = BPEFileReader(file: file, isByteLevel: isByteLevel)
    var (vocabulary, plainTokens) = try reader.vocabulary(vocabularyScanner())
    let merges = try reader.merges(mergesScanner(), vocabulary)
    let added = try addedTokens(vocabulary, plainTokens)
    for token in added { plainTokens[token.id] = nil }
    let bpe = try bpeModel(vocabulary, merges, isByteLevel: isByteLevel)
    let addedVocabulary = AddedVocabulary(added, normalizer: normalizer)
    let postProcessor = try stages.postProcessor(members["post_processor"])
    let pipeline = PipelineTokenizer.Stages(
      added: addedVocabulary, normalizer: normalizer, preTokenizer: preTokenizer, model: bpe,
      postProcessor: postProcessor, decoders: decoders, isByteLevel: isByteLevel, plainTokens: plainTokens)
    let finder = SpecialTokenFinder(
      id: { text in
        added.last { $0.content.utf8.elementsEqual(text.utf8) }?.id
      }, prefix: postProcessor?.prefix ?? [])
    let special = finder.specialTokens(configuration, unknown: bpe.unknown)
    return PipelineTokenizer(name: name, stages: pipeline, specialTokens: special)
  }

  func vocabularyScanner() throws -> JSONScanner {
    guard let vocabularyOffset else { throw error("model", "no vocab", expected: "the tokens and their ids") }
    return JSONScanner(bytes, file: file, at: vocabularyOffset)
  }

  private func mergesScanner() throws -> JSONScanner {
    guard let mergesOffset else { throw error("model", "no merges", expected: "a list of pairs") }
    return JSONScanner(bytes, file: file, at: mergesOffset)
  }

  private func bpeModel(_ vocabulary: Vocabulary, _ merges: MergeTable, isByteLevel: Bool) throws -> BPEModel {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let mark = model[key]?.string, !mark.isEmpty {
        throw error("model.\(key)", "\"\(mark)\"", expected: "none: word marks are not supported so far")
      }
    }
    if let dropout = model["dropout"]?.double, dropout != 0 {
      throw error("model.dropout", "\(dropout)", expected: "0: tokens would be random")
    }
    var unknown: TokenID?
    if let text = model["unk_token"]?.string {
      let id = vocabulary.id(Array(text.utf8))
      unknown = id >= 0 ? id : nil
    }
    return BPEModel(
      vocabulary: vocabulary, merges: merges, isByteLevel: isByteLevel,
      ignoresMerges: model["ignore_merges"]?.bool ?? false, fallsBackToBytes: model["byte_fallback"]?.bool ?? false,
      unknown: unknown, fusesUnknown: model["fuse_unk"]?.bool ?? false)
  }

  func addedTokens(_ vocabulary: Vocabulary, _ plainTokens: [TokenID: String]) throws -> [AddedToken] {
    guard let list = members["added_tokens"], !list.isNull else { return [] }
    guard let list = list.array else { throw error("added_tokens", list.kind, expected: "an array") }
    return try list.enumerated().map { index, entry in
      let place = "added_tokens[\(index)]"
      guard let content = entry["content"]?.string, let id = entry["id"]?.int else {
        throw error(place, entry.kind, expected: "an object with id and content")
      }
      guard id >= 0, id <= Vocabulary.maximumID, !content.isEmpty else {
        throw error(place, content.isEmpty ? "an empty token" : "id \(id)", expected: "a token and its id")
      }
      return AddedToken(
        content: content, id: TokenID(id), isSpecial: entry["special"]?.bool ?? false,
        stripsLeft: entry["lstrip"]?.bool ?? false, stripsRight: entry["rstrip"]?.bool ?? false,
        isSingleWord: entry["single_word"]?.bool ?? false, isNormalized: entry["normalized"]?.bool ?? false)
    }
  }
}
