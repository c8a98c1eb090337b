/// Where a model's tokenizer is described.
public enum TokenizerSource: Sendable {
  case gguf(GGUFFile)
  /// A folder with tokenizer.json or other tokenizer files.
  case folder(String)
}

/// A model as it lies on disk: what it is, and where each of its parameters is. Nothing is unpacked yet.
public struct ModelFiles: Sendable {
  public let path: String
  /// For people: the file's or folder's name, without its quantisation.
  public let name: String
  public let format: ModelFormat
  public let configuration: ModelConfiguration
  public let plan: BlockPlan
  public let source: any TensorSource
  /// A Jinja template, where the model brings one.
  public let chatTemplate: String?
  /// How most weights are stored, as users call it: "Q4_1", "F32", "Q4_K_M".
  public let quantization: String
  public let tokenizerSource: TokenizerSource?
  /// In the order of the plan's parameters.
  private let parameters: [ParameterRows]

  /// Opens a GGUF file, a Hugging Face folder, a run or checkpoint folder, `starter`, or a model by the name under
  /// which ``ModelRegistry/discover()`` finds it.
  /// - Throws: ``FormatError``: one sentence about the file, the place, what was found and what was expected.
  public static func open(_ model: String) throws -> ModelFiles {
    let path = try ModelRegistry.resolve(model)
    if FileSystem.isFolder(path) { return try ModelFiles(folder: ModelRegistry.modelFolder(path)) }
    let file = try MappedFile(path: path)
    if GGUFFile.isGGUF(file.bytes) { return try ModelFiles(gguf: GGUFFile(file: file)) }
    if path.hasSuffix(".safetensors") { return try ModelFiles(safeTensors: path) }
    throw FormatError(
      file: path, found: file.bytes.isEmpty ? "an empty file" : "neither GGUF nor safetensors",
      expected: "a model: a GGUF file, or a folder with config.json and model.safetensors")
  }

  public func rows(of parameter: ParameterID) -> ParameterRows { parameters[parameter] }

  init(
    path: String, name: String, format: ModelFormat, architecture: any Architecture,
    configuration: ModelConfiguration, source: any TensorSource, chatTemplate: String?, quantization: String?,
    tokenizerSource: TokenizerSource?
  ) throws {
    try configuration.check(file: path)
    self.path = path
    self.name = name
    self.format = format
    self.configuration = configuration
    self.source = source
    self.chatTemplate = chatTemplate
    self.tokenizerSource = tokenizerSource
    let plan = BlockPlan(configuration)
    self.plan = plan
    var used: Set<String> = []
    parameters = try plan.parameters.map { parameter in
      let location = architecture.location(of: parameter, in: format, configuration: configuration)
      let tensor = Self.names(of: location.name, in: format).lazy.compactMap { source.tensor(named: $0) }.first
      guard let tensor else {
        let other = (source as? SafeTensorsFolder)?.otherTensors[location.name]
        throw FormatError(
          file: path, place: "tensor \(location.name)", found: other.map { "stored as \($0)" } ?? "it is missing",
          expected: other == nil ? nil : "F32, F16 or BF16")
      }
      used.insert(tensor.name)
      return try ParameterRows(parameter, location: location, tensor: tensor, owner: source)
    }
    try Self.refuseUnused(source, used: used, layers: configuration.layers)
    self.quantization = quantization ?? Self.commonType(of: parameters)
  }

  /// A tensor's name and the names that checkpoints saved from other classes of the same model give it.
  private static func names(of name: String, in format: ModelFormat) -> [String] {
    guard format == .huggingFace else { return [name] }
    var names = [name, "language_model." + name]
    for prefix in ["transformer.", "model."] where name.hasPrefix(prefix) {
      names.append(String(name.dropFirst(prefix.count)))
    }
    return names
  }

  /// The type that holds most of the values.
  private static func commonType(of parameters: [ParameterRows]) -> String {
    var counts: [TensorType: Int] = [:]
    for rows in parameters { counts[rows.type, default: 0] += rows.rows * rows.columns }
    return counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.name ?? "F32"
  }

  /// llama.cpp's names for `general.file_type`.
  static func fileType(_ number: Int) -> String? {
    [
      0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
      12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 21: "Q2_K_S",
      32: "BF16",
    ][number]
  }
}
