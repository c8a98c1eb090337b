/// The settings of a model in GGUF, under the keys of its architecture, each checked for type and range.
public struct GGUFMetadata {
  public let file: GGUFFile
  /// `general.architecture`.
  public let architecture: String
  /// What was read so far.
  let keys = SettingKeys()
  /// Instead of the file's own.
  private let tensors: ((String) -> TensorView?)?

  /// - Parameter tensors: by name; nil: the file's own (one that is still to be written has none yet).
  init(_ file: GGUFFile, tensors: ((String) -> TensorView?)? = nil) throws {
    self.file = file
    self.tensors = tensors
    guard let architecture = file["general.architecture"]?.string else {
      throw FormatError(file: file.path, place: "general.architecture", found: "nothing", expected: "a name")
    }
    self.architecture = architecture
  }

  private func key(_ name: String) -> String { architecture + "." + name }

  /// A key of the architecture.
  subscript(name: String) -> GGUFValue? {
    keys.note(key(name))
    return file[key(name)]
  }

  func tensor(named name: String) -> TensorView? {
    if let tensors { tensors(name) } else { file.tensor(named: name) }
  }

  /// A whole number from 1 to 2³¹ − 1; nil where absent. Lists (one value a layer) give their common value.
  public func size(_ name: String) throws -> Int? {
    guard let value = self[name] else { return nil }
    var number = value.int
    if let list = value.array?.integers(), let first = list.first, list.allSatisfy({ $0 == first }) { number = first }
    guard let number, number > 0, number <= Int(Int32.max) else {
      throw FormatError(
        file: file.path, place: key(name), found: number.map(String.init) ?? "another kind of value",
        expected: "a whole number above 0, the same for all layers")
    }
    return number
  }

  public func requiredSize(_ name: String) throws -> Int {
    if let value = try size(name) { return value }
    throw FormatError(file: file.path, place: key(name), found: "nothing", expected: "a whole number")
  }

  /// A finite number; nil where absent.
  public func number(_ name: String) throws -> Double? {
    guard let value = self[name] else { return nil }
    guard let number = value.double, number.isFinite else {
      throw FormatError(
        file: file.path, place: key(name), found: value.double.map { "\($0)" } ?? "another kind of value",
        expected: "a finite number")
    }
    return number
  }

  /// A soft cap; 0 is none.
  func cap(_ name: String, default defaultValue: Float? = nil) throws -> Float? {
    guard let number = try number(name) else { return defaultValue }
    return number == 0 ? nil : Float(number)
  }

  /// - Throws: ``FormatError`` for a value of another kind.
  public func string(_ name: String) throws -> String? {
    guard let value = self[name] else { return nil }
    guard let text = value.string else {
      throw FormatError(file: file.path, place: key(name), found: value.shown, expected: "a text")
    }
    return text
  }

  /// The window of attention in tokens; nil where absent, or 0 for none.
  func window() throws -> Int? {
    if self["attention.sliding_window"]?.int == 0 { return nil }
    return try size("attention.sliding_window")
  }

  /// Rows of the token embedding, else the length of the token list.
  public func vocabularySize() throws -> Int {
    if let embedding = tensor(named: "token_embd.weight"), embedding.shape.count == 2 { return embedding.rows }
    if let tokens = file["tokenizer.ggml.tokens"]?.array { return tokens.count }
    return try requiredSize("vocab_size")
  }

  public var bosTokenID: TokenID? { token("bos") }

  /// eos and the tokens that end a turn.
  public var eosTokenIDs: [TokenID] {
    var ids: [TokenID] = []
    for name in ["eos", "eot", "eom"] {
      if let id = token(name), !ids.contains(id) { ids.append(id) }
    }
    return ids
  }

  private func token(_ name: String) -> TokenID? {
    file["tokenizer.ggml.\(name)_token_id"]?.int.flatMap { TokenID(exactly: $0) }.flatMap { $0 >= 0 ? $0 : nil }
  }

