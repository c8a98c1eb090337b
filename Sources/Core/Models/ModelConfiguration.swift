/// Which normalisation a model uses.
public enum NormKind: String, Sendable, Codable {
  /// RMSNorm (Zhang & Sennrich 2019).
  case rms
  /// LayerNorm (Ba et al. 2016), with bias.
  case layer
}

public enum Activation: String, Sendable, Codable {
  case silu, gelu, relu
  /// GELU by its tanh approximation (`gelu_new`, `gelu_pytorch_tanh`).
  case geluTanh
}

public enum PositionKind: String, Sendable, Codable {
  /// Rotary embeddings (Su et al. 2021), rotate-half pairing as Hugging Face has it.
  case rope
  /// A learned table of absolute positions (GPT-2).
  case learned
  case none
}

/// Rotary frequencies and how they are stretched to longer contexts.
public struct RopeConfiguration: Sendable, Codable, Equatable {
  public enum Scaling: Sendable, Codable, Equatable {
    case linear(factor: Double)
    /// Llama 3.1's frequency-dependent scaling.
    case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Int)
    /// Divisors for each pair, as GGUF's `rope_freqs.weight` and Phi-3's long/short factors give them.
    case factors([Float], attentionFactor: Double)
  }
  /// Θ of the frequencies Θ^(−2i/d).
  public var base: Double
  /// How many of the head's dimensions turn.
  public var dimensions: Int
  public var scaling: Scaling?

  public init(base: Double, dimensions: Int, scaling: Scaling? = nil) {
    self.base = base
    self.dimensions = dimensions
    self.scaling = scaling
  }
}

/// The shape of a decoder: every architecture is a value of this, compiled to a ``BlockPlan``.
public struct ModelConfiguration: Sendable, Codable, Equatable {
  /// Hugging Face's `model_type`: "llama", "gpt2", "qwen2", "gemma3_text" …
  public var architecture: String
  public var vocabularySize: Int
  public var hiddenSize: Int
  public var intermediateSize: Int
  public var layers: Int
  public var heads: Int
  public var keyValueHeads: Int
  public var headDimension: Int
  /// Longest context the model was made for, in tokens.
  public var contextLength: Int
  public var norm: NormKind = .rms
  public var normEpsilon: Float = 1e-5
  /// Added to every norm weight before use (Gemma stores w − 1).
  public var normWeightOffset: Float = 0
  public var activation: Activation = .silu
  /// SwiGLU-like MLP: down(act(gate(x)) · up(x)); else down(act(up(x))).
  public var gatedMLP = true
  public var positions: PositionKind = .rope
  public var rope: RopeConfiguration?
  /// Per layer: whether it has no rotary positions (SmolLM3). Empty: all turn as `positions` says.
  public var layersWithoutRope: [Bool] = []
  /// Rotary settings of sliding-window layers where they differ (Gemma 3).
  public var localRope: RopeConfiguration?
  /// Per layer: the window in tokens, nil for full attention. Empty: all full.
  public var slidingWindows: [Int?] = []
  /// Scores are multiplied by this; nil: 1/√headDimension.
  public var attentionScale: Float?
  public var attentionSoftcap: Float?
  public var finalSoftcap: Float?
  /// RMSNorm of each head of q and k before rotation (Qwen3, Gemma 3).
  public var queryKeyNorm = false
  /// Biases of q, k, v; of the attention output; of the MLP.
  public var queryKeyValueBias = false
  public var outputBias = false
  public var mlpBias = false
  /// Norms after attention and MLP, before the residual addition (Gemma 2/3).
  public var postNorms = false
  /// Token embeddings are multiplied by this (Gemma: √hiddenSize).
  public var embeddingScale: Float = 1
  public var tiedEmbeddings = false
  public var bosTokenID: TokenID?
  public var eosTokenIDs: [TokenID] = []

  public init(
    architecture: String, vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layers: Int, heads: Int,
    keyValueHeads: Int, headDimension: Int, contextLength: Int
  ) {
    self.architecture = architecture
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
    self.contextLength = contextLength
  }
}
