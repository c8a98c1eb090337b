/// Generates a reply token by token: reads the prompt (only what the pages do not hold yet), then draws, shows and
/// feeds back, until the end token, a stop string, the limit, a full context or the user's word.
///
/// ```swift
/// let generator = Generator(engine: model.engine, tokenizer: model.tokenizer)
/// generator.generate(prompt: ids, pages: model.engine.makePages(), parameters: .greedy) { event in
///   if case .token(let token) = event { reply += token.text }
/// }
/// ```
public final class Generator {
  public let engine: Engine
  public let tokenizer: (any Tokenizer)?
  /// Prompt tokens read between two looks at progress.
  public static let prefillChunk = 256

  /// - Parameter tokenizer: nil for a model without one; events then carry ids and empty texts.
  public init(engine: Engine, tokenizer: (any Tokenizer)?) {
    self.engine = engine
    self.tokenizer = tokenizer
  }

  /// Ids that end a reply: those the tokenizer knows and those the model's configuration names.
  public var endTokens: Set<TokenID> {
    (tokenizer?.specialTokens.endOfGeneration ?? []).union(engine.plan.configuration.eosTokenIDs)
  }

  /// Runs one generation on the caller's thread and returns after its final event.
  ///
  /// - Parameters:
  ///   - ids: the whole prompt. Its beginning that `pages` hold already is not read again.
  ///   - opening: tokens that the reply begins with; told as if they had been drawn (all but their texts as given), and
  ///     counted in ``GenerateParameters/maxTokens``, but not in the timings.
  ///   - pages: afterwards hold prompt and reply, but for the last token drawn.
  ///   - isCancelled: asked between tokens and between the layers of a prompt.
  ///   - onEvent: any number of `progress`, `token` and `text`, then exactly one `done` or `failed`.
  public func generate(
    prompt ids: [TokenID], opening given: [GeneratedToken] = [], pages: PageTable, parameters: GenerateParameters,
    isCancelled: () -> Bool = { false }, onEvent: (Generation) -> Void
  ) {
    let end = parameters.ignoreEndOfSequence ? [] : endTokens
    let opening = given.prefix { !end.contains($0.id) }
    let isComplete = opening.count < given.count
    let all = ids + opening.map(\.id)
    var timings = GenerationTimings()
    timings.promptTokens = ids.count
    let start = Stopwatch()
    do {
      guard !ids.isEmpty else { throw GenerationError.emptyPrompt }
      guard all.count <= engine.contextLength else {
        throw EngineError.contextOverflow(held: 0, added: all.count, limit: engine.contextLength)
      }
      let logits = Logits()
      try read(all, pages, logits, &timings, isCancelled: isCancelled, onEvent: onEvent)
      timings.prefillSeconds = start.seconds
      let reason = try reply(
        to: ids, opening, isComplete: isComplete, pages, logits, parameters, &timings, isCancelled: isCancelled,
        onEvent: onEvent)
      timings.decodeSeconds = start.seconds - timings.prefillSeconds
      onEvent(.done(reason, timings))
    } catch EngineError.cancelled {
      if timings.prefillSeconds == 0 { timings.prefillSeconds = start.seconds }
      timings.decodeSeconds = start.seconds - timings.prefillSeconds
      onEvent(.done(.cancelled, timings))
    } catch {
      onEvent(.failed(String(describing: error)))
    }
  }

