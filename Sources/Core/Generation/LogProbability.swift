import CKernels

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What a row of logits says about single tokens. All logarithms are natural.
public enum LogProbability {
  private static let kernels = Kernels.current

  /// The id of the highest logit, the lowest id on a tie; NaN counts as −∞.
  public static func argmax(_ logits: UnsafeBufferPointer<Float>) -> TokenID {
    guard let base = logits.baseAddress else { return 0 }
    return TokenID(kernels.table.pointee.argmax(base, logits.count))
  }

  /// Whether no logit is NaN or infinite: such a row says nothing of what comes next.
  public static func areFinite(_ logits: UnsafeBufferPointer<Float>) -> Bool {
    guard let base = logits.baseAddress else { return true }
    // Exponents of all ones reach the sign bit; one pass that needs no branch.
    var found: UInt32 = 0
    for i in 0..<logits.count { found |= (base[i].bitPattern & 0x7FFF_FFFF) &+ 0x0080_0000 }
    return found & 0x8000_0000 == 0
  }

  /// log Σ exp(logit).
  public static func logSumExp(_ logits: UnsafeBufferPointer<Float>) -> Double {
    guard let base = logits.baseAddress, !logits.isEmpty else { return -.infinity }
    return Double(kernels.table.pointee.log_sum_exp(base, logits.count))
  }

  /// Log-probability of one id; −∞ for an id outside the vocabulary.
  public static func of(_ id: TokenID, in logits: UnsafeBufferPointer<Float>) -> Double {
    guard logits.indices.contains(Int(id)) else { return -.infinity }
    return Double(logits[Int(id)]) - logSumExp(logits)
  }

  /// Place of an id among all, the most likely being 1; ids with the same logit rank by id.
  public static func rank(of id: TokenID, in logits: UnsafeBufferPointer<Float>) -> Int {
    guard let base = logits.baseAddress, logits.indices.contains(Int(id)) else { return logits.count + 1 }
    let value = base[Int(id)]
    var above: Int32 = 0
    for i in 0..<Int(id) { above &+= base[i] >= value ? 1 : 0 }
    for i in Int(id) + 1..<max(Int(id) + 1, logits.count) { above &+= base[i] > value ? 1 : 0 }
    return Int(above) + 1
  }

  /// Entropy of the distribution in nats: −Σ p log p.
  public static func entropy(_ logits: UnsafeBufferPointer<Float>) -> Double {
    guard let base = logits.baseAddress, !logits.isEmpty else { return .nan }
    // H = log Σ exp(x − m) − Σ p·(x − m), with x − m kept away from −∞, where p is 0.
    let maximum = base[Int(argmax(logits))]
    guard maximum.isFinite else { return .nan }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * logits.count) { room in
      guard let shifted = room.baseAddress else { return .nan }
      let p = shifted + logits.count
      for i in 0..<logits.count { shifted[i] = max(base[i] - maximum, -200) }
      p.update(from: shifted, count: logits.count)
      let total = kernels.table.pointee.softmax(p, 1, logits.count)
      return max(0, Double(total) - Double(kernels.table.pointee.dot(p, shifted, logits.count)))
    }
  }

  /// The `count` most likely ids with their log-probabilities, best first, lower id first on a tie.
  public static func top(_ count: Int, in logits: UnsafeBufferPointer<Float>) -> [TokenAlternative] {
    guard count > 0, let base = logits.baseAddress else { return [] }
    let normaliser = logSumExp(logits)
    var best: [(logit: Float, id: Int)] = []
    best.reserveCapacity(count + 1)
    var worst = -Float.infinity
    for i in 0..<logits.count where base[i] > worst || best.count < count {
      let logit = base[i]
      var place = best.count
      while place > 0 && best[place - 1].logit < logit { place -= 1 }
      best.insert((logit, i), at: place)
      if best.count > count { best.removeLast() }
      if best.count == count { worst = best[count - 1].logit }
    }
    return best.map { TokenAlternative(id: TokenID($0.id), logprob: Float(Double($0.logit) - normaliser)) }
  }
}
