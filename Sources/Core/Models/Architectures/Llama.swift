/// Llama 1, 2 and 3 and what is built like them: SmolLM2, TinyLlama, Mistral.
///
/// Touvron et al. 2023 (arXiv:2302.13971); rotary scaling of Llama 3.1. In GGUF the rows of q and k are reordered so
/// that rotation pairs neighbours.
struct Llama: Architecture {
  let modelTypes = ["llama", "mistral"]
  let ggufNames = ["llama"]

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    var c = try config.commonConfiguration(tied: false)
    c.rope = try config.rope(headDimension: c.headDimension)
    c.activation = try config.activation("hidden_act", default: .silu)
    c.queryKeyValueBias = try config.flag("attention_bias")
    c.outputBias = c.queryKeyValueBias
    c.mlpBias = try config.flag("mlp_bias")
    // These follow the window in use.
    _ = config["layer_types"]
    if config.modelType == "mistral" {
      c.slidingWindows = try config.slidingWindows(layers: c.layers, window: config.size("sliding_window")) { _ in true
      }
    }
    return c
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    if let experts = gguf["expert_count"]?.int, experts > 0 {
      throw FormatError(
        file: gguf.file.path, place: "llama.expert_count", found: "a mixture of \(experts) experts",
        expected: "a dense model")
    }
    var c = try gguf.commonConfiguration(modelType: "llama")
    c.rope = try gguf.rope(c)
    if let window = try gguf.window() {
      c.slidingWindows = Array(repeating: window, count: c.layers)
    }
    return c
  }

  func settings(_ c: ModelConfiguration) throws -> Settings {
    let mistral = c.architecture == "mistral" && !c.queryKeyValueBias && !c.mlpBias
    var settings = try HuggingFaceSettings.common(c, className: mistral ? "MistralForCausalLM" : "LlamaForCausalLM")
    settings.append(("hidden_act", HuggingFaceSettings.activation(c)))
    if mistral {
      settings.append(("sliding_window", HuggingFaceSettings.window(c)))
    } else {
      settings += [("attention_bias", .bool(c.queryKeyValueBias)), ("mlp_bias", .bool(c.mlpBias))]
    }
    return settings
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation {
    switch format {
    case .huggingFace: return DecoderNames.huggingFace(parameter)
    case .gguf:
      var location = DecoderNames.gguf(parameter)
      if parameter.name.contains(".attention.query.") || parameter.name.contains(".attention.key.") {
        location.interleavedHead = configuration.headDimension
      }
      return location
    }
  }
}
