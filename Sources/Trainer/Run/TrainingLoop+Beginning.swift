import Core

extension TrainingLoop {
  /// Reads the data and the model or checkpoint, then claims the folder.
  func prepare() throws -> TrainingSession {
    owner.recorded == nil ? try begin() : try goOn()
  }

  private func preparedRun(checkpoint: String?) throws -> PreparedRun {
    try RecipeRegistry.recipe(named: configuration.recipe).prepare(
      RunPreparation(configuration: configuration, checkpoint: checkpoint, tokenizer: owner.tokenizer))
  }

  private func newSession(_ run: PreparedRun) -> TrainingSession {
    let pool = ThreadPool(threads: configuration.threads ?? ThreadPool.processors, priority: owner.priority)
    let session = TrainingSession(configuration: configuration, run: run, pool: pool)
    session.state.dataFingerprint = run.training.fingerprint
    return session
  }

  private func begin() throws -> TrainingSession {
    let run = try preparedRun(checkpoint: nil)
    // Only now, when everything has been read: a run that cannot begin leaves no folder behind.
    try AtomicFile.makeFolder(owner.folder.path)
    let lock = try RunLock(owner.folder)
    guard !owner.folder.isRun else {
      throw TrainingError.run(path: owner.folder.path, problem: "another run was begun in this folder meanwhile")
    }
    owner.change { $0.lock = lock }
    owner.folder.removeLeftovers()
    try owner.folder.write(configuration)
    home = try RunHome(owner.folder)
    try keepTokenizer(run)
    let session = newSession(run)
    log = try EventLog(path: folder.eventFile, resumedAt: nil)
    RunStore.remember(folder)
    emitStart(session)
    return session
  }

  /// The run's tokenizer is kept beside its checkpoints, too; they bring it from memory.
  private func keepTokenizer(_ run: PreparedRun) throws {
    guard !run.tokenizerFiles.isEmpty else { return }
    try AtomicFile.makeFolder(folder.tokenizerFolder)
    for file in run.tokenizerFiles { try AtomicFile.write(file.bytes, to: folder.tokenizerFolder + "/" + file.name) }
  }

  // MARK: Going on

  private func goOn() throws -> TrainingSession {
    home = try RunHome(owner.folder)
    folder.removeLeftovers()
    var remarks: [(TrainingEvent.Alert.Kind, String)] = []
    let opened = try newestWholeCheckpoint(&remarks)
    let run = try opened?.run ?? preparedRun(checkpoint: nil)
    let session = newSession(run)
    var changes: [TrainingEvent.Change] = []
    if let state = opened?.state {
      changes = configuration.changes(since: state.configuration ?? owner.recorded ?? configuration, step: state.step)
      try take(state, session, changes: changes, &remarks)
    }
    try folder.write(configuration)
    log = try EventLog(path: folder.eventFile, resumedAt: session.state.step)
    RunStore.remember(folder)
    savedStep = opened == nil ? nil : session.state.step
    if session.state.step < session.state.totalSteps {
      // What a run that goes on has made is in its checkpoints: a former end must not hide them.
      AtomicFolder.remove(folder.finalFolder)
      AtomicFolder.remove(folder.lastFolder)
    }
    emitStart(session)
    for remark in remarks { alert(remark.0, session.state.step, remark.1) }
    for change in changes { emit(.change(change)) }
    return session
  }

  private typealias Opened = (run: PreparedRun, state: TrainingState)

  /// - Returns: nil where the run had not come to a checkpoint.
  /// - Throws: ``TrainingError`` where there are some and none can be used.
  private func newestWholeCheckpoint(_ remarks: inout [(TrainingEvent.Alert.Kind, String)]) throws -> Opened? {
    var damaged: [(path: String, problem: String)] = []
    for (_, path) in folder.checkpoints.reversed() {
      do {
        try CheckpointFiles.check(path)
      } catch {
        damaged.append((path, "\(error)"))
        continue
      }
      let run = try preparedRun(checkpoint: path)
      do {
        let state = try CheckpointFiles.read(path, into: run.model.parameters)
        for (path, problem) in damaged {
          CheckpointFiles.setAside(path)
          remarks.append(
            (.damaged, "\(Paths.lastComponent(path)) cannot be used (\(problem)); going on from step \(state.step)"))
        }
        return (run, state)
      } catch {
        damaged.append((path, "\(error)"))
      }
    }
    guard let first = damaged.first else { return nil }
    throw TrainingError.run(path: folder.path, problem: "none of its checkpoints can be used: \(first.problem)")
  }

  private func take(
    _ saved: TrainingState, _ session: TrainingSession, changes: [TrainingEvent.Change],
    _ remarks: inout [(TrainingEvent.Alert.Kind, String)]
  ) throws {
    let data = session.state.dataFingerprint
    session.state = saved
    session.state.dataFingerprint = data
    if let former = saved.dataFingerprint, former != data {
      remarks.append(
        (.dataChanged, "the data are not those the run began with: what is learnt from here on is another text"))
    }
    for change in changes where change.key == "learning_rate" {
      session.state.learningRate = configuration.learningRate
    }
    let lengths: Set = ["steps", "epochs", "batch_size", "accumulation"]
    if changes.contains(where: { lengths.contains($0.key) }) {
      let total = configuration.steps ?? session.stepsInAll
      guard total >= saved.step else {
        throw TrainingError.value(
          key: "steps", found: "\(total)", expected: "\(saved.step) or more: so many steps have been taken")
      }
      session.state.totalSteps = total
    }
    if let best = saved.bestStep ?? (saved.bestValidation == nil ? nil : -1),
      !FileSystem.isFolder(folder.checkpoint(step: best))
    {
      session.state.bestStep = nil
      session.state.bestValidation = nil
      session.state.patience = 0
      if best >= 0 {
        remarks.append(
          (.damaged, "the checkpoint of the best evaluation, step \(best), is gone; the best is looked for anew"))
      }
    }
  }

  private func emitStart(_ session: TrainingSession) {
    let slab = session.run.model.parameters
    emit(
      .start(
        .init(
          run: folder.name, recipe: configuration.recipe, out: folder.path, totalSteps: session.state.totalSteps,
          resumedAt: session.state.step, parameters: slab.parameterCount,
          trainableParameters: slab.trainableParameterCount, trainTokens: session.run.training.tokenCount,
          tokensPerStep: session.tokensPerStep,
          vocabularySize: session.run.model.plan.configuration.vocabularySize, rows: session.run.rows,
          rowsCut: session.run.rowsCut, rowsDropped: session.run.rowsDropped, notes: session.run.notes)))
  }
}
