/// Gemma 3, text (arXiv:2503.19786): head norms on q and k; five layers of six see a window and turn with a base of
/// their own.
struct Gemma3: Architecture {
  let modelTypes = ["gemma3_text"]
  let ggufNames = ["gemma3"]

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    var c = try Gemma.common(config)
    if config["max_position_embeddings"] == nil { c.contextLength = 131_072 }
    c.queryKeyNorm = true
    c.rope = try config.rope(headDimension: c.headDimension, defaultBase: 1_000_000, layerType: "full_attention")
    let localBase = try config.number("rope_local_base_freq") ?? 10_000
    c.localRope = RopeConfiguration(base: localBase, dimensions: c.headDimension)
    if config["rope_parameters"]?["sliding_attention"] != nil {
      c.localRope = try config.rope(
        headDimension: c.headDimension, defaultBase: localBase, layerType: "sliding_attention")
    }
    let given = try config.size("sliding_window_pattern")
    let pattern = try config.size("_sliding_window_pattern").map { given ?? $0 } ?? given ?? 6
    c.slidingWindows = try config.slidingWindows(layers: c.layers, window: config.size("sliding_window") ?? 4096) {
      ($0 + 1) % pattern != 0
    }
    c.attentionSoftcap = try config.number("attn_logit_softcapping").map { Float($0) }
    c.finalSoftcap = try config.number("final_logit_softcapping").map { Float($0) }
    return c
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    var c = try gguf.commonConfiguration(modelType: "gemma3_text")
    Gemma.shape(&c)
    c.queryKeyNorm = true
    c.rope = try gguf.rope(c, base: 1_000_000)
    c.localRope = RopeConfiguration(base: try gguf.number("rope.freq_base_swa") ?? 10_000, dimensions: c.headDimension)
    if let window = try gguf.window() {
      // One full layer in so many, or a list of which layers slide.
      let pattern = gguf["attention.sliding_window_pattern"]
      let list = pattern?.array?.integers() ?? []
      if pattern?.array != nil, list.count != c.layers {
        throw FormatError(
          file: gguf.file.path, place: "gemma3.attention.sliding_window_pattern", found: "\(list.count) layers",
          expected: "\(c.layers)")
      }
      let period = pattern?.int.map { max(1, $0) } ?? 6
      c.slidingWindows = (0..<c.layers).map { layer in
        (list.count == c.layers ? list[layer] != 0 : (layer + 1) % period != 0) ? window : nil
      }
    }
    // The 27B model alone (62 layers) scales by the width a head would have, not by the one it has.
    if c.layers == 62, c.attentionScale == nil {
      c.attentionScale = 1 / (Float(c.hiddenSize) / Float(c.heads)).squareRoot()
    }
    c.finalSoftcap = try gguf.cap("final_logit_softcapping")
    return c
  }

  func settings(_ c: ModelConfiguration) throws -> Settings {
    let pattern = (c.slidingWindows.firstIndex { $0 == nil } ?? 5) + 1
    return try HuggingFaceSettings.common(c, className: "Gemma3ForCausalLM") + Gemma.settings(c) + [
      ("rope_local_base_freq", .double(c.localRope?.base ?? 10_000)), ("sliding_window_pattern", .int(pattern)),
    ]
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation { Gemma.location(parameter, format) }
}
