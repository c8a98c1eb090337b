#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The learning rate of each step: linear warm-up, then constant, linear, cosine, or warm-up–stable–decay.
public struct LearningRateSchedule: Sendable, Equatable {
  public var kind: TrainingConfiguration.Schedule
  /// The highest rate; changing it while a run goes on keeps the shape.
  public var base: Double
  public var warmupSteps: Int
  public var totalSteps: Int
  /// Last rate over the highest.
  public var minimumRatio: Double

  public init(
    kind: TrainingConfiguration.Schedule, base: Double, warmupSteps: Int, totalSteps: Int, minimumRatio: Double
  ) {
    self.kind = kind
    self.base = base
    self.warmupSteps = max(0, min(warmupSteps, totalSteps))
    self.totalSteps = max(1, totalSteps)
    self.minimumRatio = minimumRatio
  }

  public init(_ configuration: TrainingConfiguration, totalSteps: Int) {
    self.init(
      kind: configuration.schedule, base: configuration.learningRate,
      warmupSteps: configuration.warmupSteps ?? totalSteps / 50, totalSteps: totalSteps,
      minimumRatio: configuration.minLearningRateRatio)
  }

  /// The rate of step `s`, counted from 0; steps beyond the last keep its rate.
  public func rate(at s: Int) -> Double {
    if s < warmupSteps { return base * Double(s + 1) / Double(warmupSteps) }
    let m = minimumRatio
    let progress = min(1, Double(s - warmupSteps) / Double(max(1, totalSteps - warmupSteps)))
    switch kind {
    case .constant: return base
    case .cosine: return base * (m + (1 - m) * 0.5 * (1 + cos(Double.pi * progress)))
    case .linear: return base * (1 - (1 - m) * progress)
    case .wsd:
      let decaySteps = Double(totalSteps) * 0.2
      let decayed = max(0, min(1, (Double(s) - (Double(totalSteps) - decaySteps)) / decaySteps))
      return base * (1 - (1 - m) * decayed)
    }
  }
}
