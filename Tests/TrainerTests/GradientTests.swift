import Core
import Testing
import Trainer

/// Every operation's gradient against central finite differences of Σ output · r, the sum taken in double.
struct GradientCheck {
  var specifications: [ParameterSpecification] = []
  var inputs: [(values: [Float], columns: Int)] = []
  var batch: Batch
  var pool = ThreadPool(threads: 2)
  var random = RandomGenerator(seed: 7)

  init(lengths: [Int], vocabulary: Int = 11) {
    batch = Batch()
    var random = RandomGenerator(seed: 3)
    for length in lengths {
      let ids = (0..<length).map { _ in TokenID(random.next() % UInt64(vocabulary)) }
      let targets = (0..<length).map { _ in
        random.uniform() < 0.2 ? TokenID(-100) : TokenID(random.next() % UInt64(vocabulary))
      }
      batch.append(ids: ids[...], targets: targets[...])
    }
  }

  mutating func parameter(_ shape: [Int], _ role: ParameterSpecification.Role = .matrix) -> ParameterID {
    specifications.append(.init(name: "p\(specifications.count)", shape: shape, role: role))
    return specifications.count - 1
  }

  /// An input of one row a token.
  mutating func input(columns: Int, scale: Float = 1) -> Int {
    inputs.append(((0..<(batch.tokenCount * columns)).map { _ in random.gaussian() * scale }, columns))
    return inputs.count - 1
  }

  func check(
    tolerance: Double = 2e-3, step: Float = 1e-2, sourceLocation: SourceLocation = #_sourceLocation,
    _ build: (Tape, [Tensor]) -> Tensor
  ) {
    var random = RandomGenerator(seed: 11)
    let slab = ParameterSlab(specifications)
    for id in specifications.indices {
      for i in slab.value(id).indices { slab.value(id)[i] = random.gaussian() * 0.5 }
    }
    let tape = Tape(parameters: slab, pool: pool)
    var inputs = self.inputs
    func run() -> (Tensor, [Tensor]) {
      tape.begin(batch)
      let tensors = inputs.map { tape.constant($0.values, columns: $0.columns) }
      return (build(tape, tensors), tensors)
    }
    let (shape, _) = run()
    let weights = (0..<shape.count).map { _ in random.gaussian() }
    func value() -> Double {
      let (out, _) = run()
      return zip(tape.values(of: out), weights).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    }
    let (out, tensors) = run()
    tape.seed(out, gradient: weights)
    tape.backward(keeping: tensors)
    let inputGradients = tensors.map { tape.gradient(of: $0).map(Array.init) ?? [] }
    let parameterGradients = specifications.indices.map { slab.gradient($0).map(Array.init) ?? [] }

    func compare(_ analytic: Float, _ what: String, _ move: (Float) -> Void) {
      move(step)
      let high = value()
      move(-2 * step)
      let low = value()
      move(step)
      let numeric = (high - low) / (2 * Double(step))
      #expect(
        abs(numeric - Double(analytic)) <= tolerance * max(1, abs(numeric)), "\(what): \(analytic) for \(numeric)",
        sourceLocation: sourceLocation)
    }
    for (n, input) in self.inputs.enumerated() {
      #expect(inputGradients[n].count == input.values.count, sourceLocation: sourceLocation)
      guard inputGradients[n].count == input.values.count else { continue }
      for i in stride(from: 0, to: input.values.count, by: max(1, input.values.count / 40)) {
        compare(inputGradients[n][i], "input \(n)[\(i)]") { inputs[n].values[i] += $0 }
      }
    }
    for id in specifications.indices {
      let values = slab.value(id)
      for i in stride(from: 0, to: values.count, by: max(1, values.count / 40)) {
        compare(parameterGradients[id][i], "parameter \(id)[\(i)]") { values[i] += $0 }
      }
    }
  }
}

@Suite struct GradientTests {
  @Test func linear() {
    var c = GradientCheck(lengths: [5, 2])
    let x = c.input(columns: 13)
    let w = c.parameter([19, 13]), b = c.parameter([19], .bias)
    c.check { tape, inputs in
      tape.linear(inputs[x], LinearStep(weight: w, bias: b, inputs: 13, outputs: 19))
    }
  }

  @Test func aTensorWithSeveralReaders() {
    var c = GradientCheck(lengths: [4])
    let x = c.input(columns: 6)
    let w = c.parameter([6, 6])
    c.check { tape, inputs in
      let step = LinearStep(weight: w, bias: nil, inputs: 6, outputs: 6)
      let once = tape.linear(inputs[x], step)
      let twice = tape.linear(once, step)
      return tape.add(tape.add(inputs[x], twice, scale: 0.5), once)
    }
  }

