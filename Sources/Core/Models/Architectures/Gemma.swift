/// What Gemma 2 and Gemma 3 share: norms before and after each part with weights stored as w − 1, scaled embeddings,
/// and layers that alternate between a sliding window and full attention.
enum Gemma {
  static func shape(_ c: inout ModelConfiguration) {
    c.normWeightOffset = 1
    c.postNorms = true
    c.embeddingScale = Float(c.hiddenSize).squareRoot()
    c.activation = .geluTanh
  }

  static func common(_ config: HuggingFaceConfig) throws -> ModelConfiguration {
    var c = try config.commonConfiguration(tied: true)
    shape(&c)
    if config["head_dim"] == nil { c.headDimension = 256 }
    if config["max_position_embeddings"] == nil { c.contextLength = 8192 }
    c.activation = try config.activation("hidden_activation", "hidden_act", default: .geluTanh)
    let scalar = try config.number("query_pre_attn_scalar") ?? 256
    guard scalar > 0 else { throw config.error("query_pre_attn_scalar", nil, expected: "a number above 0") }
    c.attentionScale = Float(1 / scalar.squareRoot())
    c.queryKeyValueBias = try config.flag("attention_bias")
    c.outputBias = c.queryKeyValueBias
    return c
  }

  static func settings(_ c: ModelConfiguration) -> Settings {
    let scale = c.attentionScale.map(Double.init) ?? 1 / Double(c.headDimension).squareRoot()
    let scalar = (1 / (scale * scale)).rounded()
    return [
      ("hidden_activation", HuggingFaceSettings.activation(c)),
      ("query_pre_attn_scalar", .int(Int(scalar))),
      ("attention_bias", .bool(c.queryKeyValueBias)),
      ("sliding_window", HuggingFaceSettings.window(c)),
      ("layer_types", HuggingFaceSettings.layerTypes(c)),
      ("attn_logit_softcapping", c.attentionSoftcap.map { .shortest($0) } ?? .null),
      ("final_logit_softcapping", c.finalSoftcap.map { .shortest($0) } ?? .null),
    ]
  }

  static func location(_ parameter: ParameterSpecification, _ format: ModelFormat) -> ParameterLocation {
    switch format {
    case .huggingFace:
      return DecoderNames.huggingFace(
        parameter,
        blocks: [
          "attention.post_norm": "post_attention_layernorm", "mlp.norm": "pre_feedforward_layernorm",
          "mlp.post_norm": "post_feedforward_layernorm",
        ])
    case .gguf:
      var location = DecoderNames.gguf(parameter)
      if parameter.role == .norm { location.addend = 1 }
      return location
    }
  }
}
