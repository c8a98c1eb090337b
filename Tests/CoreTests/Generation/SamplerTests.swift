import Core
import Foundation
import Testing

@Suite struct SamplerTests {
  /// Shares of `draws` draws, by id.
  private func shares(
    _ logits: [Float], draws: Int = 10_000, _ change: (inout GenerateParameters) -> Void
  ) -> [Double] {
    var parameters = GenerateParameters()
    parameters.temperature = 1
    parameters.topK = 0
    parameters.topP = 1
    parameters.minP = 0
    parameters.seed = 7
    change(&parameters)
    var sampler = Sampler(parameters)
    var counts = [Double](repeating: 0, count: logits.count)
    logits.withUnsafeBufferPointer { row in
      for _ in 0..<draws { counts[Int(sampler.next(row))] += 1 }
    }
    return counts.map { $0 / Double(draws) }
  }

  private func near(_ a: [Double], _ b: [Double], within limit: Double = 0.02) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) <= limit }
  }

  @Test func temperatureTable() {
    #expect(near(shares([4, 2, 0]) { $0.temperature = 0.5 }, [0.98, 0.02, 0.00]))
    #expect(near(shares([4, 2, 0]) { $0.temperature = 1 }, [0.87, 0.12, 0.02]))
    #expect(near(shares([4, 2, 0]) { $0.temperature = 2 }, [0.67, 0.24, 0.09]))
    #expect(near(shares([2, 1, 0.5]) { _ in }, [0.63, 0.23, 0.14]))
  }

  @Test func greedyIsTheLowestIdOfTheHighest() {
    #expect(shares([1, 3, 3, 2], draws: 50) { $0.temperature = 0 } == [0, 1, 0, 0])
    #expect(shares([.nan, -.infinity, -2, -1], draws: 50) { $0.temperature = 0 } == [0, 0, 0, 1])
    #expect(shares([0, .infinity, 1], draws: 50) { _ in } == [0, 1, 0])
  }

  @Test func cutsRenormalise() {
    let logits: [Float] = [0.5, 0.3, 0.15, 0.05].map { Float(log(Double($0))) }
    #expect(near(shares(logits) { $0.topK = 2 }, [0.625, 0.375, 0, 0]))
    // The smallest set that reaches 0.7 is the first two.
    #expect(near(shares(logits) { $0.topP = 0.7 }, [0.625, 0.375, 0, 0]))
    #expect(near(shares(logits) { $0.topP = 0.85 }, [0.526, 0.316, 0.158, 0]))
    #expect(near(shares(logits) { $0.minP = 0.2 }, [0.526, 0.316, 0.158, 0]))
    // Top-p counts within what top-k kept: 0.5 of 0.8 is 0.625 already.
    #expect(
      near(
        shares(logits) {
          $0.topK = 2; $0.topP = 0.6
        }, [1, 0, 0, 0]))
    #expect(near(shares(logits) { $0.topP = 0 }, [1, 0, 0, 0]))
  }

  @Test func topPOfALargeVocabulary() {
    // 5 000 equal tokens above 5 000 that hardly count: half of the mass is 2 500 of the first.
    let logits = (0..<10_000).map { Float($0 < 5000 ? 10 : -10) }
    let drawn = shares(logits, draws: 200) { $0.topP = 0.5 }
    #expect(drawn[2501...].allSatisfy { $0 == 0 })
    #expect(drawn[1250..<2501].reduce(0, +) > 0.3)
  }

  @Test func partialSelectionIsTheSortedBeginning() {
    var random = RandomGenerator(seed: 3)
    let logits = (0..<5000).map { _ in Float(Int(random.next() % 300)) / 10 }
    let sorted = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    for k in [1, 2, 17, 400] {
      let drawn = shares(logits, draws: 200) {
        $0.topK = k; $0.temperature = 100
      }
      let ids = Set(drawn.indices.filter { drawn[$0] > 0 })
      #expect(ids.isSubset(of: Set(sorted[..<k])))
      if k <= 17 { #expect(ids.count == k) }
    }
  }

  @Test func penalties() {
    var parameters = GenerateParameters.greedy
    parameters.repetitionPenalty = 2
    var sampler = Sampler(parameters, prompt: [0])
    let logits: [Float] = [3, 2, -1]
    logits.withUnsafeBufferPointer { row in
      // 3 / 2 < 2, then 2 / 2 < 1.5.
      #expect(sampler.next(row) == 1)
      #expect(sampler.next(row) == 0)
    }
    parameters = .greedy
    parameters.frequencyPenalty = 0.4
    sampler = Sampler(parameters, prompt: [0, 0, 0])
    // Only the reply counts: 3, 2.6, 2.2, then 1.8 < 2.
    let chosen = logits.withUnsafeBufferPointer { row in (0..<4).map { _ in sampler.next(row) } }
    #expect(chosen == [0, 0, 0, 1])
    parameters = .greedy
    parameters.presencePenalty = 1.5
    sampler = Sampler(parameters)
    let present = logits.withUnsafeBufferPointer { row in (0..<4).map { _ in sampler.next(row) } }
    #expect(present == [0, 1, 0, 0])
  }

  @Test func seedsRepeat() {
    let logits = (0..<100).map { Float($0 % 13) / 4 }
    func draw(_ seed: UInt64?) -> [TokenID] {
      var parameters = GenerateParameters()
      parameters.seed = seed
      var sampler = Sampler(parameters)
      return logits.withUnsafeBufferPointer { row in (0..<50).map { _ in sampler.next(row) } }
    }
    #expect(draw(1) == draw(1))
    #expect(draw(1) != draw(2))
    #expect(draw(nil) != draw(nil))
  }
}
