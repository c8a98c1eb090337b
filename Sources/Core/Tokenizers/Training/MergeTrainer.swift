/// Learns vocabularies by merging pairs: byte-level BPE, SentencePiece's BPE, WordPiece.
///
/// Merges are those of Hugging Face's `BpeTrainer` and `WordPieceTrainer`, of equally frequent pairs the one of smaller
/// ids first, and of sentencepiece's BPE trainer for its kind.
public struct MergeTrainer: TokenizerTrainer {
  public let options: TokenizerTrainingOptions

  public init(options: TokenizerTrainingOptions) { self.options = options }

  public func train(
    on words: WordCounts, onEvent: (TokenizerTrainingEvent) -> Bool = { _ in true }
  ) throws -> TrainedTokenizer {
    let began = trainingClock()
    let options = try options.checkedWithUnknown()
    let corpus = try MergeCorpus(words, options)
    let layout = VocabularyLayout(options)
    let meta = options.isSentencePiece || !options.specialTokensFirst ? layout.special.count : 0
    let needed = corpus.tokens.count + meta
    guard options.vocabularySize >= needed else {
      throw TokenizerTrainingError.vocabularyTooSmall(options.vocabularySize, needed: needed)
    }
    guard words.distinctWords > 0 else { throw TokenizerTrainingError.noText }
    let limit = options.vocabularySize - meta
    let counted = TokenizerTrainingEvent.Counted(
      bytes: words.bytes, words: words.words, distinctWords: words.distinctWords, symbols: corpus.symbols,
      initialTokens: needed, expected: options.vocabularySize - needed, seconds: words.seconds)
    guard onEvent(.counted(counted)) else { throw TokenizerTrainingError.cancelled }
    var rules = MergeRules()
    rules.maximumLength = options.maximumTokenLength ?? .max
    rules.prefix = Array((options.continuingSubwordPrefix ?? (options.kind == .wordPiece ? "##" : "")).utf8)
    rules.followsSentencePiece = options.isSentencePiece
    rules.shapes.maximumLength = options.maximumPieceLength
    let learner = MergeLearner(
      corpus, rules: rules, expected: limit, threads: ThreadPool(threads: options.threads))
    let ids = EventIDs(options, layout, corpus, room: limit - corpus.tokens.count)
    let steps = try learn(learner, limit, ids, onEvent)
    let trained = finish(learner, steps, layout, corpus, options)
    let done = TokenizerTrainingEvent.Done(
      vocabularySize: trained.tokens.count, merges: trained.merges.count, symbols: learner.symbols,
      seconds: words.seconds + trainingClock() - began)
    _ = onEvent(.done(done))
    return trained
  }

  private func learn(
    _ learner: MergeLearner, _ limit: Int, _ ids: EventIDs, _ onEvent: (TokenizerTrainingEvent) -> Bool
  ) throws -> [MergeLearner.Step] {
    // SentencePiece merges pairs that stand only once, too.
    let minimum = max(1, options.isSentencePiece ? 1 : options.minimumFrequency)
    var steps: [MergeLearner.Step] = []
    var batch: [TokenizerTrainingEvent.Merge] = []
    var lastEvent = trainingClock()
    while learner.tokenCount < limit, let step = learner.step(minimumFrequency: minimum) {
      batch.append(
        .init(
          index: steps.count, left: ids[step.left], right: ids[step.right], token: ids[step.token], count: step.count,
          written: learner.tokens[Int(step.token)], leftWritten: learner.tokens[Int(step.left)],
          rightWritten: learner.tokens[Int(step.right)], symbols: learner.symbols))
      steps.append(step)
      guard steps.count % 16 == 0 else { continue }
      let now = trainingClock()
      if now - lastEvent > 0.03 {
        guard onEvent(.merges(batch)) else { throw TokenizerTrainingError.cancelled }
        batch.removeAll(keepingCapacity: true)
        lastEvent = now
      }
    }
    if !batch.isEmpty, !onEvent(.merges(batch)) { throw TokenizerTrainingError.cancelled }
    return steps
  }

  private func finish(
    _ learner: MergeLearner, _ steps: [MergeLearner.Step], _ layout: VocabularyLayout, _ corpus: MergeCorpus,
    _ options: TokenizerTrainingOptions
  ) -> TrainedTokenizer {
    let tokens = learner.tokens
    if options.isSentencePiece { return layout.sentencePiece(steps.map { tokens[Int($0.token)] }, corpus.characters) }
    // A pair that came up twice, after two ways to the same token, has the rank of the second time.
    var seen = Set<UInt64>(minimumCapacity: steps.count)
    var kept: [MergeLearner.Step] = []
    for step in steps.reversed() where seen.insert(UInt64(step.left) << 32 | UInt64(step.right)).inserted {
      kept.append(step)
    }
    let merges = options.kind == .wordPiece ? [] : kept.reversed().map { (tokens[Int($0.left)], tokens[Int($0.right)]) }
    return layout.plain(tokens, merges)
  }
}

/// Ids of tokens as the saved vocabulary will have them, should it find all its merges.
private struct EventIDs {
  private let offset: Int
  private var alphabet: [Int] = []

  init(_ options: TokenizerTrainingOptions, _ layout: VocabularyLayout, _ corpus: MergeCorpus, room: Int) {
    guard options.isSentencePiece else {
      offset = 0
      return
    }
    offset = layout.special.count - corpus.tokens.count
    let order = corpus.characters.map { utf8Bytes($0.scalar) }
    let ranks = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    alphabet = corpus.tokens.map { layout.special.count + room + (ranks[$0] ?? 0) }
  }

  subscript(id: Int32) -> TokenID {
    TokenID(Int(id) < alphabet.count ? alphabet[Int(id)] : Int(id) + offset)
  }
}