  /// Prefill: what the pages do not hold, in chunks; afterwards `logits` hold the row of the last token.
  private func read(
    _ ids: [TokenID], _ pages: PageTable, _ logits: Logits, _ timings: inout GenerationTimings,
    isCancelled: () -> Bool, onEvent: (Generation) -> Void
  ) throws {
    while true {
      let held = min(pages.commonPrefix(with: ids), pages.validCount(epoch: engine.epoch), ids.count - 1)
      pages.truncate(to: held)
      timings.reusedTokens = held
      if ids.count - held > Self.prefillChunk { onEvent(.progress(read: held, of: ids.count)) }
      do {
        var at = held
        while at < ids.count {
          let end = min(ids.count, at + Self.prefillChunk)
          let slice = SequenceSlice(
            tokens: Array(ids[at..<end]), pages: pages, wants: end == ids.count ? .last : .none)
          try engine.step([slice], into: logits, isCancelled: isCancelled)
          at = end
          if ids.count - held > Self.prefillChunk { onEvent(.progress(read: at, of: ids.count)) }
        }
        return
      } catch EngineError.stalePages {
        // The weights were swapped while the prompt was being read: read it again with the new ones.
      }
    }
  }

  /// The decode loop.
  private func reply(
    to prompt: [TokenID], _ opening: ArraySlice<GeneratedToken>, isComplete: Bool, _ pages: PageTable, _ logits: Logits,
    _ parameters: GenerateParameters,
    _ timings: inout GenerationTimings, isCancelled: () -> Bool, onEvent: (Generation) -> Void
  ) throws -> Generation.FinishReason {
    let end = endTokens
    var sampler = Sampler(parameters, prompt: prompt)
    var detokenizer = tokenizer.map { StreamingDetokenizer($0) }
    var filter = StopFilter(parameters.stop)
    var slices = [SequenceSlice(tokens: [0], pages: pages)]
    let limit = parameters.maxTokens ?? .max

    func rest() {
      let text = filter.push(detokenizer?.finish() ?? "") + filter.finish()
      if !text.isEmpty { onEvent(.text(text)) }
    }

    for var token in opening {
      sampler.remember(token.id)
      token.text = filter.push(detokenizer?.push(token.id) ?? "")
      onEvent(.token(token))
      if filter.isStopped { return .stop }
    }
    if isComplete {
      rest()
      return .stop
    }
    while opening.count + timings.decodedTokens < limit {
      if isCancelled() {
        rest()
        return .cancelled
      }
      let row = logits[0]
      guard LogProbability.areFinite(row) else {
        rest()
        throw EngineError.notFinite
      }
      let id = sampler.next(row)
      if end.contains(id) && !parameters.ignoreEndOfSequence {
        rest()
        return .stop
      }
      let text = filter.push(detokenizer?.push(id) ?? "")
      timings.decodedTokens += 1
      var token = GeneratedToken(
        id: id, text: text, logprob: Float(LogProbability.of(id, in: row)),
        top: LogProbability.top(min(64, parameters.topLogprobs), in: row))
      if parameters.topLogprobs > 0 {
        token.entropy = Float(LogProbability.entropy(row))
        token.rank = LogProbability.rank(of: id, in: row)
      }
      onEvent(.token(token))
      if filter.isStopped { return .stop }
      if opening.count + timings.decodedTokens >= limit || pages.count >= engine.contextLength { break }
      slices[0].tokens[0] = id
      do {
        try advance(slices, logits, isCancelled: isCancelled, onEvent: onEvent)
      } catch EngineError.cancelled {
        rest()
        throw EngineError.cancelled
      }
    }
    rest()
    return .length
  }

  /// One decode step; pages that a swap of weights made stale are recomputed first, with progress.
  private func advance(
    _ slices: [SequenceSlice], _ logits: Logits, isCancelled: () -> Bool, onEvent: (Generation) -> Void
  ) throws {
    while true {
      do {
        return try engine.step(slices, into: logits, isCancelled: isCancelled)
      } catch EngineError.stalePages {
        try engine.refresh(
          slices[0].pages, progress: { onEvent(.progress(read: $0, of: $1)) }, isCancelled: isCancelled)
      }
    }
  }
}

/// Why nothing could be generated.
public enum GenerationError: Error, Equatable, CustomStringConvertible {
  case emptyPrompt

  public var description: String {
    switch self {
    case .emptyPrompt: "The prompt is empty."
    }
  }
}
