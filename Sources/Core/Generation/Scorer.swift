/// How likely a text is, token by token. Entry 0 of each list is nil: nothing comes before the first token.
public struct Score: Sendable, Equatable {
  public var ids: [TokenID] = []
  /// Natural logarithm of each token's probability given those before it.
  public var logprobs: [Double?] = []
  /// Each token's place among all, the most likely being 1.
  public var ranks: [Int?] = []
  /// Entropy in nats of the distribution each token was drawn from.
  public var entropies: [Double?] = []
  /// The most likely tokens at each place, when asked for.
  public var top: [[TokenAlternative]] = []

  public init() {}

  /// Tokens that were scored.
  public var tokens: Int { max(0, ids.count - 1) }
  /// Mean of −log p; NaN where nothing was scored.
  public var nll: Double { Perplexity.meanNegativeLogLikelihood(logprobs.compactMap { $0 }) }
  public var perplexity: Double { Perplexity.of(logprobs: logprobs.compactMap { $0 }) }
}

/// Scores texts with a model, a few rows of logits at a time.
public struct Scorer {
  public let engine: Engine

  public init(engine: Engine) { self.engine = engine }

  /// Rows of logits held at once: about 16 MB, 8 to 256.
  private var chunk: Int {
    max(8, min(256, 4 << 20 / max(1, engine.plan.configuration.vocabularySize)))
  }

  /// Scores ids that fit the context.
  /// - Throws: ``EngineError`` when they do not fit, are outside the vocabulary, or the work is cancelled.
  public func score(
    _ ids: [TokenID], topLogprobs: Int = 0, isCancelled: () -> Bool = { false },
    progress: (_ read: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> Score {
    var score = Score()
    score.append(first: ids, topLogprobs: topLogprobs)
    try forEachRow(of: ids, isCancelled: isCancelled, progress: progress) { position, row in
      guard position + 1 < ids.count else { return }
      score.append(ids[position + 1], row, topLogprobs: topLogprobs)
    }
    return score
  }

  /// Mean negative log-likelihood and number of scored tokens of a text of any length: windows of `context` tokens, each
  /// starting `stride` after the one before and scoring only what that one did not.
  public func negativeLogLikelihood(
    _ ids: [TokenID], context: Int? = nil, stride: Int? = nil, isCancelled: () -> Bool = { false },
    progress: (_ read: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> (mean: Double, tokens: Int) {
    let window = max(2, min(context ?? engine.contextLength, engine.contextLength))
    let stride = max(1, min(stride ?? window / 2, window - 1))
    var sum = 0.0
    var count = 0
    var start = 0
    var scored = 1
    while scored < ids.count {
      let end = min(ids.count, start + window)
      let part = Array(ids[start..<end])
      let from = scored - start
      try forEachRow(of: part, from: from - 1, isCancelled: isCancelled) { position, row in
        guard position + 1 < part.count else { return }
        sum -= LogProbability.of(part[position + 1], in: row)
        count += 1
      }
      scored = end
      progress(end, ids.count)
      start += stride
    }
    return (count > 0 ? sum / Double(count) : .nan, count)
  }

  /// Logits of every position from `from` on, in order.
  /// - Parameter needsFinite: logits that are NaN or infinite are an error.
  public func forEachRow(
    of ids: [TokenID], from: Int = 0, needsFinite: Bool = true, isCancelled: () -> Bool = { false },
    progress: (_ read: Int, _ of: Int) -> Void = { _, _ in },
    _ body: (_ position: Int, _ logits: UnsafeBufferPointer<Float>) -> Void
  ) throws {
    guard ids.count <= engine.contextLength else {
      throw EngineError.contextOverflow(held: 0, added: ids.count, limit: engine.contextLength)
    }
    let pages = engine.makePages()
    let logits = Logits()
    var at = 0
    while at < ids.count {
      let wanted = at >= from
      let end = wanted ? min(ids.count, at + chunk) : min(from, at + 256)
      let slice = SequenceSlice(tokens: Array(ids[at..<end]), pages: pages, wants: wanted ? .all : .none)
      try engine.step([slice], into: logits, isCancelled: isCancelled)
      if wanted {
        for i in at..<end {
          let row = logits[i - at]
          guard !needsFinite || LogProbability.areFinite(row) else { throw EngineError.notFinite }
          body(i, row)
        }
      }
      at = end
      progress(at, ids.count)
    }
  }
}

extension Score {
  fileprivate mutating func append(first ids: [TokenID], topLogprobs: Int) {
    self.ids = ids
    guard !ids.isEmpty else { return }
    logprobs.append(nil)
    ranks.append(nil)
    entropies.append(nil)
    if topLogprobs > 0 { top.append([]) }
  }

  fileprivate mutating func append(_ id: TokenID, _ row: UnsafeBufferPointer<Float>, topLogprobs: Int) {
    logprobs.append(LogProbability.of(id, in: row))
    ranks.append(LogProbability.rank(of: id, in: row))
    entropies.append(LogProbability.entropy(row))
    if topLogprobs > 0 { top.append(LogProbability.top(min(64, topLogprobs), in: row)) }
  }
}
