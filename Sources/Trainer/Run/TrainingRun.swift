import Core
import Synchronization

/// A training run: works on threads of its own, speaks only in ``TrainingEvent``s, and takes orders at any moment.
///
/// ```swift
/// let run = try TrainingRun(TrainingConfiguration(settings: [("data", "plays.txt"), ("steps", "200")]))
/// run.start { event in print(event.jsonLine) }
/// let end = run.wait()
/// ```
public final class TrainingRun: Sendable {
  public let configuration: TrainingConfiguration
  public let folder: RunFolder
  /// It goes on from its newest whole checkpoint; the configuration that its folder recorded before.
  let recorded: TrainingConfiguration?
  let tokenizer: (any Tokenizer)?
  let priority: ThreadPool.Priority

  enum Phase { case ready, running, paused, ended }
  struct Orders {
    var phase = Phase.ready
    var pause = false
    var stop = false
    /// Why, as a sentence of the end has it.
    var stopReason: String?
    var checkpoint = false
    var evaluate = false
    var sample = false
    var learningRate: Double?
    var wantsWeights = false
    var weights: WeightStore?
    var done: TrainingEvent.Done?
    /// Held until the run has ended.
    var lock: RunLock?
  }
  private let condition = Condition()
  private let orders = OrderBox()

  /// Guarded by `condition`.
  final class OrderBox: @unchecked Sendable { var value = Orders() }

  /// A run from the beginning.
  /// - Parameters:
  ///   - tokenizer: instead of the configuration's.
  ///   - priority: `.background` gives way to everything interactive.
  /// - Throws: ``TrainingError`` for settings that cannot be, and where the run's folder holds a run already.
  public convenience init(
    _ configuration: TrainingConfiguration, tokenizer: (any Tokenizer)? = nil,
    priority: ThreadPool.Priority = .background
  ) throws {
    try configuration.validate()
    let folder = configuration.out.map(RunFolder.init) ?? RunStore.newFolder(recipe: configuration.recipe)
    try folder.checkFresh()
    var configuration = configuration.withAbsolutePaths()
    configuration.out = FileSystem.absolute(folder.path)
    self.init(
      configuration, folder: RunFolder(FileSystem.absolute(folder.path)), recorded: nil, tokenizer: tokenizer,
      priority: priority)
  }

  /// A run that goes on from its newest whole checkpoint; from the beginning where it had not come to one.
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - settings: keys that shall differ from now on, such as `steps`; recorded in the run.
  /// - Throws: ``TrainingError`` where there is no run, another process trains in it, or a setting cannot change.
  public convenience init(
    resuming path: String, settings: [(key: String, value: String)] = [], tokenizer: (any Tokenizer)? = nil,
    priority: ThreadPool.Priority = .background
  ) throws {
    let folder = RunFolder(FileSystem.absolute(path))
    var recorded = try folder.configuration()
    recorded.out = folder.path
    let configuration = try recorded.changed(settings)
    try configuration.validate()
    let lock = try RunLock(folder)
    self.init(configuration, folder: folder, recorded: recorded, tokenizer: tokenizer, priority: priority)
    change { $0.lock = lock }
  }

  private init(
    _ configuration: TrainingConfiguration, folder: RunFolder, recorded: TrainingConfiguration?,
    tokenizer: (any Tokenizer)?, priority: ThreadPool.Priority
  ) {
    self.configuration = configuration
    self.folder = folder
    self.recorded = recorded
    self.tokenizer = tokenizer
    self.priority = priority
  }

  // MARK: Orders, from any thread

  /// Starts the run on a thread of its own. Once; later calls do nothing.
  /// - Parameter onEvent: called from the run's thread, after the event was written to the log; must not block long.
  public func start(onEvent: @escaping @Sendable (TrainingEvent) -> Void) {
    let first = change { orders in
      defer { if orders.phase == .ready { orders.phase = .running } }
      return orders.phase == .ready
    }
    guard first else { return }
    let isStarted = startThread { [self] in
      if priority == .background { ThreadPool.lowerPriorityOfCurrentThread() }
      let done = TrainingLoop(self, onEvent: onEvent).run()
      change { orders in
        orders.phase = .ended
        orders.done = done
        orders.wantsWeights = false
        orders.lock = nil
      }
    }
    guard !isStarted else { return }
    let done = TrainingEvent.Done(
      reason: .failed, out: folder.path, step: 0, loss: nil, validationLoss: nil,
      message: "The system gives no thread for the run; end other programs, or raise the limit (ulimit -u).")
    change { orders in
      orders.phase = .ended
      orders.done = done
    }
    onEvent(.done(done))
  }

  /// Waits between steps until ``resume()`` or ``stop()``.
  public func pause() { change { $0.pause = true } }
  public func resume() { change { $0.pause = false } }
  /// Ends after the batch under way, saving a checkpoint.
  /// - Parameter reason: what the end tells of it, such as "stopped by SIGTERM".
  public func stop(because reason: String? = nil) {
    change {
      $0.stop = true
      if $0.stopReason == nil { $0.stopReason = reason }
    }
  }
  public func checkpointNow() { change { $0.checkpoint = true } }
  public func evaluateNow() { change { $0.evaluate = true } }
  public func sampleNow() { change { $0.sample = true } }
  /// The schedule keeps its shape under a new highest rate, from the next step on.
  public func setLearningRate(_ rate: Double) {
    if rate.isFinite, rate >= 0 { change { $0.learningRate = rate } }
  }

  public var isPaused: Bool { look { $0.phase == .paused } }
  public var isRunning: Bool { look { $0.phase == .running || $0.phase == .paused } }
  public var hasEnded: Bool { look { $0.phase == .ended } }

  /// Waits for the end.
  @discardableResult public func wait() -> TrainingEvent.Done {
    condition.withLock {
      while orders.value.phase != .ended { condition.wait() }
      return orders.value.done
        ?? .init(reason: .failed, out: folder.path, step: 0, loss: nil, validationLoss: nil, message: nil)
    }
  }

  /// The weights as they stand, ready for an engine: taken between two steps, so it waits for one. nil before the
  /// first step and once the run has ended.
  public func latestWeights() -> WeightStore? {
    condition.withLock {
      guard orders.value.phase == .running || orders.value.phase == .paused else { return nil }
      orders.value.weights = nil
      orders.value.wantsWeights = true
      condition.broadcast()
      while orders.value.wantsWeights && orders.value.phase != .ended { condition.wait() }
      return orders.value.weights
    }
  }

  // MARK: For the loop

  @discardableResult func change<R>(_ body: (inout Orders) -> R) -> R {
    condition.withLock {
      defer { condition.broadcast() }
      return body(&orders.value)
    }
  }

  func look<R>(_ body: (Orders) -> R) -> R { condition.withLock { body(orders.value) } }

  var shouldStop: Bool { look { $0.stop } }

  /// Waits while paused; returns when there is something to do.
  func waitWhilePaused() {
    condition.withLock {
      while orders.value.pause, !orders.value.stop, !orders.value.checkpoint, !orders.value.evaluate,
        !orders.value.sample, !orders.value.wantsWeights
      {
        if orders.value.phase != .paused {
          orders.value.phase = .paused
          condition.broadcast()
        }
        condition.wait()
      }
      if !orders.value.pause || orders.value.stop { orders.value.phase = .running }
    }
  }
}
