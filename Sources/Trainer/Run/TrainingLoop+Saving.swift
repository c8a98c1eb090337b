import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Keeping what was learnt. A disk that is full or a folder that went away ends no run: it says so, waits with the weights
/// in memory, and tries again.
extension TrainingLoop {
  /// Seconds between attempts, at most; and how long a run that was asked to stop goes on trying.
  private static let longestWait = 30.0
  private static let patienceWhenStopping = 60.0

  func save(_ session: TrainingSession) throws {
    let step = session.state.step
    session.state.configuration = configuration
    try persist("step \(step)", session) {
      try CheckpointFiles.write(session.run, state: session.state, to: folder.checkpoint(step: step))
    }
    savedStep = step
    let best = session.state.bestStep
    folder.tidy(keeping: Self.keptCheckpoints, best: best)
    emit(.checkpoint(.init(step: step, path: folder.checkpoint(step: step), best: best == step)))
    log?.flush()
  }

  /// `final/`, the best evaluation's model, and `last/` where the last step's is another.
  func saveFinal(_ session: TrainingSession) throws {
    func best() -> String? {
      guard let step = session.state.bestStep, step != session.state.step else { return nil }
      let path = folder.checkpoint(step: step)
      return FileSystem.isFolder(path) ? path : nil
    }
    if best() != nil {
      try persist("the last model", session) {
        try CheckpointFiles.write(session.run, state: nil, to: folder.lastFolder)
      }
    }
    try persist("the model", session) {
      if let best = best() {
        try CheckpointFiles.copyModel(from: best, to: folder.finalFolder)
      } else {
        try CheckpointFiles.write(session.run, state: nil, to: folder.finalFolder)
      }
    }
  }

  /// Runs `body` until it succeeds.
  /// - Throws: its error, where the run was asked to stop and it fails for a minute more.
  func persist(_ what: String, _ session: TrainingSession, _ body: () throws -> Void) throws {
    var wait = 1.0
    var told = false
    var asked: Double?
    while true {
      do {
        try settle(session)
        try body()
        if told { alert(.saved, session.state.step, "\(what) could be saved after all") }
        return
      } catch {
        if !told {
          let sentence = "\(error)".hasSuffix(".") ? String("\(error)".dropLast()) : "\(error)"
          alert(.unsaved, session.state.step, "\(what) cannot be saved (\(sentence)); the run waits and tries again")
          told = true
        }
        if owner.shouldStop {
          let since = asked ?? monotonicClock()
          asked = since
          if monotonicClock() - since > Self.patienceWhenStopping { throw error }
          wait = min(wait, 1)
        }
        waitToTryAgain(wait, session, knowsStop: asked != nil)
        wait = min(2 * wait, Self.longestWait)
      }
    }
  }

  /// Waits, serving what is asked of a run meanwhile; an order to save, or the first to stop, ends the waiting.
  private func waitToTryAgain(_ seconds: Double, _ session: TrainingSession, knowsStop: Bool) {
    let until = monotonicClock() + seconds
    owner.change { if $0.phase == .running { $0.phase = .paused } }
    defer { owner.change { if $0.phase == .paused, !$0.pause { $0.phase = .running } } }
    while monotonicClock() < until {
      usleep(50_000)
      serveWeights(session)
      let orders = owner.change { orders in
        defer { orders.checkpoint = false }
        return orders
      }
      if orders.checkpoint || orders.stop && !knowsStop { return }
    }
  }

  /// Sees to it that the run's folder is there: follows a moved one, makes a deleted one anew.
  private func settle(_ session: TrainingSession) throws {
    guard let home else { return }
    switch home.look() {
    case .same: return
    case .moved(let former):
      alert(.moved, session.state.step, "the run's folder was moved from \(former) to \(folder.path); going on there")
    case .gone:
      let former = home.folder.path
      let new = FileSystem.exists(former) ? RunStore.free(former) : RunFolder(former)
      try new.write(configuration)
      let lock = try RunLock(new)
      try log?.copy(to: new.eventFile)
      log = try EventLog(path: new.eventFile, resumedAt: nil)
      self.home = try RunHome(new)
      owner.change { $0.lock = lock }
      // Its checkpoints went with it.
      session.state.bestStep = nil
      session.state.bestValidation = nil
      alert(.moved, session.state.step, "the run's folder \(former) is gone; going on in \(new.path)")
    }
  }
}
