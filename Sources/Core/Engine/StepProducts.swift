/// Matrices that multiply the same inputs in one parallel region.
struct Product: Sendable {
  let matrices: [PackedMatrix]
  /// Outputs of each: the distance between rows of its results.
  let strides: [Int]
  /// Whether any of them multiplies integers.
  let isQuantized: Bool

  init(_ matrices: [PackedMatrix]) {
    self.matrices = matrices
    strides = matrices.map(\.rows)
    isQuantized = matrices.contains(where: \.needsQuantizedActivations)
  }
}

/// The products of one step of a plan; those it does not have are empty.
struct StepProducts: Sendable {
  /// q, k and v.
  let attentionInput: Product
  let attentionOutput: Product
  /// Gate (where there is one) and up.
  let mlpInput: Product
  let mlpOutput: Product

  init(_ step: BlockStep, matrix: (ParameterID) -> PackedMatrix) {
    let a = step.attention
    let m = step.mlp
    attentionInput = Product(a.map { [$0.query, $0.key, $0.value].map { matrix($0.weight) } } ?? [])
    attentionOutput = Product(a.map { [matrix($0.output.weight)] } ?? [])
    mlpInput = Product(m.map { [$0.gate, $0.up].compactMap { $0.map { matrix($0.weight) } } } ?? [])
    mlpOutput = Product(m.map { [matrix($0.down.weight)] } ?? [])
  }
}

extension BlockPlan {
  /// Parameters that stand in a matrix product (with tied embeddings the embedding is one).
  var productWeights: Set<ParameterID> {
    var ids: Set<ParameterID> = [head.weight]
    for step in steps {
      if let a = step.attention {
        ids.formUnion([a.query.weight, a.key.weight, a.value.weight, a.output.weight])
      }
      if let m = step.mlp {
        ids.formUnion([m.up.weight, m.down.weight])
        if let gate = m.gate { ids.insert(gate.weight) }
      }
    }
    return ids
  }
}
