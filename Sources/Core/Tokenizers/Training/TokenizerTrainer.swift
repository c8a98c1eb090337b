/// Learns a vocabulary from counted words. One kind of vocabulary, one type.
///
/// ```swift
/// let words = try WordCounts(reading: corpus, options: options) { _ in true }
/// let trained = try TokenizerTraining.trainer(for: options).train(on: words) { event in true }
/// ```
/// A training runs on the thread that calls it; events come on that thread, in order.
public protocol TokenizerTrainer: Sendable {
  var options: TokenizerTrainingOptions { get }

  /// - Parameter onEvent: returns false to stop.
  /// - Throws: ``TokenizerTrainingError``; `.cancelled` where `onEvent` returned false.
  func train(on words: WordCounts, onEvent: (TokenizerTrainingEvent) -> Bool) throws -> TrainedTokenizer
}

/// What happens while a tokenizer is trained, in this order: reading, counted, merges or rounds, done.
public enum TokenizerTrainingEvent: Sendable {
  case reading(Reading)
  case counted(Counted)
  /// The next merges, in order; batches come some thirty times a second, the last one at the end.
  case merges([Merge])
  /// A round of EM, or a pruning.
  case round(Round)
  case done(Done)

  public struct Reading: Sendable {
    public var bytes: Int
    /// Of all files; nil where it is not known.
    public var totalBytes: Int?
    public var distinctWords: Int
    public var seconds: Double
  }

  public struct Counted: Sendable {
    /// Of the text, as it was read.
    public var bytes: Int
    public var words: Int
    public var distinctWords: Int
    /// Tokens of the corpus before anything is learned: its symbols.
    public var symbols: Int
    /// Tokens that the vocabulary begins with: special ones and the alphabet.
    public var initialTokens: Int
    /// Merges that the vocabulary has room for; pieces wanted, for a unigram model.
    public var expected: Int
    public var seconds: Double
  }

  /// One merge: `left` and `right` become `token`.
  public struct Merge: Sendable, Equatable {
    /// From 0: which merge this is.
    public var index: Int
    public var left: TokenID
    public var right: TokenID
    public var token: TokenID
    /// How often the pair stood in the corpus.
    public var count: Int
    /// The tokens as the vocabulary writes them (`Ġthe`, `##ing`), in UTF-8.
    public var written: [UInt8]
    public var leftWritten: [UInt8]
    public var rightWritten: [UInt8]
    /// Tokens of the whole corpus after this merge: with ``Counted/bytes`` the compression so far.
    public var symbols: Int
  }

  public struct Round: Sendable {
    /// From 0, EM rounds and prunings counted apart.
    public var index: Int
    public var isPruning: Bool
    /// Pieces after it.
    public var pieces: Int
    /// Mean log-likelihood of a word (natural logarithm) under the pieces before this round; NaN for a pruning.
    public var logLikelihood: Double
    /// Tokens of the corpus by the best paths; 0 where it was not counted.
    public var symbols: Int
    /// The most probable pieces so far, with their scores; a sample for people.
    public var best: [(piece: [UInt8], score: Double)]
    /// The tokens of the sample that the trainer was given, by the best paths after the round.
    public var sample: [TrainingSample.Token] = []
  }

  public struct Done: Sendable {
    public var vocabularySize: Int
    public var merges: Int
    /// Tokens of the whole corpus with the final vocabulary; 0 where it was not counted.
    public var symbols: Int
    public var seconds: Double
  }
}

/// Finds the trainer of a kind.
public enum TokenizerTraining {
  /// - Throws: ``TokenizerTrainingError`` or ``FormatError`` for options that cannot be.
  public static func trainer(
    for options: TokenizerTrainingOptions, sample: TrainingSample? = nil
  ) throws -> any TokenizerTrainer {
    try options.check()
    switch options.kind {
    case .bpe, .sentencePieceBPE, .wordPiece: return MergeTrainer(options: options)
    case .unigram:
      var trainer = UnigramTrainer(options: options)
      trainer.sample = sample
      return trainer
    case .wordLevel: return WordLevelTrainer(options: options)
    }
  }
}
