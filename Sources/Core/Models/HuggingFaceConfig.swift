/// A model's config.json as transformers 4 and 5 write it, each setting checked for type and range.
public struct HuggingFaceConfig {
  public let json: JSON
  /// For messages.
  public let path: String
  /// `model_type`.
  public let modelType: String
  /// What was read so far.
  let keys = SettingKeys()

  public init(_ json: JSON, path: String) throws {
    self.path = path
    guard json.object != nil else {
      throw FormatError(file: path, found: "not a JSON object", expected: "a model's settings")
    }
    guard let type = json["model_type"]?.string else {
      throw FormatError(file: path, place: "model_type", found: "nothing", expected: "a name")
    }
    self.json = json
    modelType = type
  }

  /// A setting that is present and not null.
  public subscript(key: String) -> JSON? {
    keys.note(key)
    return json.given(key)
  }

  func error(_ key: String, _ value: JSON?, expected: String) -> FormatError {
    let found =
      value.map {
        $0.int.map(String.init) ?? $0.double.map { "\($0)" } ?? $0.string.map { "\"\($0)\"" } ?? "another kind of value"
      }
    return FormatError(file: path, place: key, found: found ?? "nothing", expected: expected)
  }

  /// A whole number from 1 to 2³¹ − 1; nil where absent or null.
  public func size(_ key: String) throws -> Int? {
    guard let value = self[key] else { return nil }
    guard let number = value.int, number > 0, number <= Int(Int32.max) else {
      throw error(key, value, expected: "a whole number above 0")
    }
    return number
  }

  public func requiredSize(_ key: String) throws -> Int {
    if let value = try size(key) { return value }
    throw error(key, nil, expected: "a whole number above 0")
  }

  public func number(_ key: String, in object: JSON? = nil) throws -> Double? {
    guard let value = object == nil ? self[key] : object?.given(key) else { return nil }
    guard let number = value.double ?? value.int.map(Double.init), number.isFinite else {
      throw error(key, value, expected: "a finite number")
    }
    return number
  }

  public func flag(_ key: String, default defaultValue: Bool = false) throws -> Bool {
    guard let value = self[key] else { return defaultValue }
    guard let flag = value.bool else { throw error(key, value, expected: "true or false") }
    return flag
  }

  /// One id or a list of them.
  static func tokenIDs(_ value: JSON?) -> [TokenID] {
    guard let value else { return [] }
    let values = value.array ?? [value]
    return values.compactMap { $0.int.flatMap { TokenID(exactly: $0) } }.filter { $0 >= 0 }
  }

  /// The activation under any of the names transformers has for it.
  public func activation(_ keys: String..., default defaultValue: Activation) throws -> Activation {
    guard let key = keys.first(where: { self[$0] != nil }), let value = self[key] else { return defaultValue }
    switch value.string {
    case "silu", "swish": return .silu
    case "gelu": return .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": return .geluTanh
    case "relu": return .relu
    default: throw error(key, value, expected: "silu, gelu, gelu_new, gelu_pytorch_tanh or relu")
    }
  }

  /// Sizes, ids and ties under the names that most decoders share.
  public func commonConfiguration(tied: Bool) throws -> ModelConfiguration {
    let hidden = try requiredSize("hidden_size")
    let heads = try requiredSize("num_attention_heads")
    var c = ModelConfiguration(
      architecture: modelType, vocabularySize: try requiredSize("vocab_size"), hiddenSize: hidden,
      intermediateSize: try requiredSize("intermediate_size"), layers: try requiredSize("num_hidden_layers"),
      heads: heads, keyValueHeads: try size("num_key_value_heads") ?? heads,
      headDimension: try size("head_dim") ?? max(1, hidden / heads),
      contextLength: try size("max_position_embeddings") ?? 2048)
    c.normEpsilon = Float(try number("rms_norm_eps") ?? 1e-6)
    c.tiedEmbeddings = try flag("tie_word_embeddings", default: tied)
    readTokenIDs(into: &c)
    return c
  }

  func readTokenIDs(into c: inout ModelConfiguration) {
    c.bosTokenID = Self.tokenIDs(self["bos_token_id"]).first
    c.eosTokenIDs = Self.tokenIDs(self["eos_token_id"])
  }

