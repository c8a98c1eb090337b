/// The first thing in which two plans are not the same model.
struct ModelDifference: Equatable {
  /// "the activation"
  var what: String
  /// "relu"
  var wanted: String
  var found: String

  func sentence(in format: String) -> String {
    "\(format) has no words for \(what) of this model: \(wanted) would be read as \(found)"
  }

  /// nil where both are the same but for rounding.
  static func first(_ a: BlockPlan, _ b: BlockPlan) -> ModelDifference? {
    let (x, y) = (a.configuration, b.configuration)
    let settings: [(String, String, String)] = [
      ("the vocabulary", "\(x.vocabularySize) tokens", "\(y.vocabularySize) tokens"),
      ("the layers", "\(x.layers)", "\(y.layers)"),
      ("the width", "\(x.hiddenSize)", "\(y.hiddenSize)"),
      ("the width of the MLP", "\(x.intermediateSize)", "\(y.intermediateSize)"),
      ("the heads", heads(x), heads(y)),
      ("the size of heads", "\(x.headDimension)", "\(y.headDimension)"),
      ("the context", "\(x.contextLength) tokens", "\(y.contextLength) tokens"),
      ("the norms", x.norm.rawValue, y.norm.rawValue),
      ("the activation", x.activation.rawValue, y.activation.rawValue),
      ("the MLP", x.gatedMLP ? "with a gate" : "without a gate", y.gatedMLP ? "with a gate" : "without a gate"),
      ("the positions", x.positions.rawValue, y.positions.rawValue),
      ("the biases", biases(x), biases(y)),
      ("the norms of queries and keys", x.queryKeyNorm ? "some" : "none", y.queryKeyNorm ? "some" : "none"),
      ("the norms after each part", x.postNorms ? "some" : "none", y.postNorms ? "some" : "none"),
      ("the windows of attention", windows(x), windows(y)),
      ("the output", x.tiedEmbeddings ? "tied" : "of its own", y.tiedEmbeddings ? "tied" : "of its own"),
    ]
    if let found = settings.first(where: { $0.1 != $0.2 }) {
      return ModelDifference(what: found.0, wanted: found.1, found: found.2)
    }
    return numbers(a, b)
  }

  private static func numbers(_ a: BlockPlan, _ b: BlockPlan) -> ModelDifference? {
    let (x, y) = (a.configuration, b.configuration)
    func scale(_ c: ModelConfiguration) -> Float { c.attentionScale ?? 1 / Float(c.headDimension).squareRoot() }
    let numbers: [(String, Float?, Float?)] = [
      ("the norms' epsilon", x.normEpsilon, y.normEpsilon),
      ("what is added to norm weights", x.normWeightOffset, y.normWeightOffset),
      ("the scale of attention", scale(x), scale(y)),
      ("the soft cap of attention", x.attentionSoftcap, y.attentionSoftcap),
      ("the soft cap of logits", x.finalSoftcap, y.finalSoftcap),
      ("the scale of embeddings", x.embeddingScale, y.embeddingScale),
    ]
    for (what, wanted, found) in numbers where !near(wanted, found) {
      return ModelDifference(what: what, wanted: text(wanted), found: text(found))
    }
    for (step, other) in zip(rotary(a), rotary(b)) {
      let same =
        step.inverseFrequencies.count == other.inverseFrequencies.count
        && zip(step.inverseFrequencies, other.inverseFrequencies).allSatisfy { near($0, $1) }
        && near(step.attentionFactor, other.attentionFactor)
      if !same {
        return ModelDifference(what: "the rotary embedding", wanted: text(step), found: text(other))
      }
    }
    return nil
  }

  private static func near(_ a: Float?, _ b: Float?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return abs(a - b) <= 1e-5 * max(abs(a), abs(b))
  }

  private static func text(_ value: Float?) -> String { value.map { "\($0)" } ?? "none" }

  private static func text(_ step: RotaryStep) -> String {
    let frequencies = step.inverseFrequencies
    return "frequencies \(frequencies.first ?? 0) to \(frequencies.last ?? 0) over \(2 * frequencies.count) dimensions"
  }

  private static func rotary(_ plan: BlockPlan) -> [RotaryStep] {
    plan.steps.map {
      switch $0 {
      case .attention(let step), .parallel(let step, _):
        step.rotary ?? RotaryStep(inverseFrequencies: [], attentionFactor: 1)
      case .mlp: RotaryStep(inverseFrequencies: [], attentionFactor: 1)
      }
    }
  }

  private static func heads(_ c: ModelConfiguration) -> String { "\(c.heads), \(c.keyValueHeads) for keys and values" }

  private static func biases(_ c: ModelConfiguration) -> String {
    let parts = [
      c.queryKeyValueBias ? "of queries, keys and values" : nil, c.outputBias ? "of attention's output" : nil,
      c.mlpBias ? "of the MLP" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }

  /// "16 in layers 0, 1, 2" — of layers that see all, nothing.
  private static func windows(_ c: ModelConfiguration) -> String {
    let sliding = (0..<c.layers).compactMap { layer in
      layer < c.slidingWindows.count ? c.slidingWindows[layer].map { (layer, $0) } : nil
    }
    guard let first = sliding.first else { return "none" }
    guard sliding.allSatisfy({ $0.1 == first.1 }) else {
      return sliding.map { "\($0.1) tokens in layer \($0.0)" }.joined(separator: ", ")
    }
    return "\(first.1) tokens in " + (sliding.count == c.layers ? "all layers" : "layers \(sliding.map { $0.0 })")
  }
}
