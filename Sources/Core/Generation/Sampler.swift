#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Draws tokens from logits. Order: penalties, temperature, top-k, top-p, min-p, draw.
///
/// After each cut the kept tokens are renormalised; all cuts keep a beginning of the tokens sorted by logit (lower id
/// first on a tie), so only that beginning is ever sorted, not the vocabulary.
public struct Sampler: Sendable {
  public let parameters: GenerateParameters
  /// The seed in use: the one given, or a fresh one.
  public let seed: UInt64
  private var random: RandomGenerator
  private var prompt: Set<TokenID> = []
  private var reply: [TokenID: Int] = [:]
  private var penalised: [Float] = []
  private var candidates: [Candidate] = []

  private struct Candidate {
    var logit: Float
    var id: TokenID
    /// Whether it sorts before the other: higher logit, then lower id.
    func precedes(_ other: Candidate) -> Bool {
      logit > other.logit || (logit == other.logit && id < other.id)
    }
  }

  /// - Parameter prompt: what the repetition penalty counts besides the reply.
  public init(_ parameters: GenerateParameters, prompt: [TokenID] = []) {
    self.parameters = parameters
    seed = parameters.seed ?? UInt64.random(in: .min ... .max)
    random = RandomGenerator(seed: seed)
    if parameters.repetitionPenalty != 1 { self.prompt = Set(prompt) }
  }

  /// Draws a token and remembers it for the penalties. Logits that are NaN are never drawn.
  public mutating func next(_ logits: UnsafeBufferPointer<Float>) -> TokenID {
    let id = draw(logits)
    if penalises { reply[id, default: 0] += 1 }
    return id
  }

  /// Counts a token of the reply that was not drawn here.
  public mutating func remember(_ id: TokenID) {
    if penalises { reply[id, default: 0] += 1 }
  }

  private var penalises: Bool {
    parameters.repetitionPenalty != 1 || parameters.frequencyPenalty != 0 || parameters.presencePenalty != 0
  }

  private mutating func draw(_ logits: UnsafeBufferPointer<Float>) -> TokenID {
    guard penalises, !(prompt.isEmpty && reply.isEmpty) else { return drawUnpenalised(logits) }
    penalised.removeAll(keepingCapacity: true)
    penalised.append(contentsOf: logits)
    let repetition = parameters.repetitionPenalty
    func repeated(_ id: TokenID, _ values: inout [Float]) {
      let i = Int(id)
      guard values.indices.contains(i) else { return }
      values[i] = values[i] > 0 ? values[i] / repetition : values[i] * repetition
    }
    if repetition != 1 {
      for id in prompt { repeated(id, &penalised) }
      for id in reply.keys where !prompt.contains(id) { repeated(id, &penalised) }
    }
    for (id, count) in reply where penalised.indices.contains(Int(id)) {
      penalised[Int(id)] -= parameters.frequencyPenalty * Float(count) + parameters.presencePenalty
    }
    let values = penalised
    return values.withUnsafeBufferPointer { drawUnpenalised($0) }
  }

  private mutating func drawUnpenalised(_ logits: UnsafeBufferPointer<Float>) -> TokenID {
    let best = LogProbability.argmax(logits)
    let maximum = logits.isEmpty ? 0 : logits[Int(best)]
    guard parameters.temperature > 0, maximum.isFinite else { return best }
    if parameters.topK == 1 { return best }

    let inverse = 1 / Double(parameters.temperature)
    func weight(_ logit: Float) -> Double { exp((Double(logit) - Double(maximum)) * inverse) }
    let floor =
      parameters.minP > 0
      ? Float(Double(maximum) + log(Double(min(1, parameters.minP))) * Double(parameters.temperature)) : -.infinity
    let topP = Double(parameters.topP)

    if parameters.topK > 0 && parameters.topK < logits.count {
      selectTop(parameters.topK, of: logits)
      let total = candidates.reduce(0) { $0 + weight($1.logit) }
      return drawSorted(total: total, topP: topP, floor: floor, weight: weight)
    }
    if topP >= 1 { return drawUnsorted(logits, floor: floor, weight: weight) }

    var total = 0.0
    for logit in logits where logit > -.infinity { total += weight(logit) }
    var k = 256
    while true {
      selectTop(k, of: logits)
      let complete =
        candidates.count == logits.count || candidates.count < k
        || (candidates.last?.logit ?? floor) < floor
        || candidates.reduce(0) { $0 + weight($1.logit) } >= topP * total
      if complete { return drawSorted(total: total, topP: topP, floor: floor, weight: weight) }
      k *= 8
    }
  }

  /// Draws among `candidates`, which are sorted, after top-p (of `total`) and min-p.
  private mutating func drawSorted(
    total: Double, topP: Double, floor: Float, weight: (Float) -> Double
  ) -> TokenID {
    var kept = 0
    var sum = 0.0
    for candidate in candidates {
      if kept > 0 && (candidate.logit < floor || (topP < 1 && sum >= topP * total)) { break }
      sum += weight(candidate.logit)
      kept += 1
    }
    var left = uniform() * sum
    for candidate in candidates[..<kept] {
      left -= weight(candidate.logit)
      if left < 0 { return candidate.id }
    }
    return candidates[max(0, kept - 1)].id
  }

  /// Draws among all logits not below the floor, in the order of ids.
  private mutating func drawUnsorted(
    _ logits: UnsafeBufferPointer<Float>, floor: Float, weight: (Float) -> Double
  ) -> TokenID {
    var total = 0.0
    for logit in logits where logit >= floor && logit > -.infinity { total += weight(logit) }
    var left = uniform() * total
    var last: TokenID = 0
    for (i, logit) in logits.enumerated() where logit >= floor && logit > -.infinity {
      last = TokenID(i)
      left -= weight(logit)
      if left < 0 { break }
    }
    return last
  }

  private mutating func uniform() -> Double { Double(random.next() >> 11) * 0x1p-53 }

  /// Fills `candidates` with the k highest logits, sorted: a heap whose root is the worst one kept.
  private mutating func selectTop(_ k: Int, of logits: UnsafeBufferPointer<Float>) {
    candidates.removeAll(keepingCapacity: true)
    var i = 0
    while i < logits.count && candidates.count < k {
      if logits[i] > -.infinity { candidates.append(Candidate(logit: logits[i], id: TokenID(i))) }
      i += 1
    }
    if i < logits.count {
      candidates.withUnsafeMutableBufferPointer { heap in
        // The root of the heap sorts last.
        for root in stride(from: heap.count / 2 - 1, through: 0, by: -1) { Self.sift(heap, root) }
        var worst = heap[0].logit
        while i < logits.count {
          if logits[i] > worst {
            heap[0] = Candidate(logit: logits[i], id: TokenID(i))
            Self.sift(heap, 0)
            worst = heap[0].logit
          }
          i += 1
        }
      }
    }
    candidates.sort { $0.precedes($1) }
  }

  private static func sift(_ heap: UnsafeMutableBufferPointer<Candidate>, _ start: Int) {
    var root = start
    while true {
      var worst = root
      for child in (2 * root + 1)...(2 * root + 2) where child < heap.count {
        if heap[worst].precedes(heap[child]) { worst = child }
      }
      if worst == root { return }
      heap.swapAt(root, worst)
      root = worst
    }
  }
}