  @Test(arguments: [NormKind.rms, .layer], [1, 3, 17, 40])
  func norms(_ kind: NormKind, _ width: Int) {
    var c = GradientCheck(lengths: [3, 4])
    let x = c.input(columns: width)
    let w = c.parameter([width], .norm)
    let b = kind == .layer ? c.parameter([width], .bias) : nil
    c.check(tolerance: 5e-3, step: 4e-3) { tape, inputs in
      tape.norm(
        inputs[x], NormStep(kind: kind, weight: w, bias: b, epsilon: 0.1, weightOffset: kind == .rms ? 1 : 0))
    }
  }

  @Test func manyRowsOfANormAddUpInChunks() {
    var c = GradientCheck(lengths: [1900])
    let x = c.input(columns: 9)
    let w = c.parameter([9], .norm), b = c.parameter([9], .bias)
    c.check(tolerance: 5e-3) { tape, inputs in
      tape.norm(inputs[x], NormStep(kind: .layer, weight: w, bias: b, epsilon: 0.1, weightOffset: 0))
    }
  }

  @Test func headNormsSeeEachHeadAsARow() {
    var c = GradientCheck(lengths: [3])
    let x = c.input(columns: 12)
    let w = c.parameter([4], .norm)
    c.check(tolerance: 5e-3) { tape, inputs in
      tape.norm(
        inputs[x].reshaped(columns: 4), NormStep(kind: .rms, weight: w, bias: nil, epsilon: 0.1, weightOffset: 0))
    }
  }

  @Test(arguments: [Activation.silu, .gelu, .geluTanh])
  func activations(_ activation: Activation) {
    var c = GradientCheck(lengths: [5])
    let gate = c.input(columns: 7), up = c.input(columns: 7)
    c.check { tape, inputs in tape.activation(inputs[gate], times: inputs[up], activation) }
    c.inputs.removeLast()
    c.check { tape, inputs in tape.activation(inputs[gate], activation) }
  }

  @Test func rectifiedLinear() {
    var c = GradientCheck(lengths: [5])
    let x = c.input(columns: 7)
    // Away from the corner, where there is no derivative.
    c.inputs[x].values = c.inputs[x].values.map { abs($0) < 0.05 ? 0.5 : $0 }
    c.check { tape, inputs in tape.activation(inputs[x], .relu) }
  }

  @Test func embeddingsAndPositions() {
    var c = GradientCheck(lengths: [5, 3], vocabulary: 6)
    let table = c.parameter([6, 10], .embedding), places = c.parameter([8, 10], .positionEmbedding)
    c.check { tape, _ in tape.addPositions(tape.embedding(table, scale: 1.5), places) }
  }

  @Test func rotary() {
    var c = GradientCheck(lengths: [6, 2])
    let x = c.input(columns: 20)
    let w = c.parameter([20, 20])
    let step = RotaryStep(inverseFrequencies: [1, 0.3, 0.1], attentionFactor: 1.25)
    c.check { tape, inputs in
      let y = tape.linear(inputs[x], LinearStep(weight: w, bias: nil, inputs: 20, outputs: 20))
      // Heads of ten, of which six dimensions turn.
      tape.rotary(y, step, headDimension: 10)
      return y
    }
  }

  struct AttentionCase: Sendable, CustomTestStringConvertible {
    var lengths: [Int], heads: Int, groups: Int, width: Int
    var softcap: Float?
    var window: Int?
    var testDescription: String { "\(lengths) \(heads)/\(groups)×\(width) cap \(softcap ?? 0) window \(window ?? 0)" }
  }

