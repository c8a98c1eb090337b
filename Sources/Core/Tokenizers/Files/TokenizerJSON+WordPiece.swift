extension TokenizerJSON {
  func wordPieceModel() throws -> Model {
    let reader = BPEFileReader(file: file, isByteLevel: false, cache: cache)
    let (vocabulary, _, count) = try reader.vocabulary(vocabularyScanner())
    guard
      (0..<vocabulary.count).reduce(0, { $0 + (vocabulary.bytes(TokenID($1))?.count ?? 0) }) <= TokenTrie.maximumBytes
    else { throw error("model.vocab", "a vocabulary of more than \(TokenTrie.maximumBytes) bytes") }
    let limit = model["max_input_chars_per_word"]?.int ?? 100
    let (unknown, name) = unknownToken(vocabulary, default: "[UNK]")
    let wordPiece = try WordPieceModel(
      vocabulary: vocabulary, unknown: unknown ?? .lacking,
      prefix: Array((model["continuing_subword_prefix"]?.string ?? "##").utf8), longestWord: max(0, limit),
      cache: cache)
    return Model(
      model: wordPiece, tokens: count, unknown: unknown, missingUnknown: unknown == nil ? name : nil)
  }

  func wordLevelModel(isByteLevel: Bool) throws -> Model {
    let reader = BPEFileReader(file: file, isByteLevel: isByteLevel, cache: cache)
    let (vocabulary, plain, count, aliases) = try reader.words(vocabularyScanner())
    let (unknown, name) = unknownToken(vocabulary, aliases: aliases, default: "<unk>")
    let wordLevel = WordLevelModel(vocabulary: vocabulary, unknown: unknown ?? .lacking, aliases: aliases)
    var model = Model(
      model: wordLevel, isByteLevel: isByteLevel, plainTokens: plain, tokens: count, unknown: unknown,
      missingUnknown: unknown == nil ? name : nil)
    model.aliases = aliases
    return model
  }
}
