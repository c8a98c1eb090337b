import Core

/// What a run's thread does, from reading the data to the last line of the log.
final class TrainingLoop {
  private let owner: TrainingRun
  private let onEvent: @Sendable (TrainingEvent) -> Void
  private let configuration: TrainingConfiguration
  private let folder: RunFolder
  private var log: EventLog?
  /// Checkpoints kept beside the best.
  private static let keptCheckpoints = 3
  /// Seconds after which a run that chooses its own intervals saves at the latest.
  private static let longestUnsaved = 600.0

  init(_ owner: TrainingRun, onEvent: @escaping @Sendable (TrainingEvent) -> Void) {
    self.owner = owner
    self.onEvent = onEvent
    configuration = owner.configuration
    folder = owner.folder
  }

  private func emit(_ event: TrainingEvent) {
    log?.append(event)
    onEvent(event)
  }

  func run() -> TrainingEvent.Done {
    var session: TrainingSession?
    do {
      let prepared = try prepare()
      session = prepared
      return try train(prepared)
    } catch {
      let state = session?.state
      let done = TrainingEvent.Done(
        reason: .failed, out: folder.path, step: state?.step ?? 0, loss: state?.lastLoss,
        validationLoss: state?.lastValidation, message: "\(error)")
      emit(.done(done))
      log?.flush()
      return done
    }
  }

  // MARK: Beginning

  private func prepare() throws -> TrainingSession {
    let recipe = try RecipeRegistry.recipe(named: configuration.recipe)
    var run = try recipe.prepare(
      RunPreparation(configuration: configuration, checkpoint: owner.checkpoint, tokenizer: owner.tokenizer))
    let pool = ThreadPool(threads: configuration.threads ?? ThreadPool.processors, priority: owner.priority)
    let session: TrainingSession
    if let checkpoint = owner.checkpoint {
      session = TrainingSession(configuration: configuration, run: run, pool: pool)
      let total = session.state.totalSteps
      session.state = try CheckpointFiles.read(checkpoint, into: run.model.parameters)
      session.state.totalSteps = total
    } else {
      // Only now, when everything has been read: a run that cannot begin leaves no folder behind.
      try folder.write(configuration)
      if !run.tokenizerFiles.isEmpty {
        try AtomicFile.makeFolder(folder.tokenizerFolder)
        for file in run.tokenizerFiles {
          try AtomicFile.write(file.bytes, to: folder.tokenizerFolder + "/" + file.name)
        }
        run.tokenizerSource = .folder(folder.tokenizerFolder)
        run.tokenizerFiles = []
      }
      session = TrainingSession(configuration: configuration, run: run, pool: pool)
    }
    log = try EventLog(path: folder.eventFile)
    RunStore.remember(folder)
    folder.tidy(keeping: Self.keptCheckpoints, best: session.state.bestCheckpoint)
    let slab = run.model.parameters
    emit(
      .start(
        .init(
          run: folder.name, recipe: configuration.recipe, out: folder.path, totalSteps: session.state.totalSteps,
          resumedAt: session.state.step, parameters: slab.parameterCount,
          trainableParameters: slab.trainableParameterCount, trainTokens: run.training.tokenCount,
          tokensPerStep: session.tokensPerStep, vocabularySize: run.model.plan.configuration.vocabularySize)))
    return session
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
    var savedAt = session.state.step
    var savedTime = monotonicClock()
    var failures = 0
    var reason = TrainingEvent.Done.Reason.finished
    if session.state.step < total, owner.checkpoint != nil {
      // What a run that goes on has made is in its checkpoints: a former end must not hide them.
      AtomicFolder.remove(folder.finalFolder)
    }

    while session.state.step < total {
      try obey(session, &monitor, &savedAt)
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
        throw TrainingError.run(
          path: folder.path, problem: "loss or gradient was not finite for ten steps; a lower learning rate may help")
      }

      let isLast = step == total
      let automatic = configuration.saveEvery == nil && now - savedTime > Self.longestUnsaved
      let saves = every.save > 0 && (Intervals.isDue(every.save, step) || isLast || automatic)
      if every.evaluate > 0, Intervals.isDue(every.evaluate, step) || saves || isLast {
        if evaluate(session, &monitor) {
          reason = .earlyStopping
          break
        }
      }
      if saves {
        try save(session)
        savedAt = step
        savedTime = monotonicClock()
      }
      if every.sample > 0, Intervals.isDue(every.sample, step) || isLast { sample(session) }
    }

