/// Qwen2 and Qwen2.5 (arXiv:2407.10671): a Llama with biases on q, k and v. Its GGUF rows are in Hugging Face's order.
struct Qwen2: Architecture {
  let modelTypes = ["qwen2"]
  let ggufNames = ["qwen2"]

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    var c = try config.commonConfiguration(tied: false)
    c.rope = try config.rope(headDimension: c.headDimension)
    c.activation = try config.activation("hidden_act", default: .silu)
    // Always there, whatever this setting says.
    _ = config["attention_bias"]
    c.queryKeyValueBias = true
    c.slidingWindows = try QwenWindows.read(config, layers: c.layers)
    return c
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    var c = try gguf.commonConfiguration(modelType: "qwen2")
    c.rope = try gguf.rope(c, base: 1_000_000)
    c.queryKeyValueBias = true
    return c
  }

  func settings(_ c: ModelConfiguration) throws -> Settings {
    try HuggingFaceSettings.common(c, className: "Qwen2ForCausalLM") + QwenWindows.settings(c)
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation {
    format == .gguf ? DecoderNames.gguf(parameter) : DecoderNames.huggingFace(parameter)
  }
}

/// The layers from `max_window_layers` on slide, where `use_sliding_window` asks for it.
enum QwenWindows {
  static func read(_ config: HuggingFaceConfig, layers: Int) throws -> [Int?] {
    let first = config["max_window_layers"]?.int ?? 28
    guard try config.flag("use_sliding_window") else {
      // Without that flag they mean nothing.
      for key in ["sliding_window", "layer_types"] { _ = config[key] }
      return []
    }
    return try config.slidingWindows(layers: layers, window: config.size("sliding_window")) { $0 >= first }
  }

  static func settings(_ c: ModelConfiguration) -> Settings {
    [
      ("hidden_act", HuggingFaceSettings.activation(c)),
      ("use_sliding_window", .bool(c.slidingWindows.contains { $0 != nil })),
      ("sliding_window", HuggingFaceSettings.window(c)),
      ("max_window_layers", .int(c.slidingWindows.firstIndex { $0 != nil } ?? c.layers)),
      ("layer_types", HuggingFaceSettings.layerTypes(c)),
    ]
  }
}
