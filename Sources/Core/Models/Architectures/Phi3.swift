/// Phi-3 (arXiv:2404.14219): a Llama whose q, k, v and whose gate and up are one matrix each.
struct Phi3: Architecture {
  let modelTypes = ["phi3"]
  let ggufNames = ["phi3"]

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    var c = try config.commonConfiguration(tied: false)
    if config["rms_norm_eps"] == nil { c.normEpsilon = 1e-5 }
    c.rope = try config.rope(headDimension: c.headDimension)
    c.activation = try config.activation("hidden_act", default: .silu)
    c.slidingWindows = try config.slidingWindows(layers: c.layers, window: config.size("sliding_window")) { _ in true }
    return c
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    for name in ["rope_factors_long.weight", "rope_factors_short.weight"] where gguf.tensor(named: name) != nil {
      throw FormatError(
        file: gguf.file.path, place: "tensor \(name)", found: "long-context rotary factors",
        expected: "a Phi-3 model of 4096 tokens")
    }
    var c = try gguf.commonConfiguration(modelType: "phi3")
    c.rope = try gguf.rope(c)
    if let window = try gguf.window() {
      c.slidingWindows = Array(repeating: window, count: c.layers)
    }
    return c
  }

  func settings(_ c: ModelConfiguration) throws -> Settings {
    try HuggingFaceSettings.common(c, className: "Phi3ForCausalLM") + [
      ("hidden_act", HuggingFaceSettings.activation(c)), ("sliding_window", HuggingFaceSettings.window(c)),
      ("original_max_position_embeddings", .int(c.contextLength)), ("resid_pdrop", .double(0)),
      ("embd_pdrop", .double(0)),
    ]
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration c: ModelConfiguration
  ) -> ParameterLocation {
    let part = DecoderNames.split(parameter).part
    var location: ParameterLocation
    switch format {
    case .huggingFace:
      location = DecoderNames.huggingFace(
        parameter,
        blocks: [
          "attention.query": "self_attn.qkv_proj", "attention.key": "self_attn.qkv_proj",
          "attention.value": "self_attn.qkv_proj", "mlp.gate": "mlp.gate_up_proj", "mlp.up": "mlp.gate_up_proj",
        ])
    case .gguf:
      location = DecoderNames.gguf(
        parameter,
        blocks: [
          "attention.query": "attn_qkv", "attention.key": "attn_qkv", "attention.value": "attn_qkv",
          "mlp.gate": "ffn_up", "mlp.up": "ffn_up",
        ])
    }
    FusedProjections.place(part, in: &location, c)
    if part == "mlp.gate" || part == "mlp.up" {
      location.firstOutput = part == "mlp.gate" ? 0 : c.intermediateSize
      location.fusedOutputs = 2 * c.intermediateSize
    }
    return location
  }
}
