import Trainer

/// One run as the screen knows it: everything it said, in order.
public struct RunView: Sendable {
  public enum Status: Sendable, Equatable {
    case starting, running, paused, stopping
    case done(TrainingEvent.Done.Reason)
    /// From its log, not training here.
    case past
  }

  public var name: String
  public var recipe = ""
  public var out = ""
  public var status = Status.starting
  public var totalSteps = 0
  public var parameters = 0
  public var steps: [TrainingEvent.Step] = [] {
    didSet { losses.follow(steps) }
  }
  /// The smoothed losses, kept up to date step by step.
  private(set) var losses = SmoothedLosses()
  public var validations: [TrainingEvent.Validation] = []
  public var samples: [TrainingEvent.Sample] = []
  public var checkpoints: [TrainingEvent.Checkpoint] = []
  public var alerts: [TrainingEvent.Alert] = []
  public var changes: [TrainingEvent.Change] = []
  /// The step that this part of the run began after.
  public var resumedAt = 0
  public var acknowledged = 0
  public var final: TrainingEvent.Done?
  /// The newest model in the run's folder, where it is not where the log says.
  public var foundModel: String?
  /// Changes with every event.
  public var version = 0

  public init(name: String) { self.name = name }

  /// The name in little room: `pretrain-092527` for `pretrain-2026-11-21-092527`.
  public var shortName: String {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 5, parts.suffix(4).allSatisfy({ $0.allSatisfy(\.isNumber) }), parts[parts.count - 4].count == 4
    else { return name }
    return (parts.dropLast(4) + parts.suffix(1)).joined(separator: "-")
  }

  public var isLive: Bool {
    switch status {
    case .starting, .running, .paused, .stopping: true
    case .done, .past: false
    }
  }

  public mutating func apply(_ event: TrainingEvent) {
    version += 1
    switch event {
    case .start(let start):
      name = start.run
      recipe = start.recipe
      out = start.out
      totalSteps = start.totalSteps
      parameters = start.parameters
      alerts += start.notes.map { .init(step: start.resumedAt, kind: .notice, message: $0) }
      resumedAt = start.resumedAt
      final = nil
      // A resumed run says the steps after its checkpoint again.
      steps.removeAll { $0.step > start.resumedAt }
      validations.removeAll { $0.step > start.resumedAt }
      if status == .starting { status = .running }
    case .step(let step):
      if status == .starting { status = .running }
      steps.append(step)
    case .validation(let validation): validations.append(validation)
    case .sample(let sample):
      samples.append(sample)
      if samples.count > 400 { samples.removeFirst(100) }
    case .checkpoint(let checkpoint):
      checkpoints.append(checkpoint)
      foundModel = nil
    case .alert(let alert): alerts.append(alert)
    case .change(let change): changes.append(change)
    case .done(let done):
      foundModel = nil
      final = done
      status = .done(done.reason)
    }
  }

  public var lastStep: Int { steps.last?.step ?? 0 }

  /// Between 0 and 1; nil before it is known how long the run is.
  public var fraction: Double? {
    totalSteps > 0 ? min(1, Double(lastStep) / Double(totalSteps)) : nil
  }

  /// From the speed of the last steps; nil where nothing can be said.
  public var secondsLeft: Double? {
    guard isLive, totalSteps > lastStep, let last = steps.last else { return nil }
    // What an earlier part of the run took says nothing of this one.
    guard let first = steps.suffix(50).first(where: { $0.step > resumedAt }) else { return nil }
    let done = last.step - first.step
    let perStep =
      done > 0
      ? (last.elapsedSeconds - first.elapsedSeconds) / Double(done)
      : resumedAt == 0 ? last.elapsedSeconds / Double(max(1, steps.count)) : 0
    return perStep > 0 ? perStep * Double(totalSteps - last.step) : nil
  }

  /// The model to talk to: what came out, else the newest checkpoint.
  public var savedModel: String? {
    if let foundModel { return foundModel }
    if let final, final.reason != .failed, !final.out.isEmpty { return final.out }
    return checkpoints.last?.path
  }

  public var statusWord: String {
    switch status {
    case .starting: "starting"
    case .running: "training"
    case .paused: "paused"
    case .stopping: "saving"
    case .past: "ended"
    case .done(.finished): "finished"
    case .done(.stopped): "stopped"
    case .done(.earlyStopping): "stopped early"
    case .done(.failed): "failed"
    }
  }
}

/// What the x-axis counts.
public enum RunAxis: String, Sendable, CaseIterable {
  case step, tokens, epoch, time

  public func value(_ s: TrainingEvent.Step) -> Double {
    switch self {
    case .step: Double(s.step)
    case .tokens: Double(s.tokens)
    case .epoch: s.epoch
    case .time: s.elapsedSeconds
    }
  }
}

public struct TrainState: Sendable {
  public var run: RunView?
  /// Weight of the past in the smoothed curve, as TensorBoard counts it.
  public var smoothing = 0.9
  public var logScale = false
  public var perplexity = false
  public var axis = RunAxis.step
  /// 1 shows the whole run, 2 its half …
  public var zoom = 1.0
  /// Where the crosshair stands, between 0 and 1 of what is seen.
  public var crosshair: Double?
  public var shownSample = 0
  /// The run's points as they are drawn; kept by ``Frame``.
  public var curves = RunCurves()

  /// What was shown before the run that is being started; while that has not begun.
  private var before: RunView?
  private var isStarting = false

  public init() {}

  /// A run is being started.
  /// - Parameter past: what it did before, where it goes on.
  public mutating func starts(_ name: String, past: RunView? = nil) {
    before = past ?? run
    isStarting = true
    run = past ?? RunView(name: name)
    run?.status = .starting
    run?.final = nil
    (crosshair, zoom) = (nil, 1)
  }

  public mutating func apply(_ event: TrainingEvent) {
    if case .start = event { (before, isStarting) = (nil, false) }
    run?.apply(event)
  }

  /// Puts back what was shown before a run that ended before it began: a failed start leaves nothing.
  /// - Returns: false where it had begun.
  public mutating func takeBackStart() -> Bool {
    guard isStarting else { return false }
    (run, before, isStarting) = (before, nil, false)
    return true
  }

  mutating func updateCurves() {
    guard let run else { return }
    curves.update(run, axis: axis, perplexity: perplexity, smoothing: smoothing)
  }

  public static let smoothings: [Double] = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995]

  public mutating func smooth(more: Bool) {
    let at = Self.smoothings.firstIndex { $0 >= smoothing - 1e-9 } ?? 0
    smoothing = Self.smoothings[min(max(0, at + (more ? 1 : -1)), Self.smoothings.count - 1)]
  }
}
