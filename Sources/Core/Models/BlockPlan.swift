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
}

/// y = x · Wᵀ (+ bias), W `[outputs, inputs]`.
public struct LinearStep: Sendable, Equatable {
  public var weight: ParameterID
  public var bias: ParameterID?
  public var inputs: Int
  public var outputs: Int
}

/// Rotation of the first `2 × inverseFrequencies.count` dimensions of each head, pairing i with i + n/2.
public struct RotaryStep: Sendable, Equatable {
  /// Radians a position turns each pair by, scaling already applied.
  public var inverseFrequencies: [Float]
  /// cos and sin are multiplied by this.
  public var attentionFactor: Float
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
