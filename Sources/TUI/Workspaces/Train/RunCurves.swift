import Trainer

/// A run's points as curves, kept up to date point by point: a step costs the same after a million others.
public struct RunCurves: Sendable {
  private struct Key: Equatable {
    var axis: RunAxis
    var perplexity: Bool
    var smoothing: Double
    var run: String
  }

  private var key: Key?
  private var steps = 0
  private var validations = 0
  private var lastStep = 0
  private var average = MovingAverage(weight: 0)
  package private(set) var raw = ChartCurve()
  package private(set) var smooth = ChartCurve()
  package private(set) var validation = ChartCurve()
  private(set) var rate = ChartCurve()
  private(set) var gradient = ChartCurve()
  private(set) var speed = ChartCurve()

  public init() {}

  package mutating func update(_ run: RunView, axis: RunAxis, perplexity: Bool, smoothing: Double) {
    let wanted = Key(axis: axis, perplexity: perplexity, smoothing: smoothing, run: run.out + run.name)
    let cut =
      run.steps.count < steps || run.validations.count < validations
      || (steps > 0 && run.steps[steps - 1].step != lastStep)
    if wanted != key || cut {
      self = RunCurves()
      average = MovingAverage(weight: smoothing)
      key = wanted
    }
    for step in run.steps[steps...] { add(step, axis, perplexity) }
    steps = run.steps.count
    lastStep = run.steps.last?.step ?? 0
    for point in run.validations[validations...] {
      guard let x = place(point.step, run, axis) else { break }
      validation.append(x: x, y: perplexity ? Figures.exponential(point.loss) : point.loss)
      validations += 1
    }
  }

  private mutating func add(_ step: TrainingEvent.Step, _ axis: RunAxis, _ perplexity: Bool) {
    let x = axis.value(step)
    rate.append(x: x, y: step.lr)
    gradient.append(x: x, y: step.gradNorm)
    speed.append(x: x, y: step.tokensPerSecond)
    raw.append(x: x, y: perplexity ? Figures.exponential(step.loss) : step.loss)
    let value = average.add(step.loss)
    smooth.append(x: x, y: perplexity && value.isFinite ? Figures.exponential(value) : value)
  }

  /// Where a validation stands along x; nil before its step is known.
  private func place(_ step: Int, _ run: RunView, _ axis: RunAxis) -> Double? {
    if axis == .step { return Double(step) }
    guard let last = run.steps.last, last.step >= step else { return nil }
    var low = 0
    var high = run.steps.count - 1
    while low < high {
      let middle = (low + high) / 2
      if run.steps[middle].step < step { low = middle + 1 } else { high = middle }
    }
    return axis.value(run.steps[low])
  }
}
