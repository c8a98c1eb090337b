#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Learns a unigram language model of pieces (Kudo 2018, "Subword Regularization", section 3.2), as sentencepiece does:
/// from frequent substrings, by EM and by dropping the pieces whose loss costs least, until as many are left as wanted.
///
/// Held-out text mostly gets a higher likelihood than from sentencepiece, for three reasons. Substrings that only ever
/// end words are seeds here; there they are not, since in running text the same space always follows, and so the suffix
/// tree has no node for them. EM goes on until a tenth more pieces are left than wanted, as in sentencepiece 0.2.0;
/// 0.2.3 stops as soon as one more pruning would leave fewer, and cuts the rest by score. And a character that lost its
/// piece to longer ones gets it back when those go; there it counts as unknown to the end.
public struct UnigramTrainer: TokenizerTrainer {
  public let options: TokenizerTrainingOptions
  /// A text whose tokens are told after each round; nothing must have been applied to it.
  public var sample: TrainingSample?

  public init(options: TokenizerTrainingOptions) { self.options = options }

  public func train(
    on words: WordCounts, onEvent: (TokenizerTrainingEvent) -> Bool = { _ in true }
  ) throws -> TrainedTokenizer {
    try train(on: words, from: nil, onModel: { _ in }, onEvent: onEvent)
  }

  /// - Parameters:
  ///   - state: of a training of the same words, which goes on.
  ///   - onModel: gets the model after each round, before the event of it.
  func train(
    on words: WordCounts, from state: UnigramState?, onModel: (UnigramLearner) -> Void,
    onEvent: (TokenizerTrainingEvent) -> Bool
  ) throws -> TrainedTokenizer {
    try options.check()
    let began = trainingClock()
    let corpus = PieceCorpus(words, options)
    let layout = VocabularyLayout(options)
    let needed = layout.special.count + corpus.scalars.count - 1
    guard corpus.scalars.count > 1, !corpus.runs.isEmpty else { throw TokenizerTrainingError.noText }
    guard options.vocabularySize >= needed else {
      throw TokenizerTrainingError.vocabularyTooSmall(options.vocabularySize, needed: needed)
    }
    let counted = TokenizerTrainingEvent.Counted(
      bytes: words.bytes, words: corpus.words, distinctWords: words.distinctWords, symbols: corpus.symbols,
      initialTokens: needed, expected: options.vocabularySize - layout.special.count, seconds: words.seconds)
    guard onEvent(.counted(counted)) else { throw TokenizerTrainingError.cancelled }
    let threads = ThreadPool(threads: options.threads)
    var model = UnigramLearner(corpus, options, threads)
    let wanted = options.vocabularySize * 11 / 10
    if let state { try model.restore(state) }
    let sample = sample.map { UnigramSample($0, corpus, maximumLength: options.maximumPieceLength) }
    while model.stepsSincePruning < options.subIterations || model.lattice.pieces > wanted {
      var round = model.stepsSincePruning < options.subIterations ? model.step() : model.prune(to: wanted)
      if let sample { round.sample = sample.tokens(model.lattice, corpus) }
      onModel(model)
      guard onEvent(.round(round)) else { throw TokenizerTrainingError.cancelled }
    }
    let trained = layout.unigram(model.finish(options.vocabularySize - layout.special.count))
    let done = TokenizerTrainingEvent.Done(
      vocabularySize: trained.tokens.count, merges: 0, symbols: 0, seconds: words.seconds + trainingClock() - began)
    _ = onEvent(.done(done))
    return trained
  }
}
