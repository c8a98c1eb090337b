/// Puts a tokenizer together from a model and the stages that tokenizer.json would describe, wherever they come from.
struct PipelineBuilder {
  /// For messages.
  var file: String
  var name: String
  /// Stages as tokenizer.json has them: "normalizer", "pre_tokenizer", "post_processor", "decoder",
  /// "truncation", "padding".
  var stages: JSONObject
  var model: TokenizerJSON.Model
  var added: [AddedToken]
  var configuration = TokenizerConfiguration()

  func tokenizer() throws -> PipelineTokenizer {
    let tokens = TokenizerJSONStages.TokenRange(model.model.vocabulary, added: added)
    let reader = TokenizerJSONStages(file: file, vocabulary: tokens, writesLetters: !model.isByteLevel)
    let normalizer = try reader.normalizer(stages["normalizer"])
    let preTokenizer = try reader.preTokenizer(stages["pre_tokenizer"])
    let postProcessor = try reader.postProcessor(stages["post_processor"])
    var plainTokens = model.plainTokens
    for token in added { plainTokens[token.id] = nil }
    let vocabulary = AddedVocabulary(added, normalizer: normalizer)
    if let token = vocabulary.overfull {
      throw reader.error(
        "normalizer",
        "stages that make more than \(TextGrowth.limit(token.utf8.count)) bytes of the added token \(token)",
        expected: "at most \(TextGrowth.factor) times as many, and \(TextGrowth.spare)")
    }
    if let token = vocabulary.vanished {
      throw reader.error(
        "added_tokens", "the token \"\(token)\", of which the normalizer leaves nothing",
        expected: "one that is left, or \"normalized\": false")
    }
    var pipeline = PipelineTokenizer.Stages(
      added: vocabulary, normalizer: normalizer, preTokenizer: preTokenizer,
      model: model.model, postProcessor: postProcessor, decoders: try reader.decoders(stages["decoder"]),
      isByteLevel: model.isByteLevel, missingUnknown: model.missingUnknown, plainTokens: plainTokens,
      truncation: try reader.truncation(stages["truncation"]),
      padding: try reader.padding(stages["padding"]))
    if let normalizer, let preTokenizer, let wordPiece = model.model as? WordPieceModel,
      stages["normalizer"]?["type"]?.string == "BertNormalizer",
      stages["pre_tokenizer"]?["type"]?.string == "BertPreTokenizer"
    {
      pipeline.fused = BERTPipeline(normalizer: normalizer, preTokenizer: preTokenizer, model: wordPiece)
    }
    if pipeline.fused == nil {
      pipeline.fused = UnigramPipeline(normalizer: normalizer, preTokenizer: preTokenizer, model: model.model)
    }
    let ids = Dictionary(added.map { (Array($0.content.utf8), $0.id) }, uniquingKeysWith: { _, last in last })
    let finder = SpecialTokenFinder(id: { ids[Array($0.utf8)] }, prefix: postProcessor?.prefix ?? [])
    var special = finder.specialTokens(configuration, unknown: model.unknown)
    special.fillInTheMiddle = FillInTheMiddleTokens { ids[Array($0.utf8)] ?? model.id(of: $0) }
    return PipelineTokenizer(name: name, stages: pipeline, specialTokens: special)
  }
}

extension TokenizerJSON.Model {
  /// The id of a token written as the file writes it.
  func id(of text: String) -> TokenID? {
    var bytes = Array(text.utf8)
    if isByteLevel {
      if let plain = plainIDs[bytes] { return plain }
      let text = bytes
      bytes = []
      guard text.withUnsafeBufferPointer({ ByteAlphabet.decode($0, into: &bytes) }) else { return nil }
    }
    let id = model.vocabulary.id(bytes)
    return id >= 0 ? id : aliases[bytes]
  }
}
