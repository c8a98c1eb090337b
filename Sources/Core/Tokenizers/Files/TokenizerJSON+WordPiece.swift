extension TokenizerJSON {
  func wordPieceModel(isByteLevel: Bool) throws -> Model {
    guard !isByteLevel else {
      throw error("pre_tokenizer", "ByteLevel before WordPiece", expected: "a pre-tokenizer that leaves characters")
    }
    let reader = BPEFileReader(file: file, isByteLevel: false, cache: cache)
    let (vocabulary, _, count) = try reader.vocabulary(vocabularyScanner())
    guard
      (0..<vocabulary.count).reduce(0, { $0 + (vocabulary.bytes(TokenID($1))?.count ?? 0) }) <= TokenTrie.maximumBytes
    else { throw error("model.vocab", "a vocabulary of more than \(TokenTrie.maximumBytes) bytes") }
    let limit = model["max_input_chars_per_word"]?.int ?? 100
    let unknown = unknownToken(vocabulary)
    let wordPiece = try WordPieceModel(
      vocabulary: vocabulary, unknown: unknown,
      prefix: Array((model["continuing_subword_prefix"]?.string ?? "##").utf8), longestWord: max(0, limit),
      cache: cache)
    return Model(model: wordPiece, tokens: count, unknown: unknown)
  }

  func wordLevelModel(isByteLevel: Bool) throws -> Model {
    let reader = BPEFileReader(file: file, isByteLevel: isByteLevel, cache: cache)
    let (vocabulary, plain, count) = try reader.vocabulary(vocabularyScanner())
    let unknown = unknownToken(vocabulary)
    let wordLevel = WordLevelModel(vocabulary: vocabulary, unknown: unknown)
    return Model(model: wordLevel, isByteLevel: isByteLevel, plainTokens: plain, tokens: count, unknown: unknown)
  }
}
