import Core
import Testing

@Suite struct ProbeTests {
  /// Writes down what it sees, and may change it.
  private final class Recorder: Probe {
    var taps: Set<Tap> = []
    var seen: [Tap: [[Float]]] = [:]
    var positions: [Int] = []
    var patch: (Tap, TapView) -> Void = { _, _ in }

    func wants(_ tap: Tap) -> Bool { taps.contains(tap) }
    func visit(_ tap: Tap, _ view: TapView) {
      seen[tap, default: []].append(Array(UnsafeBufferPointer(start: view.values, count: view.rows * view.columns)))
      positions.append(view.firstPosition)
      patch(tap, view)
    }
  }

  private let ids: [TokenID] = [3, 1, 4, 1, 5, 9, 2, 6]

  private func logits(_ engine: Engine, probe: Recorder? = nil) throws -> [Float] {
    try engine.step([.init(tokens: ids, pages: engine.makePages())], probe: probe).array(0)
  }

  @Test func lookingChangesNothing() throws {
    for configuration in [EngineFixture.configuration(), EngineFixture.everything()] {
      let engine = EngineFixture.engine(configuration)
      let probe = Recorder()
      probe.taps = [.embeddings, .logits]
      for layer in 0..<2 {
        probe.taps.formUnion([
          .attentionWeights(layer: layer), .headOutputs(layer: layer), .attentionOutput(layer: layer),
          .mlpOutput(layer: layer), .residual(layer: layer),
        ])
      }
      let plain = try logits(engine)
      #expect(try logits(engine, probe: probe) == plain)
      #expect(Set(probe.seen.keys) == probe.taps)
      #expect(probe.seen[.logits]?.first == plain)
      // The residual is the embedding and all that was added to it.
      let residual = probe.seen[.residual(layer: 0)]?[0] ?? []
      let parts = [Tap.embeddings, .attentionOutput(layer: 0), .mlpOutput(layer: 0)].map { probe.seen[$0]?[0] ?? [] }
      #expect(residual.indices.allSatisfy { i in abs(residual[i] - parts.reduce(0) { $0 + $1[i] }) < 1e-4 })
    }
  }

  @Test func attentionWeightsAreADistribution() throws {
    let engine = EngineFixture.engine(EngineFixture.everything())
    let probe = Recorder()
    probe.taps = [.attentionWeights(layer: 0)]
    _ = try logits(engine, probe: probe)
    let rows = probe.seen[.attentionWeights(layer: 0)]?[0] ?? []
    #expect(rows.count == 8 * 4 * 8)
    for token in 0..<8 {
      for head in 0..<4 {
        let row = Array(rows[(token * 4 + head) * 8..<(token * 4 + head + 1) * 8])
        #expect(abs(row.reduce(0, +) - 1) < 1e-5)
        #expect(row[(token + 1)...].allSatisfy { $0 == 0 })
      }
    }
  }

  @Test func patchesReachTheLogits() throws {
    let engine = EngineFixture.engine()
    let plain = try logits(engine)
    let probe = Recorder()
    // Without its head outputs and its MLP a block adds nothing: the next one sees the embeddings again.
    probe.taps = [.headOutputs(layer: 0), .mlpOutput(layer: 0), .embeddings, .residual(layer: 0)]
    probe.patch = { tap, view in
      if tap == .headOutputs(layer: 0) || tap == .mlpOutput(layer: 0) {
        view.values.update(repeating: 0, count: view.rows * view.columns)
      }
    }
    #expect(try logits(engine, probe: probe) != plain)
    #expect(probe.seen[.residual(layer: 0)] == probe.seen[.embeddings])
    let last = Recorder()
    last.taps = [.logits]
    last.patch = { _, view in view.values[7] = 1000 }
    #expect(try logits(engine, probe: last)[7] == 1000)
  }

  @Test func everySequenceOfABatchIsShown() throws {
    let engine = EngineFixture.engine()
    let first = engine.makePages()
    _ = try engine.step([.init(tokens: [1, 2, 3], pages: first)])
    let probe = Recorder()
    probe.taps = [.residual(layer: 1)]
    _ = try engine.step(
      [.init(tokens: [4], pages: first, wants: .none), .init(tokens: ids, pages: engine.makePages())], probe: probe)
    #expect(probe.seen[.residual(layer: 1)]?.map(\.count) == [48, 8 * 48])
    #expect(probe.positions == [3, 0])
  }
}
