#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a row of logits says about single tokens. All logarithms are natural.
public enum LogProbability {
  /// The id of the highest logit, the lowest id on a tie; NaN counts as −∞.
  public static func argmax(_ logits: UnsafeBufferPointer<Float>) -> TokenID {
    var best = 0
    var value = -Float.infinity
    for (i, logit) in logits.enumerated() where logit > value {
      best = i
      value = logit
    }
    return TokenID(best)
  }

  /// log Σ exp(logit).
  public static func logSumExp(_ logits: UnsafeBufferPointer<Float>) -> Double {
    let maximum = logits.max() ?? -.infinity
    guard maximum.isFinite else { return Double(maximum) }
    var sum = 0.0
    for logit in logits { sum += Double(exp(logit - maximum)) }
    return Double(maximum) + log(sum)
  }

  /// Log-probability of one id; −∞ for an id outside the vocabulary.
  public static func of(_ id: TokenID, in logits: UnsafeBufferPointer<Float>) -> Double {
    guard logits.indices.contains(Int(id)) else { return -.infinity }
    return Double(logits[Int(id)]) - logSumExp(logits)
  }

  /// Place of an id among all, the most likely being 1; ids with the same logit rank by id.
  public static func rank(of id: TokenID, in logits: UnsafeBufferPointer<Float>) -> Int {
    guard logits.indices.contains(Int(id)) else { return logits.count + 1 }
    let value = logits[Int(id)]
    var above = 0
    for i in 0..<Int(id) where logits[i] >= value { above += 1 }
    for i in (Int(id) + 1)..<max(Int(id) + 1, logits.count) where logits[i] > value { above += 1 }
    return above + 1
  }

  /// Entropy of the distribution in nats: −Σ p log p.
  public static func entropy(_ logits: UnsafeBufferPointer<Float>) -> Double {
    let maximum = logits.max() ?? -.infinity
    guard maximum.isFinite else { return .nan }
    var sum = 0.0
    var weighted = 0.0
    for logit in logits {
      let shifted = logit - maximum
      let e = Double(exp(shifted))
      sum += e
      if e > 0 { weighted += e * Double(shifted) }
    }
    return log(sum) - weighted / sum
  }

  /// The `count` most likely ids with their log-probabilities, best first, lower id first on a tie.
  public static func top(_ count: Int, in logits: UnsafeBufferPointer<Float>) -> [TokenAlternative] {
    guard count > 0 else { return [] }
    let normaliser = logSumExp(logits)
    var best: [(logit: Float, id: Int)] = []
    best.reserveCapacity(count + 1)
    var worst = -Float.infinity
    for (i, logit) in logits.enumerated() where logit > worst || best.count < count {
      var place = best.count
      while place > 0 && best[place - 1].logit < logit { place -= 1 }
      best.insert((logit, i), at: place)
      if best.count > count { best.removeLast() }
      if best.count == count { worst = best[count - 1].logit }
    }
    return best.map { TokenAlternative(id: TokenID($0.id), logprob: Float(Double($0.logit) - normaliser)) }
  }
}