  /// What all architectures share: sizes, norm, rotary settings, tied embeddings, token ids.
  public func commonConfiguration(modelType: String) throws -> ModelConfiguration {
    let hidden = try requiredSize("embedding_length")
    let heads = try requiredSize("attention.head_count")
    let headDimension = try size("attention.key_length") ?? hidden / heads
    var c = ModelConfiguration(
      architecture: modelType, vocabularySize: try vocabularySize(), hiddenSize: hidden,
      intermediateSize: try requiredSize("feed_forward_length"), layers: try requiredSize("block_count"), heads: heads,
      keyValueHeads: try size("attention.head_count_kv") ?? heads, headDimension: headDimension,
      contextLength: try requiredSize("context_length"))
    if let value = try size("attention.value_length"), value != headDimension {
      throw FormatError(
        file: file.path, place: key("attention.value_length"), found: "\(value)",
        expected: "\(headDimension), as the keys")
    }
    let epsilon = try number("attention.layer_norm_rms_epsilon") ?? number("attention.layer_norm_epsilon")
    if let epsilon { c.normEpsilon = Float(epsilon) }
    // llama.cpp takes 0 for the usual scale.
    if let scale = try number("attention.scale"), scale != 0 { c.attentionScale = Float(scale) }
    c.queryKeyValueBias = tensor(named: "blk.0.attn_q.bias") != nil
    c.outputBias = tensor(named: "blk.0.attn_output.bias") != nil
    c.mlpBias = tensor(named: "blk.0.ffn_up.bias") != nil
    c.tiedEmbeddings = tensor(named: "output.weight") == nil
    c.bosTokenID = bosTokenID
    c.eosTokenIDs = eosTokenIDs
    return c
  }

  /// Rotary settings with the scaling that the file names.
  public func rope(_ c: ModelConfiguration, base defaultBase: Double = 10_000) throws -> RopeConfiguration {
    let dimensions = try size("rope.dimension_count") ?? c.headDimension
    var rope = RopeConfiguration(base: try number("rope.freq_base") ?? defaultBase, dimensions: dimensions)
    guard rope.base > 0, dimensions <= c.headDimension, dimensions % 2 == 0 else {
      throw FormatError(
        file: file.path, place: key("rope"), found: "base \(rope.base), \(dimensions) dimensions",
        expected: "a base above 0 and an even number of at most \(c.headDimension)")
    }
    let factor = try linearFactor()
    if let divisors = try rotaryDivisors(dimensions) {
      rope.scaling = .factors(divisors.map { $0 * Float(factor) }, attentionFactor: 1)
    } else if factor != 1 {
      rope.scaling = .linear(factor: factor)
    }
    return rope
  }

  /// What positions are divided by. As llama.cpp reads it: linear where no type is given, and under the key of old files
  /// (`rope.scale_linear`) where there is no `rope.scaling.factor`; 0 is 1.
  private func linearFactor() throws -> Double {
    let type = try string("rope.scaling.type")
    let old = try number("rope.scale_linear")
    let factor = try number("rope.scaling.factor") ?? old ?? 0
    guard factor >= 0 else {
      throw FormatError(file: file.path, place: key("rope.scaling.factor"), found: "\(factor)", expected: "above 0")
    }
    switch type {
    case "none": return 1
    case nil, "linear": return factor == 0 ? 1 : factor
    case .some(let other):
      throw FormatError(
        file: file.path, place: key("rope.scaling.type"), found: "\"\(other)\"", expected: "none, linear or factors")
    }
  }

  /// `rope_freqs.weight`: what each pair's frequency is divided by.
  private func rotaryDivisors(_ dimensions: Int) throws -> [Float]? {
    guard let factors = tensor(named: "rope_freqs.weight") else { return nil }
    guard factors.count == dimensions / 2, factors.type == .f32 else {
      throw FormatError(
        file: file.path, place: "tensor rope_freqs.weight", found: "\(factors.count) values of \(factors.type.name)",
        expected: "\(dimensions / 2) of F32")
    }
    let values = (0..<factors.count).map { factors.bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    guard values.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw FormatError(
        file: file.path, place: "tensor rope_freqs.weight", found: "a factor not above 0", expected: "factors above 0")
    }
    return values
  }
}
