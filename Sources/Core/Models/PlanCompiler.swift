#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension BlockPlan {
  /// Compiles a configuration: parameters in the order they are used, then the steps that use them.
  public init(_ c: ModelConfiguration) {
    var parameters: [ParameterSpecification] = []
    func add(_ name: String, _ shape: [Int], _ role: ParameterSpecification.Role, _ layer: Int? = nil) -> ParameterID {
      parameters.append(.init(name: name, shape: shape, role: role, layer: layer))
      return parameters.count - 1
    }
    func norm(_ name: String, _ size: Int, _ layer: Int?, kind: NormKind = c.norm) -> NormStep {
      let weight = add(name + ".weight", [size], .norm, layer)
      let bias = kind == .layer ? add(name + ".bias", [size], .bias, layer) : nil
      return NormStep(
        kind: kind, weight: weight, bias: bias, epsilon: c.normEpsilon, weightOffset: c.normWeightOffset)
    }
    func linear(_ name: String, _ outputs: Int, _ inputs: Int, _ bias: Bool, _ layer: Int) -> LinearStep {
      let weight = add(name + ".weight", [outputs, inputs], .matrix, layer)
      let offset = bias ? add(name + ".bias", [outputs], .bias, layer) : nil
      return LinearStep(weight: weight, bias: offset, inputs: inputs, outputs: outputs)
    }

    let embedding = add("embedding.weight", [c.vocabularySize, c.hiddenSize], .embedding)
    let position =
      c.positions == .learned ? add("position.weight", [c.contextLength, c.hiddenSize], .positionEmbedding) : nil
    let globalRotary = c.positions == .rope ? c.rope.map(RotaryStep.init) : nil
    let localRotary = c.localRope.map(RotaryStep.init) ?? globalRotary

    var steps: [BlockStep] = []
    for layer in 0..<c.layers {
      let window = layer < c.slidingWindows.count ? c.slidingWindows[layer] : nil
      let turns = layer >= c.layersWithoutRope.count || !c.layersWithoutRope[layer]
      let prefix = "blocks.\(layer)."
      let queryWidth = c.heads * c.headDimension
      let keyWidth = c.keyValueHeads * c.headDimension
      let headNorms = c.queryKeyNorm
      let attentionNorm = norm(prefix + "attention.norm", c.hiddenSize, layer)
      let query = linear(prefix + "attention.query", queryWidth, c.hiddenSize, c.queryKeyValueBias, layer)
      let key = linear(prefix + "attention.key", keyWidth, c.hiddenSize, c.queryKeyValueBias, layer)
      let value = linear(prefix + "attention.value", keyWidth, c.hiddenSize, c.queryKeyValueBias, layer)
      let queryNorm =
        headNorms ? norm(prefix + "attention.query_norm", c.headDimension, layer, kind: .rms) : nil
      let keyNorm = headNorms ? norm(prefix + "attention.key_norm", c.headDimension, layer, kind: .rms) : nil
      let output = linear(prefix + "attention.output", c.hiddenSize, queryWidth, c.outputBias, layer)
      let attentionPostNorm = c.postNorms ? norm(prefix + "attention.post_norm", c.hiddenSize, layer) : nil
      steps.append(
        .attention(
          AttentionStep(
            layer: layer, norm: attentionNorm, query: query, key: key, value: value, queryNorm: queryNorm,
            keyNorm: keyNorm, rotary: !turns ? nil : window == nil ? globalRotary : localRotary, heads: c.heads,
            keyValueHeads: c.keyValueHeads, headDimension: c.headDimension,
            scale: c.attentionScale ?? 1 / Float(c.headDimension).squareRoot(), softcap: c.attentionSoftcap,
            window: window, output: output, postNorm: attentionPostNorm, residualMultiplier: 1)))

      let mlpNorm = norm(prefix + "mlp.norm", c.hiddenSize, layer)
      let gate =
        c.gatedMLP ? linear(prefix + "mlp.gate", c.intermediateSize, c.hiddenSize, c.mlpBias, layer) : nil
      let up = linear(prefix + "mlp.up", c.intermediateSize, c.hiddenSize, c.mlpBias, layer)
      let down = linear(prefix + "mlp.down", c.hiddenSize, c.intermediateSize, c.mlpBias, layer)
      let mlpPostNorm = c.postNorms ? norm(prefix + "mlp.post_norm", c.hiddenSize, layer) : nil
      steps.append(
        .mlp(
          MLPStep(
            layer: layer, norm: mlpNorm, gate: gate, up: up, down: down, activation: c.activation,
            postNorm: mlpPostNorm, residualMultiplier: 1)))
    }

    let finalNorm = norm("final_norm", c.hiddenSize, nil)
    let headWeight =
      c.tiedEmbeddings ? embedding : add("head.weight", [c.vocabularySize, c.hiddenSize], .matrix)
    self.init(
      configuration: c, parameters: parameters, tokenEmbedding: embedding, embeddingScale: c.embeddingScale,
      positionEmbedding: position, steps: steps, finalNorm: finalNorm,
      head: LinearStep(weight: headWeight, bias: nil, inputs: c.hiddenSize, outputs: c.vocabularySize),
      finalSoftcap: c.finalSoftcap)
  }
}

extension RotaryStep {
  /// Frequencies Θ^(−2i/d), i = 0 … d/2 − 1, with the scaling a configuration asks for.
  init(_ rope: RopeConfiguration) {
    var attentionFactor: Float = 1
    let pairs = rope.dimensions / 2
    var frequencies = (0..<pairs).map { pow(rope.base, -2 * Double($0) / Double(rope.dimensions)) }
    switch rope.scaling {
    case nil: break
    case .linear(let factor):
      frequencies = frequencies.map { $0 / factor }
    case .llama3(let factor, let low, let high, let original):
      // Llama 3.1: long wavelengths are divided by the factor, short ones kept, those between blended.
      frequencies = frequencies.map { f in
        let wavelength = 2 * Double.pi / f
        if wavelength < Double(original) / high { return f }
        if wavelength > Double(original) / low { return f / factor }
        let smooth = (Double(original) / wavelength - low) / (high - low)
        return (1 - smooth) * f / factor + smooth * f
      }
    case .factors(let divisors, let factor):
      attentionFactor = Float(factor)
      frequencies = zip(frequencies, divisors).map { $0 / Double($1) }
    }
    self.init(inverseFrequencies: frequencies.map(Float.init), attentionFactor: attentionFactor)
  }
}
