#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Round numbers on an axis, and where values lie on it.
struct ChartAxis {
  let low: Double
  let high: Double
  let isLogarithmic: Bool

  /// An axis around the values, with a little room, never empty.
  init(low: Double, high: Double, isLogarithmic: Bool, margin: Double = 0) {
    let isLog = isLogarithmic && low > 0
    self.isLogarithmic = isLog
    var from = isLog ? log(low) : low
    var to = isLog ? log(high) : high
    if !(to - from > max(abs(from), abs(to)) * 1e-12) {
      let pad = isLog ? 0.5 : max(abs(from) * 0.1, 1e-9)
      from -= pad
      to += pad
    }
    let room = (to - from) * margin
    self.low = from - room
    self.high = to + room
  }

  /// From 0 at the low end to 1; nil where the value has no place.
  func place(_ value: Double) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    return ((isLogarithmic ? log(value) : value) - low) / (high - low)
  }

  func value(at place: Double) -> Double {
    let inside = low + place * (high - low)
    return isLogarithmic ? exp(inside) : inside
  }

  /// About `count` round numbers on the axis.
  func ticks(_ count: Int) -> [Double] {
    guard count > 0 else { return [] }
    if isLogarithmic {
      let decades = (high - low) / log(10)
      if decades > 1.2 {
        var result: [Double] = []
        let factors: [Double] = decades > Double(count) ? [1] : decades * 2 > Double(count) ? [1, 3] : [1, 2, 5]
        let every = max(1, Int((decades / Double(count)).rounded(.up)))
        for exponent in stride(from: Int((low / log(10)).rounded(.down)), through: Int(high / log(10)) + 1, by: every) {
          for factor in factors {
            let value = factor * pow(10, Double(exponent))
            if let place = place(value), 0...1 ~= place { result.append(value) }
          }
        }
        return result
      }
    }
    return ChartAxis.round(from: value(at: 0), to: value(at: 1), count: count)
  }

  /// Multiples of 1, 2, 2.5 or 5 times a power of ten.
  static func round(from low: Double, to high: Double, count: Int, isWhole: Bool = false) -> [Double] {
    let span = high - low
    guard span > 0, span.isFinite, count > 0 else { return [] }
    let rough = span / Double(count)
    let power = pow(10, (log10(rough)).rounded(.down))
    let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
    let used = isWhole ? max(1, step.rounded(.up)) : step
    var result: [Double] = []
    var multiple = (low / used).rounded(.up)
    while multiple * used <= high + used * 1e-9, result.count < 100 {
      result.append(multiple * used)
      multiple += 1
    }
    return result
  }

  /// Labels with as many decimals as tell the ticks apart.
  static func labels(_ ticks: [Double]) -> [String] {
    let largest = ticks.map(abs).max() ?? 0
    if largest >= 10_000 || (largest > 0 && largest < 0.001) {
      return ticks.map { $0 == 0 ? "0" : Figures.short($0).replacing(".0k", with: "k").replacing(".0M", with: "M") }
    }
    for decimals in 0...6 {
      let labels = ticks.map { Figures.fixed($0, decimals) }
      let scale = pow(10, Double(decimals))
      if ticks.allSatisfy({ abs(($0 * scale).rounded() / scale - $0) <= abs($0) * 1e-6 + 1e-12 }) { return labels }
    }
    return ticks.map { Figures.short($0) }
  }
}
