/// An exponential moving average without the bias of its beginning, as TensorBoard smooths a curve (and Adam its
/// moments: Kingma & Ba 2014, section 3).
struct MovingAverage: Sendable {
  /// Of the past, 0 … 1.
  let weight: Double
  private var sum = 0.0
  private var bias = 1.0

  init(weight: Double) { self.weight = weight }

  /// The average with one more value; what is not finite passes by and comes back as it is.
  mutating func add(_ value: Double) -> Double {
    guard value.isFinite, weight > 0 else { return value }
    sum = sum * weight + value * (1 - weight)
    bias *= weight
    return sum / (1 - bias)
  }
}
