/// Writes a model as a Hugging Face folder that transformers loads: config.json, model.safetensors,
/// generation_config.json and the tokenizer's files.
public enum HuggingFaceWriter {
  /// - Parameters:
  ///   - parameters: the values of a parameter of the plan, in the plan's shape, row after row.
  ///   - dtype: F32, F16 or BF16.
  ///   - tokenizer: files of this folder are copied; a GGUF's vocabulary is written as tokenizer.json.
  ///   - chatTemplate: written as chat_template.jinja; nil: as the tokenizer's files have it.
  ///   - extraFiles: more files of the folder, by name.
  ///   - folder: appears once all is on disk.
  ///   - existing: what becomes of a folder that is there; by default files of the same names are replaced.
  /// - Throws: ``WriteError``, ``FormatError``.
  public static func write(
    plan: BlockPlan, parameters: (ParameterID) -> UnsafeBufferPointer<Float>, dtype: TensorType = .f32,
    tokenizer: TokenizerSource? = nil, chatTemplate: String? = nil, extraFiles: [(name: String, bytes: [UInt8])] = [],
    to folder: String, existing: AtomicFolder.Existing = .merged
  ) throws {
    try AtomicFolder.write(to: folder, existing: existing) { folder in
      try fill(
        folder, plan: plan, parameters: parameters, dtype: dtype, tokenizer: tokenizer, chatTemplate: chatTemplate,
        extraFiles: extraFiles)
    }
  }

  /// The same files into a folder that is there, and has its name only when more than these are in it.
  /// - Throws: ``WriteError``, ``FormatError``.
  public static func fill(
    _ folder: String, plan: BlockPlan, parameters: (ParameterID) -> UnsafeBufferPointer<Float>,
    dtype: TensorType = .f32, tokenizer: TokenizerSource? = nil, chatTemplate: String? = nil,
    extraFiles: [(name: String, bytes: [UInt8])] = []
  ) throws {
    try withoutActuallyEscaping(parameters) { parameters in
      try fill(
        folder, plan: plan, read: reader(plan, parameters), dtype: dtype, tokenizer: tokenizer,
        chatTemplate: chatTemplate, extraFiles: extraFiles)
    }
  }

  /// Rows of parameters that lie in memory.
  static func reader(
    _ plan: BlockPlan, _ parameters: @escaping (ParameterID) -> UnsafeBufferPointer<Float>
  ) -> FileTensorLayout.Reader {
    { id, rows, output in
      let values = parameters(id)
      let columns = plan.parameters[id].shape.count < 2 ? values.count : plan.parameters[id].shape[1]
      guard let base = values.baseAddress, rows.upperBound * columns <= values.count else { return }
      output.update(from: base + rows.lowerBound * columns, count: rows.count * columns)
    }
  }

  static func fill(
    _ folder: String, plan: BlockPlan, read: @escaping FileTensorLayout.Reader, dtype: TensorType,
    tokenizer: TokenizerSource?, chatTemplate: String?, extraFiles: [(name: String, bytes: [UInt8])]
  ) throws {
    let c = plan.configuration
    guard let architecture = ModelRegistry.architecture(modelType: c.architecture) else {
      throw WriteError(path: folder, reason: "an architecture \"\(c.architecture)\" is not known")
    }
    let names = [.f32: "float32", .f16: "float16", .bf16: "bfloat16"] as [TensorType: String]
    let settings = try architecture.settings(c) + [("torch_dtype", .string(names[dtype] ?? "float32"))]
    let layout = FileTensorLayout(plan: plan, architecture: architecture, format: .huggingFace)
    try AtomicFile.write(JSON.members(settings).serialized(indent: 2) + "\n", to: folder + "/config.json")
    let generation = JSON.members(HuggingFaceSettings.tokens(c).filter { $0.1 != .null })
    try AtomicFile.write(generation.serialized(indent: 2) + "\n", to: folder + "/generation_config.json")
    try writeTokenizer(tokenizer, hasTemplate: chatTemplate != nil, to: folder)
    if let chatTemplate { try AtomicFile.write(chatTemplate, to: folder + "/chat_template.jinja") }
    for file in extraFiles { try AtomicFile.write(file.bytes, to: folder + "/" + file.name) }
    let entries = layout.tensors.map { tensor in
      SafeTensorsWriter.Entry(name: tensor.name, shape: tensor.shape) { emit in
        try FileTensorLayout.forEachPiece(of: tensor, read: read) { try emit(UnsafeBufferPointer($0)) }
      }
    }
    try SafeTensorsWriter.write(entries, as: dtype, to: folder + "/model.safetensors")
  }

  /// Files that describe a tokenizer.
  static let tokenizerFiles = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt", "tokenizer.model", "spiece.model", "vocab.txt", "chat_template.jinja", "chat_template.json",
  ]

  private static func writeTokenizer(_ source: TokenizerSource?, hasTemplate: Bool, to folder: String) throws {
    guard let source else { return }
    var files = try TokenizerFiles(source)
    // The model's own file says the template, once.
    if hasTemplate { files.removeChatTemplates() }
    for file in files.files { try AtomicFile.write(file.bytes, to: folder + "/" + file.name) }
  }
}
