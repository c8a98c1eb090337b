/// GPT-2 (Radford et al. 2019): learned positions, layer norms with biases, a plain GELU MLP.
///
/// Hugging Face stores its matrices as `[inputs, outputs]` (Conv1D), with q, k and v in one.
struct GPT2: Architecture {
  let modelTypes = ["gpt2"]
  let ggufNames = ["gpt2"]

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"] where try config.flag(key) {
      throw config.error(key, config[key], expected: "false")
    }
    let hidden = try config.requiredSize("n_embd")
    let heads = try config.requiredSize("n_head")
    var c = ModelConfiguration(
      architecture: "gpt2", vocabularySize: try config.requiredSize("vocab_size"), hiddenSize: hidden,
      intermediateSize: try config.size("n_inner") ?? 4 * hidden, layers: try config.requiredSize("n_layer"),
      heads: heads, keyValueHeads: heads, headDimension: max(1, hidden / heads),
      contextLength: try config.size("n_positions") ?? config.size("n_ctx") ?? 1024)
    shape(&c)
    c.normEpsilon = Float(try config.number("layer_norm_epsilon") ?? 1e-5)
    c.activation = try config.activation("activation_function", default: .geluTanh)
    if try !config.flag("scale_attn_weights", default: true) { c.attentionScale = 1 }
    c.tiedEmbeddings = try config.flag("tie_word_embeddings", default: true)
    config.readTokenIDs(into: &c)
    return c
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    var c = try gguf.commonConfiguration(modelType: "gpt2")
    shape(&c)
    c.activation = .geluTanh
    return c
  }

  private func shape(_ c: inout ModelConfiguration) {
    c.norm = .layer
    c.gatedMLP = false
    c.positions = .learned
    c.queryKeyValueBias = true
    c.outputBias = true
    c.mlpBias = true
  }

  func settings(_ c: ModelConfiguration) -> Settings {
    [
      ("architectures", .array([.string("GPT2LMHeadModel")])),
      ("model_type", .string("gpt2")),
      ("vocab_size", .int(c.vocabularySize)),
      ("n_positions", .int(c.contextLength)),
      ("n_ctx", .int(c.contextLength)),
      ("n_embd", .int(c.hiddenSize)),
      ("n_layer", .int(c.layers)),
      ("n_head", .int(c.heads)),
      ("n_inner", .int(c.intermediateSize)),
      ("activation_function", c.activation == .geluTanh ? .string("gelu_new") : HuggingFaceSettings.activation(c)),
      ("layer_norm_epsilon", .shortest(c.normEpsilon)),
      ("scale_attn_weights", .bool(c.attentionScale != 1)),
      ("tie_word_embeddings", .bool(c.tiedEmbeddings)),
      ("resid_pdrop", .double(0)),
      ("embd_pdrop", .double(0)),
      ("attn_pdrop", .double(0)),
      ("initializer_range", .double(0.02)),
      ("use_cache", .bool(true)),
    ] + HuggingFaceSettings.tokens(c)
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration c: ModelConfiguration
  ) -> ParameterLocation {
    let (part, suffix) = DecoderNames.split(parameter)
    var location: ParameterLocation
    switch format {
    case .huggingFace:
      if let layer = parameter.layer {
        location = ParameterLocation("transformer.h.\(layer)." + (Self.huggingFaceBlock[part] ?? part) + suffix)
        location.transposed = parameter.role == .matrix
      } else {
        location = ParameterLocation((Self.huggingFaceOuter[part] ?? part) + suffix)
      }
    case .gguf:
      location = DecoderNames.gguf(
        parameter,
        blocks: ["attention.query": "attn_qkv", "attention.key": "attn_qkv", "attention.value": "attn_qkv"])
    }
    FusedProjections.place(part, in: &location, c)
    return location
  }

  private static let huggingFaceOuter = [
    "embedding": "transformer.wte", "position": "transformer.wpe", "final_norm": "transformer.ln_f", "head": "lm_head",
  ]
  private static let huggingFaceBlock = [
    "attention.norm": "ln_1", "attention.query": "attn.c_attn", "attention.key": "attn.c_attn",
    "attention.value": "attn.c_attn", "attention.output": "attn.c_proj", "mlp.norm": "ln_2", "mlp.up": "mlp.c_fc",
    "mlp.down": "mlp.c_proj",
  ]
}

/// Where q, k and v (and gate and up) lie in matrices that hold them one after the other.
enum FusedProjections {
  static func place(_ part: String, in location: inout ParameterLocation, _ c: ModelConfiguration) {
    let query = c.heads * c.headDimension
    let key = c.keyValueHeads * c.headDimension
    switch part {
    case "attention.query": location.firstOutput = 0
    case "attention.key": location.firstOutput = query
    case "attention.value": location.firstOutput = query + key
    default: return
    }
    location.fusedOutputs = query + 2 * key
  }
}