  /// Rotary settings: version 5's `rope_parameters` (`layerType` where they differ by kind of layer), else version 4's
  /// `rope_theta` and `rope_scaling`.
  public func rope(
    headDimension: Int, defaultBase: Double = 10_000, layerType: String? = nil
  ) throws -> RopeConfiguration {
    let old = self["rope_scaling"]
    var settings = self["rope_parameters"] ?? old
    if let layerType, let nested = settings?.given(layerType) { settings = nested }
    let sharedBase = try number("rope_theta")
    let sharedFraction = try number("partial_rotary_factor")
    // Layers that slide have a base of their own.
    let base =
      try settings.flatMap { try number("rope_theta", in: $0) }
      ?? (layerType == "sliding_attention" ? defaultBase : sharedBase ?? defaultBase)
    let fraction = try settings.flatMap { try number("partial_rotary_factor", in: $0) } ?? sharedFraction ?? 1
    guard base > 0, fraction > 0, fraction <= 1 else {
      throw error("rope_theta", self["rope_theta"], expected: "a base above 0 and a share of the head of at most 1")
    }
    var rope = RopeConfiguration(base: base, dimensions: Int(Double(headDimension) * fraction))
    rope.scaling = try settings.flatMap { try scaling($0, layerType: layerType) }
    return rope
  }

  private func scaling(_ settings: JSON, layerType: String?) throws -> RopeConfiguration.Scaling? {
    func positive(_ key: String) throws -> Double {
      guard let value = try number(key, in: settings), value > 0 else {
        throw error("rope scaling " + key, settings[key], expected: "a number above 0")
      }
      return value
    }
    /// What else is set must be known to change nothing.
    func allow(_ keys: String...) throws {
      let known = keys + ["rope_type", "type", "rope_theta", "partial_rotary_factor"]
      for (key, value) in settings.object?.members ?? [] where !known.contains(key) {
        // Kinds of layers have settings of their own, which are read with them.
        if SettingKeys.isNeutral(value, key: key) || layerType != nil && value.object != nil { continue }
        throw error("rope scaling " + key, value, expected: "a type of scaling that has it")
      }
    }
    let kind = settings.given("rope_type") ?? settings.given("type")
    switch kind?.string {
    case nil where kind != nil: throw error("rope scaling", kind, expected: "default, linear or llama3")
    case nil, "default":
      try allow("original_max_position_embeddings")
      return nil
    case "linear":
      try allow("factor", "original_max_position_embeddings")
      return .linear(factor: try positive("factor"))
    case "llama3":
      try allow("factor", "original_max_position_embeddings", "low_freq_factor", "high_freq_factor")
      let original = try positive("original_max_position_embeddings")
      guard original < Double(Int32.max) else {
        throw error("rope scaling original_max_position_embeddings", nil, expected: "a context length")
      }
      return .llama3(
        factor: try positive("factor"), lowFrequencyFactor: try positive("low_freq_factor"),
        highFrequencyFactor: try positive("high_freq_factor"), originalContext: Int(original))
    default:
      throw error("rope scaling", kind, expected: "default, linear or llama3")
    }
  }

  /// The window of each layer: `layer_types` where given, else `fallback` says which layers slide.
  public func slidingWindows(layers: Int, window: Int?, fallback: (Int) -> Bool) throws -> [Int?] {
    let types = self["layer_types"]?.array
    guard let window else {
      if let other = types?.first(where: { $0.string != "full_attention" }) {
        throw error("layer_types", other, expected: "full_attention where there is no sliding_window")
      }
      return []
    }
    if let types {
      guard types.count == layers else {
        throw error("layer_types", nil, expected: "one for each of the \(layers) layers")
      }
      return try types.map {
        switch $0.string {
        case "sliding_attention": window
        case "full_attention": nil
        default: throw error("layer_types", $0, expected: "full_attention or sliding_attention")
        }
      }
    }
    let windows: [Int?] = (0..<layers).map { fallback($0) ? window : nil }
    return windows.contains { $0 != nil } ? windows : []
  }
}
