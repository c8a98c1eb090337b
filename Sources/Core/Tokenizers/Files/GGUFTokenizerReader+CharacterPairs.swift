/// What a name of `tokenizer.ggml.pre` stands for whose vocabulary is written in plain text, spaces as `▁`, and not in
/// the letters of bytes: BPE begins with characters, and those without a token become bytes (`<0x0A>`).
enum CharacterPairs: String, CaseIterable {
  case gemma4
  case granite = "granite-embed-multi-311m"
  case sarvam = "sarvam-moe"

  /// Line ends together that are a token are that token, and a text begins with BOS whatever the file says.
  var isGemma: Bool { self != .sarvam }
}

extension GGUFTokenizerReader {
  /// Lines, and the line ends between them, are cut apart before merging; nothing is put before a text.
  func characterPairs(_ name: String, _ kind: CharacterPairs) throws -> PipelineTokenizer {
    let vocabulary = try cache.vocabulary {
      var builder = VocabularyBuilder(expecting: tokens.count)
      for id in tokens.indices {
        guard builder.add(bytes(id), id: id) else {
          throw error("tokenizer.ggml.tokens", "a vocabulary of more than 4 GB", nil)
        }
      }
      return builder.build()
    }
    guard vocabulary.count == tokens.count else { throw TableCache.Damage() }
    let merges = try cache.merges(vocabulary) { try self.merges(vocabulary, isByteLevel: false) }
    func pairs(ignoresMerges: Bool) -> BPEModel {
      BPEModel(
        vocabulary: vocabulary, merges: merges, isByteLevel: false, ignoresMerges: ignoresMerges, fallsBackToBytes: true
      )
    }
    let plain = pairs(ignoresMerges: false)
    let model: any TokenModel =
      kind.isGemma ? LineEndModel(lines: plain, lineEnds: pairs(ignoresMerges: true)) : plain
    let mark = PipelineTokenizer.mark
    return finish(
      name, model, normalizer: ReplaceNormalizer(literal: [0x20], replacement: mark),
      preTokenizer: SplitPreTokenizer(
        places: PatternPlaces(pattern: try SplitPattern(#"[^\n]+|[\n]+"#)), behavior: .isolated),
      decoders: [ReplaceDecoder(literal: mark, replacement: [0x20]), ByteFallbackDecoder(), FuseDecoder()],
      isByteLevel: false, plain: [:], addsBOS: kind.isGemma, isSentencePiece: false, insistsOnBOS: kind.isGemma)
  }
}
