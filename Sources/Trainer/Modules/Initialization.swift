import Core

extension ParameterSlab {
  /// Copies every parameter of a model file, unpacked to 32 bits. Rows that the file does not have (tokens that were
  /// added) begin near the mean of those it has, so that they are neither likely nor impossible.
  public func load(_ files: ModelFiles, seed: UInt64 = 1) {
    for id in specifications.indices {
      let rows = files.rows(of: id)
      let values = value(id)
      guard let base = values.baseAddress else { continue }
      rows.read(0..<rows.rows, into: base)
      let known = rows.rows * rows.columns
      guard specifications[id].shape.count == 2, values.count > known, rows.columns > 0 else { continue }
      var random = RandomGenerator(seed: seed ^ UInt64(id))
      for column in 0..<rows.columns {
        var mean = 0.0
        for row in 0..<rows.rows { mean += Double(values[row * rows.columns + column]) }
        mean /= Double(max(1, rows.rows))
        for place in stride(from: known + column, to: values.count, by: rows.columns) {
          values[place] = Float(mean) + random.gaussian() * 0.02
        }
      }
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
  /// - Parameter vocabularySize: rows of embedding and head where the file has fewer.
  public convenience init(_ files: ModelFiles, decayAll: Bool = false, vocabularySize: Int = 0, seed: UInt64 = 1) {
    var plan = files.plan
    if vocabularySize > plan.configuration.vocabularySize {
      var configuration = plan.configuration
      configuration.vocabularySize = vocabularySize
      plan = BlockPlan(configuration)
    }
    let slab = ParameterSlab(plan.parameters, decayAll: decayAll)
    slab.load(files, seed: seed)
    self.init(plan: plan, parameters: slab)
  }
}
