import Core
import Foundation
import Testing

@Suite struct MetricsTests {
  private func rounded(_ x: Double, _ digits: Int) -> Double {
    let p = pow(10, Double(digits))
    return (x * p).rounded() / p
  }

  @Test func perplexity() {
    let p = [0.10, 0.20, 0.05, 0.50, 0.30, 0.40, 0.15, 0.25]
    #expect(rounded(Perplexity.meanNegativeLogLikelihood(p.map { log($0) }), 3) == 1.626)
    #expect(rounded(Perplexity.of(probabilities: p), 2) == 5.08)
    #expect(abs(Perplexity.of(probabilities: [Double](repeating: 1 / 1000.0, count: 17)) - 1000) < 1e-9)
    #expect(Perplexity.of(probabilities: [Double]()).isNaN)
  }

  @Test func rouge() {
    // 9 words against 8, five in common and in the same order.
    let reference = Rouge.words("The cat sat on the mat near a door.")
    let output = Rouge.words("the cat sat on mat with big dogs")
    #expect(reference.count == 9 && output.count == 8)
    #expect(rounded(Rouge.n(1, reference: reference, output: output).recall, 2) == 0.56)
    #expect(rounded(Rouge.l(reference: reference, output: output).f(beta: 8), 2) == 0.56)
    #expect(Rouge.longestCommonSubsequence(Array("ABCBDAB"), Array("BDCABA")) == 4)
    #expect(Rouge.n(2, reference: ["a", "b", "a", "b"], output: ["a", "b"]).recall == 1 / 3.0)
    #expect(Rouge.n(2, reference: ["a"], output: ["a"]).f1 == 0)
    // A word given more often than it was wanted counts as often as it was wanted.
    #expect(Rouge.n(1, reference: ["a", "b"], output: ["a", "a", "a"]).precision == 1 / 3.0)
  }

  @Test func elo() {
    var elo = Elo()
    elo.record("A", against: "B", score: 1)
    #expect(elo.rating("A") == 1516 && elo.rating("B") == 1484)
    elo.record("C", against: "A", score: 1)
    #expect(elo.rating("A").rounded() == 1499 && elo.rating("C").rounded() == 1517)
    elo.record("C", against: "B", score: 1)
    #expect(elo.rating("B").rounded() == 1470 && elo.rating("C").rounded() == 1531)
    #expect(elo.games == ["A": 2, "B": 2, "C": 2])
  }

  @Test func classification() {
    let c = Classification(expected: ["a", "a", "b", "c"], predicted: ["a", "b", "b", "a"])
    #expect(c.accuracy == 0.5)
    #expect(c.labels.map(\.name) == ["a", "b", "c"])
    #expect(c.labels[0].precision == 0.5 && c.labels[0].recall == 0.5)
    #expect(c.labels[1].f1 == 2.0 / 3 && c.labels[2].f1 == 0)
    #expect(Classification(expected: [], predicted: []).accuracy == 0)
  }

  @Test func logProbabilities() {
    let logits: [Float] = [2, 1, 0.5, 1]
    logits.withUnsafeBufferPointer { row in
      let p = [Double](logits.map { exp(Double($0)) })
      let sum = p.reduce(0, +)
      #expect(abs(LogProbability.of(2, in: row) - log(p[2] / sum)) < 1e-6)
      #expect((0..<4).map { LogProbability.rank(of: TokenID($0), in: row) } == [1, 2, 4, 3])
      let entropy = -p.reduce(0) { $0 + $1 / sum * log($1 / sum) }
      #expect(abs(LogProbability.entropy(row) - entropy) < 1e-6)
      #expect(LogProbability.top(3, in: row).map(\.id) == [0, 1, 3])
      #expect(LogProbability.top(9, in: row).count == 4)
      #expect(LogProbability.of(9, in: row) == -.infinity)
    }
    let softmax: [Float] = [0.8, 0.2]
    softmax.withUnsafeBufferPointer {
      #expect(rounded(exp(LogProbability.of(0, in: $0)), 3) == 0.646)
    }
    let uniform = [Float](repeating: 3, count: 50)
    uniform.withUnsafeBufferPointer { #expect(abs(LogProbability.entropy($0) - log(50)) < 1e-6) }
    let impossible: [Float] = [0, -.infinity]
    impossible.withUnsafeBufferPointer { #expect(LogProbability.entropy($0) == 0) }
  }
}