    let state = session.state
    if reason != .finished, savedAt != state.step { try save(session) }
    var out = folder.checkpoint(step: state.step)
    if reason != .stopped {
      try CheckpointFiles.write(session.run, state: nil, to: folder.finalFolder)
      out = folder.finalFolder
    }
    let done = TrainingEvent.Done(
      reason: reason, out: out, step: state.step, loss: state.lastLoss, validationLoss: state.lastValidation,
      message: nil)
    emit(.done(done))
    log?.flush()
    return done
  }

  /// Carries out what was asked for since the last step.
  private func obey(_ session: TrainingSession, _ monitor: inout TrainingMonitor, _ savedAt: inout Int) throws {
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
      if let rate = orders.learningRate { session.state.learningRate = rate }
      if orders.evaluate { _ = evaluate(session, &monitor) }
      if orders.sample { sample(session) }
      if orders.checkpoint, savedAt != session.state.step || session.state.step == 0 {
        try save(session)
        savedAt = session.state.step
      }
      if orders.wantsWeights {
        let weights = snapshot(session)
        owner.change {
          $0.weights = weights
          $0.wantsWeights = false
        }
      }
      if !orders.pause || orders.stop { return }
    }
  }

  // MARK: Evaluation, checkpoints, samples

  /// Evaluates; true when the run should end early.
  private func evaluate(_ session: TrainingSession, _ monitor: inout TrainingMonitor) -> Bool {
    guard let loss = session.evaluate(isCancelled: { owner.shouldStop }) else { return false }
    let best = loss < session.state.bestValidation ?? .infinity
    session.state.lastValidation = loss
    if best { session.state.bestValidation = loss }
    session.state.patience = best ? 0 : session.state.patience + 1
    emit(
      .validation(.init(step: session.state.step, loss: loss, perplexity: perplexity(loss), best: best)))
    for alert in monitor.observe(step: session.state.step, validation: loss) { emit(.alert(alert)) }
    return configuration.earlyStoppingPatience > 0 && session.state.patience >= configuration.earlyStoppingPatience
  }

  private func save(_ session: TrainingSession) throws {
    let step = session.state.step
    let loss = session.state.lastValidation ?? session.state.lastLoss ?? .infinity
    let best = loss < session.state.bestCheckpointLoss ?? .infinity
    if best {
      session.state.bestCheckpoint = step
      session.state.bestCheckpointLoss = loss
    }
    let path = folder.checkpoint(step: step)
    try CheckpointFiles.write(session.run, state: session.state, to: path)
    folder.tidy(keeping: Self.keptCheckpoints, best: session.state.bestCheckpoint)
    emit(.checkpoint(.init(step: step, path: path, best: best)))
    log?.flush()
  }

  private func snapshot(_ session: TrainingSession) -> WeightStore {
    let slab = session.run.model.parameters
    return WeightStore(
      plan: session.run.model.plan, pool: session.pool, parameters: { UnsafeBufferPointer(slab.value($0)) })
  }

  /// Continues the pinned prompts with the weights as they stand, by the engine that chats.
  private func sample(_ session: TrainingSession) {
    guard let tokenizer = session.run.tokenizer, !session.run.samplePrompts.isEmpty else { return }
    let engine = Engine(weights: snapshot(session), pool: session.pool, cache: .f32)
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
