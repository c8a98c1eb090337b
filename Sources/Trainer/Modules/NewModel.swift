import Core

extension TrainingConfiguration.NewModel {
  var resolvedNorm: NormKind { norm ?? (positions == .learned ? .layer : .rms) }
  /// Which `model_type` says these parts: transformers' where it has one, else our own.
  var architecture: String {
    switch (resolvedNorm, resolvedPositions) {
    case (.rms, .rope): "llama"
    case (.layer, .learned) where resolvedKeyValueHeads == resolvedHeads: "gpt2"
    case (.rms, .none): "smollm3"
    default: "glassbox"
    }
  }
  var resolvedPositions: PositionKind { positions ?? (resolvedNorm == .layer ? .learned : .rope) }
  /// Gated units beside RMSNorm and rotary positions (Llama), plain ones beside LayerNorm and learned ones (GPT-2).
  private var isGated: Bool { resolvedNorm == .rms }
  var resolvedActivation: Activation { activation ?? (isGated ? .silu : .geluTanh) }

  /// Heads of 64 where the width allows, of 32 or less below 512.
  public var resolvedHeads: Int {
    if let heads { return heads }
    let width = hiddenSize >= 512 ? 64 : hiddenSize >= 128 ? 32 : 16
    for head in [width, 64, 32, 16, 8, 4, 2] where head <= hiddenSize && hiddenSize % head == 0 {
      return hiddenSize / head
    }
    return 1
  }

  public var resolvedKeyValueHeads: Int { keyValueHeads ?? resolvedHeads }

  /// 8/3 of the width rounded up to 32 for gated units, four widths else.
  public var resolvedIntermediateSize: Int {
    intermediateSize ?? (isGated ? (hiddenSize * 8 / 3 + 31) / 32 * 32 : hiddenSize * 4)
  }

  /// What the user should know of the model's form; nil where other programs load it.
  var note: String? {
    architecture == "glassbox"
      ? "no class of transformers has \(resolvedNorm.rawValue) norms with positions \(resolvedPositions.rawValue)"
        + (resolvedKeyValueHeads == resolvedHeads ? "" : " and grouped heads")
        + ": the model is saved as model_type \"glassbox\", which Glassbox alone reads" : nil
  }

  /// - Throws: ``TrainingError/value(key:found:expected:)`` where sizes do not fit.
  func validate() throws {
    let heads = resolvedHeads, groups = resolvedKeyValueHeads
    guard hiddenSize % heads == 0 else {
      throw TrainingError.value(
        key: "model.heads", found: "\(heads)", expected: "a divisor of model.hidden_size (\(hiddenSize))")
    }
    guard heads % groups == 0 else {
      throw TrainingError.value(key: "model.kv_heads", found: "\(groups)", expected: "a divisor of \(heads) heads")
    }
    if resolvedPositions == .rope, (hiddenSize / heads) % 2 != 0 {
      throw TrainingError.value(
        key: "model.heads", found: "\(heads)", expected: "such that each head has an even width, which rope needs")
    }
  }

  /// - Parameter contextLength: the longest sequence the model is made for.
  func configuration(vocabularySize: Int, contextLength: Int) -> ModelConfiguration {
    let heads = resolvedHeads
    var c = ModelConfiguration(
      architecture: architecture, vocabularySize: vocabularySize, hiddenSize: hiddenSize,
      intermediateSize: resolvedIntermediateSize, layers: layers, heads: heads, keyValueHeads: resolvedKeyValueHeads,
      headDimension: hiddenSize / heads, contextLength: contextLength)
    c.norm = resolvedNorm
    c.positions = resolvedPositions
    c.activation = resolvedActivation
    c.gatedMLP = isGated
    c.tiedEmbeddings = tied
    if resolvedPositions == .rope { c.rope = RopeConfiguration(base: 10_000, dimensions: hiddenSize / heads) }
    if !isGated {
      c.queryKeyValueBias = true
      c.outputBias = true
      c.mlpBias = true
    }
    return c
  }
}
