/// Speed of a model on this machine.
public enum GenerationBenchmark {
  /// Tokens per second of decoding: `tokens` steps of one token from an empty context, the end token ignored.
  /// - Returns: one figure for each run, after one that is not counted.
  public static func decode(_ engine: Engine, tokens: Int = 128, runs: Int = 3) throws -> [Double] {
    try (0..<(runs + 1)).map { _ in
      let logits = Logits()
      var slices = [SequenceSlice(tokens: [firstToken(engine)], pages: engine.makePages())]
      let watch = Stopwatch()
      for _ in 0..<tokens {
        try engine.step(slices, into: logits)
        slices[0].tokens[0] = LogProbability.argmax(logits[0])
      }
      return Double(tokens) / watch.seconds
    }.suffix(runs)
  }

  /// Tokens per second of reading a prompt of `tokens` tokens, in the chunks the generator uses.
  public static func prefill(_ engine: Engine, tokens: Int = 512, runs: Int = 3) throws -> [Double] {
    let vocabulary = engine.plan.configuration.vocabularySize
    let ids = (0..<tokens).map { TokenID(($0 * 7919 + 1) % vocabulary) }
    return try (0..<(runs + 1)).map { _ in
      let logits = Logits()
      let pages = engine.makePages()
      let watch = Stopwatch()
      var at = 0
      while at < tokens {
        let end = min(tokens, at + Generator.prefillChunk)
        let slice = SequenceSlice(tokens: Array(ids[at..<end]), pages: pages, wants: end == tokens ? .last : .none)
        try engine.step([slice], into: logits)
        at = end
      }
      return Double(tokens) / watch.seconds
    }.suffix(runs)
  }

  private static func firstToken(_ engine: Engine) -> TokenID {
    let bos = engine.plan.configuration.bosTokenID ?? 0
    return bos >= 0 && Int(bos) < engine.plan.configuration.vocabularySize ? bos : 0
  }
}
