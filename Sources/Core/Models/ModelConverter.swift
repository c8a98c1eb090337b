/// Models from one format to another: `models convert` and `models quantize`.
public enum ModelConverter {
  /// Writes a model as GGUF where `output` ends in `.gguf`, else as a Hugging Face folder.
  /// - Parameter type: how matrices are stored; nil: as they are where that can be written, else F16.
  /// - Throws: ``FormatError``, ``WriteError``.
  public static func convert(_ files: ModelFiles, to output: String, type: TensorType? = nil) throws {
    guard files.configuration.architecture != GlassboxModel.name else {
      throw WriteError(
        path: output, reason: "\(files.name) has a shape that no other program's format can say, so it is not converted"
      )
    }
    let kept = TensorType.allCases.first { $0.name == files.quantization }
    if output.hasSuffix(".gguf") {
      let type = type ?? kept.flatMap { ValueEncoder.types.contains($0) ? $0 : nil } ?? .f16
      return try quantize(files, to: output, type: type)
    }
    let plain: [TensorType] = [.f32, .f16, .bf16]
    let dtype = type ?? kept.flatMap { plain.contains($0) ? $0 : nil } ?? .f16
    guard plain.contains(dtype) else {
      throw WriteError(path: output, reason: "a Hugging Face folder holds F32, F16 or BF16, not \(dtype.name)")
    }
    try HuggingFaceWriter.write(
      plan: files.plan, read: reader(files), dtype: dtype, tokenizer: files.tokenizerSource,
      chatTemplate: files.chatTemplate, extraFiles: [], to: output)
  }

  /// Writes a model as GGUF with its matrices in `type`.
  public static func quantize(_ files: ModelFiles, to output: String, type: TensorType) throws {
    try writeGGUF(
      plan: files.plan, read: reader(files), type: type, name: files.name, tokenizer: files.tokenizerSource,
      chatTemplate: files.chatTemplate, to: output)
  }

  /// A type by the name users give it: "q8_0", "F16".
  /// - Throws: ``WriteError`` naming the types that can be written.
  public static func type(named name: String, for output: String) throws -> TensorType {
    if let type = ValueEncoder.types.first(where: { $0.name == name.uppercased() }) { return type }
    let known = ValueEncoder.types.map(\.name).joined(separator: ", ")
    throw WriteError(path: output, reason: "\"\(name)\" is not a type that can be written: \(known)")
  }

  /// Writes a plan's parameters as GGUF that llama.cpp loads.
  /// - Parameters:
  ///   - parameters: the values of a parameter of the plan, row after row.
  ///   - type: of the matrices whose rows are whole blocks; norms, biases and the like are F32.
  ///   - tokenizer: its vocabulary becomes the file's.
  ///   - metadata: more keys, as `general.license`.
  public static func writeGGUF(
    plan: BlockPlan, parameters: (ParameterID) -> UnsafeBufferPointer<Float>, type: TensorType, name: String,
    tokenizer: TokenizerSource?, chatTemplate: String?, metadata: [(String, GGUFWriter.Value)] = [], to path: String
  ) throws {
    try withoutActuallyEscaping(parameters) { parameters in
      try writeGGUF(
        plan: plan, read: HuggingFaceWriter.reader(plan, parameters), type: type, name: name, tokenizer: tokenizer,
        chatTemplate: chatTemplate, metadata: metadata, to: path)
    }
  }

  private static func reader(_ files: ModelFiles) -> FileTensorLayout.Reader {
    { id, rows, output in files.rows(of: id).read(rows, into: output) }
  }

  static func writeGGUF(
    plan: BlockPlan, read: @escaping FileTensorLayout.Reader, type: TensorType, name: String,
    tokenizer: TokenizerSource?, chatTemplate: String?, metadata: [(String, GGUFWriter.Value)] = [], to path: String
  ) throws {
    let c = plan.configuration
    guard let architecture = ModelRegistry.architecture(modelType: c.architecture),
      let ggufName = architecture.ggufNames.first
    else { throw WriteError(path: path, reason: "\(c.architecture) models are not written as GGUF") }
    var keys: [(String, GGUFWriter.Value)] = [
      ("general.architecture", .string(ggufName)), ("general.type", .string("model")), ("general.name", .string(name)),
      ("general.file_type", .uint32(GGUFSettings.fileType(type))), ("general.quantization_version", .uint32(2)),
    ]
    keys += metadata + GGUFSettings.keys(c, architecture: ggufName)
    switch tokenizer {
    case nil: keys.append(("tokenizer.ggml.model", .string("no_vocab")))
    case .gguf(let file):
      for key in file.keys where key.hasPrefix("tokenizer.") && key != "tokenizer.chat_template" {
        if let value = file[key] { keys.append((key, .copy(value))) }
      }
    case .folder(let folder): keys += try GGUFTokenizerKeys.keys(folder: folder, configuration: c)
    }
    if let chatTemplate { keys.append(("tokenizer.chat_template", .string(chatTemplate))) }

    let layout = FileTensorLayout(plan: plan, architecture: architecture, format: .gguf)
    var tensors = layout.tensors.map { tensor in
      GGUFWriter.Tensor(name: tensor.name, shape: tensor.shape, type: stored(tensor, as: type)) { emit in
        try FileTensorLayout.forEachPiece(of: tensor, read: read) { try emit(UnsafeBufferPointer($0)) }
      }
    }
    if let factors = GGUFSettings.rotaryFactors(c) {
      tensors.append(
        GGUFWriter.Tensor(name: "rope_freqs.weight", shape: [factors.count], type: .f32) { emit in
          try factors.withUnsafeBufferPointer { try emit($0) }
        })
    }
    try GGUFWriter.write(metadata: keys, tensors: tensors, to: path)
  }

  private static func stored(_ tensor: FileTensorLayout.FileTensor, as type: TensorType) -> TensorType {
    switch tensor.role {
    case .norm, .bias, .positionEmbedding: return .f32
    case .embedding where type == .q4_0:
      // Four bits cost an output head more than they save.
      return tensor.columns % 32 == 0 ? .q8_0 : .f16
    case .embedding, .matrix: return tensor.columns % type.blockSize == 0 ? type : .f16
    }
  }
}
