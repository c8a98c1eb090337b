/// Qwen3, dense (arXiv:2505.09388): as Qwen2, with RMS norms on each head of q and k in place of the biases.
struct Qwen3: Architecture {
  let modelTypes = ["qwen3"]
  let ggufNames = ["qwen3"]

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    var c = try config.commonConfiguration(tied: false)
    if config["head_dim"] == nil { c.headDimension = 128 }
    c.rope = try config.rope(headDimension: c.headDimension)
    c.activation = try config.activation("hidden_act", default: .silu)
    c.queryKeyNorm = true
    c.queryKeyValueBias = try config.flag("attention_bias")
    c.outputBias = c.queryKeyValueBias
    c.slidingWindows = try QwenWindows.read(config, layers: c.layers)
    return c
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    var c = try gguf.commonConfiguration(modelType: "qwen3")
    c.rope = try gguf.rope(c, base: 1_000_000)
    c.queryKeyNorm = true
    return c
  }

  func settings(_ c: ModelConfiguration) throws -> Settings {
    try HuggingFaceSettings.common(c, className: "Qwen3ForCausalLM") + QwenWindows.settings(c)
      + [("attention_bias", .bool(c.queryKeyValueBias))]
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation {
    format == .gguf ? DecoderNames.gguf(parameter) : DecoderNames.huggingFace(parameter)
  }
}