  @Test(arguments: [
    AttentionCase(lengths: [1], heads: 1, groups: 1, width: 4),
    AttentionCase(lengths: [5, 7], heads: 2, groups: 2, width: 6),
    AttentionCase(lengths: [9, 70], heads: 4, groups: 2, width: 5),
    AttentionCase(lengths: [40], heads: 2, groups: 1, width: 20, softcap: 2),
    AttentionCase(lengths: [150], heads: 1, groups: 1, width: 16, window: 10),
    AttentionCase(lengths: [133, 3], heads: 2, groups: 2, width: 33, softcap: 3, window: 70),
  ])
  func attention(_ a: AttentionCase) {
    var c = GradientCheck(lengths: a.lengths)
    let q = c.input(columns: a.heads * a.width), k = c.input(columns: a.groups * a.width)
    let v = c.input(columns: a.groups * a.width)
    let none = LinearStep(weight: 0, bias: nil, inputs: 0, outputs: 0)
    let step = AttentionStep(
      layer: 0, norm: nil, query: none, key: none, value: none, queryNorm: nil, keyNorm: nil, rotary: nil,
      heads: a.heads, keyValueHeads: a.groups, headDimension: a.width, scale: 0.4, softcap: a.softcap,
      window: a.window, output: none, postNorm: nil, residualMultiplier: 1)
    c.check { tape, inputs in tape.attention(inputs[q], inputs[k], inputs[v], step) }

    // And the values themselves, against the definition.
    let slab = ParameterSlab([])
    let tape = Tape(parameters: slab, pool: c.pool)
    tape.begin(c.batch)
    let inputs = c.inputs.map { tape.constant($0.values, columns: $0.columns) }
    let out = Array(tape.values(of: tape.attention(inputs[q], inputs[k], inputs[v], step)))
    let expected = plainAttention(a, c.batch, c.inputs.map(\.values), scale: 0.4)
    #expect(zip(out, expected).allSatisfy { abs(Double($0) - $1) < 1e-4 })
  }

  private func plainAttention(_ a: AttentionCase, _ batch: Batch, _ x: [[Float]], scale: Double) -> [Double] {
    let (q, k, v) = (x[0], x[1], x[2])
    var out = [Double](repeating: 0, count: q.count)
    for s in 0..<batch.sequenceCount {
      for head in 0..<a.heads {
        let group = head / (a.heads / a.groups)
        for i in batch.starts[s]..<batch.starts[s + 1] {
          let from = max(batch.starts[s], a.window.map { i - $0 + 1 } ?? 0)
          var scores: [Double] = []
          for j in from...i {
            var dot = 0.0
            for p in 0..<a.width {
              dot += Double(q[(i * a.heads + head) * a.width + p]) * Double(k[(j * a.groups + group) * a.width + p])
            }
            dot *= scale
            if let cap = a.softcap.map(Double.init) { dot = cap * tanhOf(dot / cap) }
            scores.append(expOf(dot))
          }
          let total = scores.reduce(0, +)
          for (n, j) in (from...i).enumerated() {
            for p in 0..<a.width {
              out[(i * a.heads + head) * a.width + p] +=
                scores[n] / total * Double(v[(j * a.groups + group) * a.width + p])
            }
          }
        }
      }
    }
    return out
  }

  @Test(arguments: [nil, 3] as [Float?])
  func crossEntropy(_ softcap: Float?) {
    var c = GradientCheck(lengths: [6, 5], vocabulary: 23)
    _ = c.input(columns: 9, scale: 0.7)
    let slab = ParameterSlab([
      .init(name: "w", shape: [23, 9], role: .matrix), .init(name: "b", shape: [23], role: .bias),
    ])
    for id in 0..<2 { for i in slab.value(id).indices { slab.value(id)[i] = c.random.gaussian() * 0.4 } }
    let head = LinearStep(weight: 0, bias: 1, inputs: 9, outputs: 23)
    let tape = Tape(parameters: slab, pool: c.pool)
    var x = c.inputs[0].values
    let scale = 1 / Float(c.batch.supervisedCount)
    func loss() -> Double {
      tape.begin(c.batch, recording: false)
      return tape.crossEntropy(tape.constant(x, columns: 9), head: head, softcap: softcap, scale: 0).mean
    }
    tape.begin(c.batch)
    let hidden = tape.constant(x, columns: 9)
    let recorded = tape.crossEntropy(hidden, head: head, softcap: softcap, scale: scale)
    let dx = tape.gradient(of: hidden).map(Array.init) ?? []
    let gradients = (0..<2).map { slab.gradient($0).map(Array.init) ?? [] }
    #expect(abs(recorded.mean - loss()) < 1e-6)
    #expect(recorded.supervised == c.batch.supervisedCount)
    func compare(_ analytic: Float, _ move: (Float) -> Void) {
      move(0.02)
      let high = loss()
      move(-0.04)
      let low = loss()
      move(0.02)
      #expect(abs((high - low) / 0.04 - Double(analytic)) < 2e-4)
    }
    for i in x.indices { compare(dx[i]) { x[i] += $0 } }
    for id in 0..<2 {
      for i in gradients[id].indices { compare(gradients[id][i]) { slab.value(id)[i] += $0 } }
    }
  }
}
