extension TokenizerJSON {
  /// `"vocab": [["piece", score], …]`, the ids being places in the list; `unk_id`; `byte_fallback`.
  func unigramModel() throws -> Model {
    var made: [Double] = []
    let vocabulary = try cache.vocabulary {
      let read = try readPieces()
      made = read.scores
      return read.vocabulary
    }
    let scores = try cache.numbers("scores") { made }
    guard scores.count == vocabulary.count else { throw TableCache.Damage() }
    var unknown: TokenID?
    if let value = model["unk_id"], !value.isNull {
      guard let id = value.int, scores.indices.contains(id) else {
        throw error("model.unk_id", "\(value.serialized())", expected: "0 to \(scores.count - 1)")
      }
      unknown = TokenID(id)
    }
    let fallsBack = model["byte_fallback"]?.bool ?? false
    let unigram = UnigramModel(
      vocabulary: vocabulary, trie: try cache.trie("pieces", vocabulary), scores: scores, unknown: unknown,
      unknownScore: (scores.min() ?? 0) - 10,
      byteTokens: fallsBack ? (0...255).map { vocabulary.id(ByteFallback.name(of: UInt8($0))) } : [],
      looksUpUnknown: true)
    return Model(model: unigram, tokens: scores.count, unknown: unknown)
  }

  private func readPieces() throws -> (vocabulary: Vocabulary, scores: [Double]) {
    var scanner = try vocabularyScanner()
    var builder = VocabularyBuilder(expecting: 32_000)
    var scores: [Double] = []
    try scanner.beginArray()
    while try scanner.nextElement() {
      let place = scanner.offset
      try scanner.beginArray()
      guard try scanner.nextElement() else {
        throw scanner.error(at: place, "an empty list", expected: "[piece, score]")
      }
      guard builder.add(try scanner.readString(), id: scores.count), builder.size <= TokenTrie.maximumBytes else {
        throw scanner.error(
          at: place, "id \(scores.count)",
          expected: "at most \(Vocabulary.maximumID), and pieces of at most \(TokenTrie.maximumBytes) bytes")
      }
      guard try scanner.nextElement() else { throw scanner.error(at: place, "no score", expected: "[piece, score]") }
      let number = scanner.offset
      guard try scanner.readNumber().double != nil else {
        throw scanner.error(at: place, "no score", expected: "[piece, score]")
      }
      let score = OfficialNumber.double(bytes[number..<scanner.offset])
      guard try !scanner.nextElement() else {
        throw scanner.error(at: place, "a long list", expected: "[piece, score]")
      }
      scores.append(score)
    }
    guard !scores.isEmpty else { throw scanner.error("an empty vocabulary") }
    return (builder.build(), scores)
  }
}
