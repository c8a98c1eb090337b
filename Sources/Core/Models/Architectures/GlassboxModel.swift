/// Shapes that no class of transformers can say, such as layer norms without positions: every part is named in
/// config.json, `model_type` is "glassbox", and only Glassbox reads it.
struct GlassboxModel: Architecture {
  static let name = "glassbox"
  let modelTypes = [Self.name]
  let ggufNames: [String] = []

  func configuration(huggingFace config: HuggingFaceConfig) throws -> ModelConfiguration {
    func choice<Value: RawRepresentable>(_ key: String, _ values: [Value]) throws -> Value
    where Value.RawValue == String {
      guard let text = config[key]?.string, let value = Value(rawValue: text) else {
        throw config.error(key, config[key], expected: values.map(\.rawValue).joined(separator: " or "))
      }
      return value
    }
    var c = try config.commonConfiguration(tied: false)
    c.norm = try choice("norm", [NormKind.rms, .layer])
    c.positions = try choice("positions", [PositionKind.rope, .learned, .none])
    c.normEpsilon = Float(try config.number("norm_eps") ?? 1e-5)
    c.activation = try config.activation("hidden_act", default: .silu)
    c.gatedMLP = try config.flag("gated_mlp")
    c.queryKeyValueBias = try config.flag("attention_bias")
    c.outputBias = c.queryKeyValueBias
    c.mlpBias = try config.flag("mlp_bias")
    if c.positions == .rope { c.rope = try config.rope(headDimension: c.headDimension) }
    return c
  }

  func configuration(gguf: GGUFMetadata) throws -> ModelConfiguration {
    throw FormatError(file: gguf.file.path, found: "a model of a shape that GGUF has no name for")
  }

  func settings(_ c: ModelConfiguration) throws -> Settings {
    try HuggingFaceSettings.common(c, className: "GlassboxForCausalLM").filter { $0.key != "rms_norm_eps" } + [
      ("norm", .string(c.norm.rawValue)), ("norm_eps", .shortest(c.normEpsilon)),
      ("positions", .string(c.positions.rawValue)), ("hidden_act", HuggingFaceSettings.activation(c)),
      ("gated_mlp", .bool(c.gatedMLP)), ("attention_bias", .bool(c.queryKeyValueBias)), ("mlp_bias", .bool(c.mlpBias)),
    ]
  }

  func location(
    of parameter: ParameterSpecification, in format: ModelFormat, configuration: ModelConfiguration
  ) -> ParameterLocation {
    var location = DecoderNames.huggingFace(parameter)
    if parameter.role == .positionEmbedding { location.name = "model.embed_positions.weight" }
    return location
  }
}
