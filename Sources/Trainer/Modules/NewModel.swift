import Core

extension TrainingConfiguration.NewModel {
  var resolvedNorm: NormKind { norm ?? (positions == .learned ? .layer : .rms) }
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

  /// - Throws: ``TrainingError/value(key:found:expected:)`` where sizes do not fit, or where no known architecture
  ///   combines the parts (the result must be a model that other programs load).
  func validate() throws {
    let heads = resolvedHeads, groups = resolvedKeyValueHeads
    guard hiddenSize % heads == 0 else {
      throw TrainingError.value(
        key: "model.heads", found: "\(heads)", expected: "a divisor of model.hidden_size (\(hiddenSize))")
    }
    guard heads % groups == 0 else {
      throw TrainingError.value(key: "model.kv_heads", found: "\(groups)", expected: "a divisor of \(heads) heads")
    }
    switch (resolvedNorm, resolvedPositions) {
    case (.rms, .rope):
      if (hiddenSize / heads) % 2 != 0 {
        throw TrainingError.value(
          key: "model.heads", found: "\(heads)", expected: "such that each head has an even width, which rope needs")
      }
    case (.layer, .learned):
      if groups != heads {
        throw TrainingError.value(
          key: "model.kv_heads", found: "\(groups)", expected: "\(heads) with layer norms and learned positions")
      }
    default:
      throw TrainingError.value(
        key: "model.positions", found: "'\(resolvedPositions.rawValue)' with \(resolvedNorm.rawValue) norms",
        expected: "rope with rms norms or learned with layer norms")
    }
  }

  /// - Parameter contextLength: the longest sequence the model is made for.
  func configuration(vocabularySize: Int, contextLength: Int) -> ModelConfiguration {
    let heads = resolvedHeads
    let isLlama = resolvedPositions == .rope
    var c = ModelConfiguration(
      architecture: isLlama ? "llama" : "gpt2", vocabularySize: vocabularySize, hiddenSize: hiddenSize,
      intermediateSize: resolvedIntermediateSize, layers: layers, heads: heads, keyValueHeads: resolvedKeyValueHeads,
      headDimension: hiddenSize / heads, contextLength: contextLength)
    c.norm = resolvedNorm
    c.positions = resolvedPositions
    c.activation = resolvedActivation
    c.gatedMLP = isGated
    c.tiedEmbeddings = tied
    if isLlama {
      c.rope = RopeConfiguration(base: 10_000, dimensions: hiddenSize / heads)
    } else {
      c.queryKeyValueBias = true
      c.outputBias = true
      c.mlpBias = true
    }
    return c
  }
}
