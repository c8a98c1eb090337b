/// Index of a parameter in ``BlockPlan/parameters``.
public typealias ParameterID = Int

/// One parameter of a model, under the name and in the shape that both executors use.
public struct ParameterSpecification: Sendable, Equatable {
  public enum Role: String, Sendable {
    case embedding, positionEmbedding, matrix, norm, bias
  }
  /// Canonical name, always `[out, in]` for matrices and q, k, v apart:
  /// `embedding.weight`, `position.weight`, `blocks.3.attention.query.weight`, `blocks.3.mlp.gate.weight`,
  /// `blocks.3.attention.norm.weight`, `final_norm.weight`, `head.weight` (absent when tied) …
  public var name: String
  /// `[rows, columns]` of a matrix, `[count]` of a vector.
  public var shape: [Int]
  public var role: Role
  /// nil outside the blocks.
  public var layer: Int?

  public init(name: String, shape: [Int], role: Role, layer: Int? = nil) {
    self.name = name
    self.shape = shape
    self.role = role
    self.layer = layer
  }

  public var count: Int { shape.reduce(1, *) }
}

/// y = norm(x) · (weight + offset) (+ bias), over the last dimension.
public struct NormStep: Sendable, Equatable {
  public var kind: NormKind
  public var weight: ParameterID
  public var bias: ParameterID?
  public var epsilon: Float
  public var weightOffset: Float

  public init(
    kind: NormKind, weight: ParameterID, bias: ParameterID?, epsilon: Float, weightOffset: Float
  ) {
    self.kind = kind
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
    self.weightOffset = weightOffset
  }
}

/// y = x · Wᵀ (+ bias), W `[outputs, inputs]`.
public struct LinearStep: Sendable, Equatable {
  public var weight: ParameterID
  public var bias: ParameterID?
  public var inputs: Int
  public var outputs: Int

  public init(
    weight: ParameterID, bias: ParameterID?, inputs: Int, outputs: Int
  ) {
    self.weight = weight
    self.bias = bias
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// Rotation of the first `2 × inverseFrequencies.count` dimensions of each head, pairing i with i + n/2.
public struct RotaryStep: Sendable, Equatable {
  /// Radians a position turns each pair by, scaling already applied.
  public var inverseFrequencies: [Float]
  /// cos and sin are multiplied by this.
  public var attentionFactor: Float

  public init(
    inverseFrequencies: [Float], attentionFactor: Float
  ) {
    self.inverseFrequencies = inverseFrequencies
    self.attentionFactor = attentionFactor
  }
}

/// norm → q, k, v → head norms → rotation → causal attention → output (→ norm) → ×multiplier → + residual.
public struct AttentionStep: Sendable, Equatable {
  public var layer: Int
  public var norm: NormStep?
  public var query: LinearStep
  public var key: LinearStep
  public var value: LinearStep
  public var queryNorm: NormStep?
  public var keyNorm: NormStep?
  public var rotary: RotaryStep?
  public var heads: Int
  public var keyValueHeads: Int
  public var headDimension: Int
  public var scale: Float
  public var softcap: Float?
  /// A token sees itself and the window − 1 before it; nil: all before it.
  public var window: Int?
  public var output: LinearStep
  public var postNorm: NormStep?
  public var residualMultiplier: Float

  public init(
    layer: Int, norm: NormStep?, query: LinearStep, key: LinearStep, value: LinearStep, queryNorm: NormStep?,
    keyNorm: NormStep?, rotary: RotaryStep?, heads: Int, keyValueHeads: Int, headDimension: Int, scale: Float,
    softcap: Float?, window: Int?, output: LinearStep, postNorm: NormStep?, residualMultiplier: Float
  ) {
    self.layer = layer
    self.norm = norm
    self.query = query
    self.key = key
    self.value = value
    self.queryNorm = queryNorm
    self.keyNorm = keyNorm
    self.rotary = rotary
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
    self.scale = scale
    self.softcap = softcap
    self.window = window
    self.output = output
    self.postNorm = postNorm
    self.residualMultiplier = residualMultiplier
  }
}

/// norm → (gate and) up → activation → down (→ norm) → ×multiplier → + residual.
public struct MLPStep: Sendable, Equatable {
  public var layer: Int
  public var norm: NormStep?
  public var gate: LinearStep?
  public var up: LinearStep
  public var down: LinearStep
  public var activation: Activation
  public var postNorm: NormStep?
  public var residualMultiplier: Float
}

public enum BlockStep: Sendable, Equatable {
  case attention(AttentionStep)
  case mlp(MLPStep)
  /// Both read the same residual and add to it (GPT-NeoX, Phi).
  case parallel(AttentionStep, MLPStep)
}

/// What a ``ModelConfiguration`` compiles to: the one description that the inference engine and the training tape both
/// execute, so that whatever can be chatted with can be taught.
public struct BlockPlan: Sendable, Equatable {
  public var configuration: ModelConfiguration
  public var parameters: [ParameterSpecification]
  public var tokenEmbedding: ParameterID
  public var embeddingScale: Float
  public var positionEmbedding: ParameterID?
  public var steps: [BlockStep]
  public var finalNorm: NormStep
  /// The output projection; its weight is `tokenEmbedding` where embeddings are tied.
  public var head: LinearStep
  public var finalSoftcap: Float?

  public func parameter(named name: String) -> ParameterID? {
    parameters.firstIndex { $0.name == name }
  }
}
