extension TokenizerJSON {
  func wordPieceModel(isByteLevel: Bool) throws -> Model {
    guard !isByteLevel else {
      throw error("pre_tokenizer", "ByteLevel before WordPiece", expected: "a pre-tokenizer that leaves characters")
    }
    let (vocabulary, _, count) = try BPEFileReader(file: file, isByteLevel: false, cache: cache).vocabulary(vocabularyScanner())
    let limit = model["max_input_chars_per_word"]?.int ?? 100
    let unknown = unknownToken(vocabulary)
    let wordPiece = WordPieceModel(
      vocabulary: vocabulary, unknown: unknown,
      prefix: Array((model["continuing_subword_prefix"]?.string ?? "##").utf8), longestWord: max(0, limit))
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
