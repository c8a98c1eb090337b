import Core

/// What a run's thread does, from reading the data to the last line of the log.
final class TrainingLoop {
  let owner: TrainingRun
  private let onEvent: @Sendable (TrainingEvent) -> Void
  /// As it stands now: the learning rate can be changed on the way.
  var configuration: TrainingConfiguration
  /// nil until there is something to keep.
  var home: RunHome?
  var log: EventLog?
  var folder: RunFolder { home?.folder ?? owner.folder }
  /// Checkpoints kept beside the best.
  static let keptCheckpoints = 3
  /// Seconds after which a run that chooses its own intervals saves at the latest.
  private static let longestUnsaved = 600.0

  init(_ owner: TrainingRun, onEvent: @escaping @Sendable (TrainingEvent) -> Void) {
    self.owner = owner
    self.onEvent = onEvent
    configuration = owner.configuration
  }

  func emit(_ event: TrainingEvent) {
    var event = event
    event.wallTime = wallClock()
    log?.append(event)
    onEvent(event)
  }

  func alert(_ kind: TrainingEvent.Alert.Kind, _ step: Int, _ message: String) {
    emit(.alert(.init(step: step, kind: kind, message: message)))
  }

  func run() -> TrainingEvent.Done {
    var session: TrainingSession?
    do {
      let prepared = try prepare()
      session = prepared
      return try train(prepared)
    } catch {
      return end(session?.state ?? TrainingState(), .failed, out: folder.path, message: "\(error)")
    }
  }

  private func end(
    _ state: TrainingState, _ reason: TrainingEvent.Done.Reason, out: String, message: String?
  ) -> TrainingEvent.Done {
    var done = TrainingEvent.Done(
      reason: reason, out: out, step: state.step, loss: state.lastLoss, validationLoss: state.lastValidation,
      message: message)
    done.bestStep = state.bestStep
    done.bestLoss = state.bestValidation
    done.elapsedSeconds = state.elapsed
    emit(.done(done))
    log?.flush()
    return done
  }

  // MARK: Steps

  private struct Intervals {
    var evaluate: Int, save: Int, sample: Int
    init(_ c: TrainingConfiguration, total: Int) {
      evaluate = c.evaluateEvery ?? max(10, total / 20)
      save = c.saveEvery ?? max(50, total / 10)
      sample = c.sampleEvery ?? (c.saveEvery ?? max(50, total / 10))
    }
    static func isDue(_ every: Int, _ step: Int) -> Bool { every > 0 && step % every == 0 }
  }

  private func train(_ session: TrainingSession) throws -> TrainingEvent.Done {
    let total = session.state.totalSteps
    let every = Intervals(configuration, total: total)
    var monitor = TrainingMonitor(totalSteps: total)
    let began = monotonicClock() - session.state.elapsed
    var savedTime = monotonicClock()
    var failures = 0
    var reason = TrainingEvent.Done.Reason.finished

    while session.state.step < total {
      try obey(session, &monitor)
      if owner.shouldStop {
        reason = .stopped
        break
      }
      let start = monotonicClock()
      let result = session.step()
      let now = monotonicClock()
      session.state.elapsed = now - began
      let step = session.state.step
      emit(
        .step(
          .init(
            step: step, epoch: session.epochs, tokens: session.state.tokens, loss: result.loss,
            perplexity: perplexity(result.loss), lr: result.rate, gradNorm: result.gradientNorm,
            tokensPerSecond: Double(result.tokens) / max(now - start, 1e-9), elapsedSeconds: session.state.elapsed,
            memoryBytes: residentMemory())))
      let alerts = monitor.observe(
        step: step, loss: result.loss, gradientNorm: result.gradientNorm, seconds: now - start)
      for alert in alerts { emit(.alert(alert)) }
      failures = result.updated ? 0 : failures + 1
      if failures == 10 {
        // None of them changed the weights: what was learnt is kept.
        try save(session)
        throw TrainingError.run(
          path: folder.path, problem: "loss or gradient was not finite for ten steps; a lower learning rate may help")
      }

      let isLast = step == total
      let automatic = configuration.saveEvery == nil && monotonicClock() - savedTime > Self.longestUnsaved
      let saves = every.save > 0 && (Intervals.isDue(every.save, step) || isLast || automatic)
      var isBest = false
      if every.evaluate > 0, Intervals.isDue(every.evaluate, step) || saves || isLast {
        let evaluation = evaluate(session, &monitor)
        isBest = evaluation.isBest
        if evaluation.endsRun { reason = .earlyStopping }
      }
      if saves || isBest {
        try save(session)
        savedTime = monotonicClock()
      }
      if every.sample > 0, Intervals.isDue(every.sample, step) || isLast { sample(session) }
      if reason == .earlyStopping { break }
    }

    if reason != .finished, savedStep != session.state.step { try save(session) }
    let message = reason == .stopped ? owner.look { $0.stopReason } : nil
    guard reason != .stopped else {
      return end(session.state, reason, out: folder.checkpoint(step: session.state.step), message: message)
    }
    try saveFinal(session)
    return end(session.state, reason, out: folder.finalFolder, message: message)
  }

