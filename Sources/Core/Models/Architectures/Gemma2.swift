/// Gemma 2 (arXiv:2408.00118): every second layer sees a window; attention scores and logits are capped softly.
struct Gemma2: Architecture {
  let modelTypes = ["gemma2"]
  let ggufNames = ["gemma2"]

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    var c = try Gemma.common(config)
    c.rope = try config.rope(headDimension: c.headDimension)
    c.slidingWindows = try config.slidingWindows(layers: c.layers, window: config.size("sliding_window") ?? 4096) {
      $0 % 2 == 0
    }
    c.attentionSoftcap = try cap("attn_logit_softcapping", config, default: 50)
    c.finalSoftcap = try cap("final_logit_softcapping", config, default: 30)
    return c
  }

  /// An explicit null turns a cap off.
  private func cap(_ key: String, _ config: HuggingFaceConfig, default defaultValue: Float) throws -> Float? {
    config.json[key] == nil ? defaultValue : try config.number(key).map { Float($0) }
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    var c = try gguf.commonConfiguration(modelType: "gemma2")
    Gemma.shape(&c)
    c.rope = try gguf.rope(c)
    if gguf["attention.sliding_window"]?.int != 0 {
      let window = try gguf.window() ?? 4096
      c.slidingWindows = (0..<c.layers).map { $0 % 2 == 0 ? window : nil }
    }
    // The 27B model alone (46 layers) scales by the width a head would have, not by the one it has.
    if c.layers == 46, c.attentionScale == nil {
      c.attentionScale = 1 / (Float(c.hiddenSize) / Float(c.heads)).squareRoot()
    }
    c.attentionSoftcap = try gguf.cap("attn_logit_softcapping", default: 50)
    c.finalSoftcap = try gguf.cap("final_logit_softcapping", default: 30)
    return c
  }

  func settings(_ c: ModelConfiguration) throws -> Settings {
    try HuggingFaceSettings.common(c, className: "Gemma2ForCausalLM") + Gemma.settings(c)
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation { Gemma.location(parameter, format) }
}
