import Core

extension ParameterSlab {
  /// Copies every parameter of a model file, unpacked to 32 bits.
  public func load(_ files: ModelFiles) {
    for id in specifications.indices {
      let rows = files.rows(of: id)
      guard let base = value(id).baseAddress else { continue }
      rows.read(0..<rows.rows, into: base)
    }
  }

  /// GPT-2's start: matrices and embeddings normal with deviation 0.02, those that write to the residual stream divided
  /// by √(2·layers), norms one (less the plan's offset), biases zero.
  public func initialize(for plan: BlockPlan, seed: UInt64) {
    var random = RandomGenerator(seed: seed)
    var residual: Set<ParameterID> = []
    for step in plan.steps {
      switch step {
      case .attention(let attention): residual.insert(attention.output.weight)
      case .mlp(let mlp): residual.insert(mlp.down.weight)
      case .parallel(let attention, let mlp): residual.formUnion([attention.output.weight, mlp.down.weight])
      }
    }
    let shrink = 1 / Float(2 * max(1, plan.configuration.layers)).squareRoot()
    for id in specifications.indices {
      let values = value(id)
      switch specifications[id].role {
      case .norm: values.update(repeating: 1 - plan.configuration.normWeightOffset)
      case .bias: values.update(repeating: 0)
      case .matrix, .embedding, .positionEmbedding:
        let deviation = residual.contains(id) ? 0.02 * shrink : 0.02
        for i in values.indices { values[i] = random.gaussian() * deviation }
      }
    }
  }
}

extension PlanModel {
  /// A model file made trainable.
  public convenience init(_ files: ModelFiles, decayAll: Bool = false) {
    let slab = ParameterSlab(files.plan.parameters, decayAll: decayAll)
    slab.load(files)
    self.init(plan: files.plan, parameters: slab)
  }
}