  /// The step of the newest checkpoint.
  var savedStep: Int?

  /// Carries out what was asked for since the last step.
  private func obey(_ session: TrainingSession, _ monitor: inout TrainingMonitor) throws {
    while true {
      owner.waitWhilePaused()
      let orders = owner.change { orders in
        defer {
          orders.checkpoint = false
          orders.evaluate = false
          orders.sample = false
          orders.learningRate = nil
        }
        return orders
      }
      if let rate = orders.learningRate { try setLearningRate(rate, session) }
      if orders.evaluate, evaluate(session, &monitor).isBest { try save(session) }
      if orders.sample { sample(session) }
      if orders.checkpoint, savedStep != session.state.step { try save(session) }
      serveWeights(session)
      if !orders.pause || orders.stop { return }
    }
  }

  /// From the keyboard: told, and recorded as if the run had begun to go on with it.
  private func setLearningRate(_ rate: Double, _ session: TrainingSession) throws {
    let former = session.state.learningRate
    guard rate != former else { return }
    session.state.learningRate = rate
    configuration.learningRate = rate
    emit(
      .change(.init(key: "learning_rate", from: "\(former)", to: "\(rate)", step: session.state.step)))
    try persist("the setting", session) { try folder.write(configuration) }
  }

  func serveWeights(_ session: TrainingSession) {
    guard owner.look({ $0.wantsWeights }) else { return }
    let weights = snapshot(session)
    owner.change {
      $0.weights = weights
      $0.wantsWeights = false
    }
  }

  // MARK: Evaluation, samples

  /// Evaluates: whether it is the best so far, and whether the run should end early.
  private func evaluate(
    _ session: TrainingSession, _ monitor: inout TrainingMonitor
  ) -> (isBest: Bool, endsRun: Bool) {
    guard let loss = session.evaluate(isCancelled: { owner.shouldStop }) else { return (false, false) }
    let best = loss < session.state.bestValidation ?? .infinity
    session.state.lastValidation = loss
    if best {
      session.state.bestValidation = loss
      session.state.bestStep = session.state.step
    }
    session.state.patience = best ? 0 : session.state.patience + 1
    emit(
      .validation(.init(step: session.state.step, loss: loss, perplexity: perplexity(loss), best: best)))
    for alert in monitor.observe(step: session.state.step, validation: loss) { emit(.alert(alert)) }
    let patience = configuration.earlyStoppingPatience
    return (best, patience > 0 && session.state.patience >= patience)
  }

  /// nil where there is no memory for it.
  private func snapshot(_ session: TrainingSession) -> WeightStore? {
    let slab = session.run.model.parameters
    return try? WeightStore(
      plan: session.run.model.plan, pool: session.pool, parameters: { UnsafeBufferPointer(slab.value($0)) })
  }

  /// Continues the pinned prompts with the weights as they stand, by the engine that chats.
  private func sample(_ session: TrainingSession) {
    guard let tokenizer = session.run.tokenizer, !session.run.samplePrompts.isEmpty else { return }
    guard let weights = snapshot(session) else {
      for prompt in session.run.samplePrompts {
        emit(.sample(.init(step: session.state.step, prompt: prompt.text, text: "(there is no memory for a sample)")))
      }
      return
    }
    let engine = Engine(weights: weights, pool: session.pool, cache: .f32)
    let generator = Generator(engine: engine, tokenizer: tokenizer)
    var parameters = GenerateParameters()
    // The same draws at every checkpoint: what differs is the model.
    parameters.seed = configuration.seed
    parameters.maxTokens = 64
    for prompt in session.run.samplePrompts {
      let room = engine.contextLength - prompt.ids.count
      guard room > 0, !owner.shouldStop else { continue }
      var text = ""
      generator.generate(
        prompt: prompt.ids, pages: engine.makePages(), parameters: parameters, isCancelled: { owner.shouldStop }
      ) { event in
        switch event {
        case .token(let token): text += token.text
        case .text(let rest): text += rest
        default: break
        }
      }
      emit(.sample(.init(step: session.state.step, prompt: prompt.text, text: text)))
    }
  }
}
