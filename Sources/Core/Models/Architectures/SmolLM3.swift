/// SmolLM3 (Hugging Face 2025): a Llama of which some layers, every fourth as published, have no rotary positions.
///
/// With none in any layer it is a model without positions (NoPE, arXiv:2305.19466). GGUF has no key for which layers turn.
struct SmolLM3: Architecture {
  let modelTypes = ["smollm3"]
  let ggufNames: [String] = []

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    var c = try config.commonConfiguration(tied: true)
    c.activation = try config.activation("hidden_act", default: .silu)
    c.queryKeyValueBias = try config.flag("attention_bias")
    c.outputBias = c.queryKeyValueBias
    c.mlpBias = try config.flag("mlp_bias")
    let turns = try layersThatTurn(config, c.layers)
    // Read where no layer turns, too: then it has nothing to say.
    let rope = try config.rope(headDimension: c.headDimension, defaultBase: 2_000_000)
    if turns.contains(true) {
      c.rope = rope
      if turns.contains(false) { c.layersWithoutRope = turns.map { !$0 } }
    } else {
      c.positions = .none
    }
    if try config.flag("use_sliding_window"), let window = try config.size("sliding_window") {
      c.slidingWindows = try config.slidingWindows(layers: c.layers, window: window) { !turns[$0] }
    }
    return c
  }

  /// `no_rope_layers`, 1 where a layer turns, else all but every `no_rope_layer_interval`th.
  private func layersThatTurn(_ config: HuggingFaceConfig, _ layers: Int) throws -> [Bool] {
    let interval = try config.size("no_rope_layer_interval") ?? 4
    guard let list = config["no_rope_layers"] else {
      return (0..<layers).map { ($0 + 1) % interval != 0 }
    }
    guard let flags = list.array, flags.count == layers, flags.allSatisfy({ $0.int == 0 || $0.int == 1 }) else {
      throw config.error("no_rope_layers", nil, expected: "0 or 1 for each of the \(layers) layers")
    }
    return flags.map { $0.int == 1 }
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    throw FormatError(file: gguf.file.path, found: "a SmolLM3 model in GGUF", expected: "its Hugging Face folder")
  }

  func settings(_ c: ModelConfiguration) throws -> Settings {
    let slides = c.slidingWindows.contains { $0 != nil }
    let turns = (0..<c.layers).map { layer in
      c.positions == .rope && !(layer < c.layersWithoutRope.count && c.layersWithoutRope[layer])
    }
    var settings = try HuggingFaceSettings.common(c, className: "SmolLM3ForCausalLM")
    if c.rope == nil { settings += [("rope_theta", .double(10_000)), ("rope_scaling", .null)] }
    settings += [
      ("hidden_act", HuggingFaceSettings.activation(c)), ("attention_bias", .bool(c.queryKeyValueBias)),
      ("mlp_bias", .bool(c.mlpBias)), ("no_rope_layers", .array(turns.map { .int($0 ? 1 : 0) })),
      ("use_sliding_window", .bool(slides)), ("sliding_window", slides ? HuggingFaceSettings.window(c) : .null),
      ("layer_types", HuggingFaceSettings.layerTypes(c)),
    ]
    return settings
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation { DecoderNames.huggingFace(parameter) }
}
