import Trainer

/// The smoothed losses of a run for a curve in one line, kept up to date step by step.
struct SmoothedLosses: Sendable {
  private(set) var values: [Double] = []
  private var average = MovingAverage(weight: 0.8)
  private var lastStep = 0

  /// Takes in the steps that are new; begins again where those known have changed.
  mutating func follow(_ steps: [TrainingEvent.Step]) {
    if steps.count < values.count || !values.isEmpty && steps[values.count - 1].step != lastStep {
      self = SmoothedLosses()
    }
    for step in steps[values.count...] {
      values.append(average.add(step.loss))
      lastStep = step.step
    }
  }
}
