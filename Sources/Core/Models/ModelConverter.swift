/// Models from one format to another: `models convert` and `models quantize`.
///
/// What is written is opened and compared with what it was written from before it gets its name: the plan, the tokens of
/// many texts, the logits of a short prompt. A file that would be another model is not left behind.
public enum ModelConverter {
  /// Writes a model as GGUF where `output` ends in `.gguf`, else as a Hugging Face folder.
  /// - Parameters:
  ///   - type: how matrices are stored; nil: as they are where that can be written, else F16.
  ///   - replaces: files of the same names are replaced; else a place that is taken is refused.
  /// - Returns: what the new format cannot say to other programs, in sentences.
  /// - Throws: ``FormatError``, ``WriteError``.
  @discardableResult
  public static func convert(
    _ files: ModelFiles, to output: String, type: TensorType? = nil, replaces: Bool = false
  ) throws -> [String] {
    guard files.configuration.architecture != GlassboxModel.name else {
      throw WriteError(
        path: output, reason: "\(files.name) has a shape that no other program's format can say, so it is not converted"
      )
    }
    let kept = TensorType.allCases.first { $0.name == files.quantization }
    if output.lowercased().hasSuffix(".gguf") {
      let type = type ?? kept.flatMap { ValueEncoder.types.contains($0) ? $0 : nil } ?? .f16
      return try quantize(files, to: output, type: type, replaces: replaces)
    }
    let plain: [TensorType] = [.f32, .f16, .bf16]
    let dtype = type ?? kept.flatMap { plain.contains($0) ? $0 : nil } ?? .f16
    guard plain.contains(dtype) else {
      throw WriteError(path: output, reason: "a Hugging Face folder holds F32, F16 or BF16, not \(dtype.name)")
    }
    try checkIsAnother(output, files)
    let existing: AtomicFolder.Existing = replaces ? .merged : .refused
    try AtomicFolder.check(output, existing: existing)
    let check = try ConversionCheck(files)
    // It gets its name when it was opened and compared.
    try AtomicFolder.write(to: output, existing: existing) { folder in
      try HuggingFaceWriter.fill(
        folder, plan: files.plan, read: reader(files), dtype: dtype, tokenizer: files.tokenizerSource,
        chatTemplate: files.chatTemplate, extraFiles: [])
      try check.compare(folder, type: dtype, output: output)
    }
    return []
  }

  /// Writes a model as GGUF with its matrices in `type`.
  /// - Parameter replaces: a file that is there is replaced; else it is refused.
  /// - Returns: what GGUF cannot say to other programs, in sentences.
  /// - Throws: ``FormatError``, ``WriteError``.
  @discardableResult
  public static func quantize(
    _ files: ModelFiles, to output: String, type: TensorType, replaces: Bool = false
  ) throws -> [String] {
    try checkIsAnother(output, files)
    let existing: ExistingFile = replaces ? .replaced : .refused
    try AtomicFile.status(of: FileSystem.followed(output), existing: existing, path: output)
    var writer = GGUFModelWriter(plan: files.plan, read: reader(files), type: type)
    writer.name = files.name
    writer.tokenizer = files.tokenizerSource
    writer.chatTemplate = files.chatTemplate
    writer.metadata = general(files.source as? GGUFFile)
    try writer.checkSayable(output)
    let check = try ConversionCheck(files)
    return try writer.write(to: output, existing: existing) { try check.compare($0, type: type, output: output) }
  }

  /// A model is not written over itself.
  private static func checkIsAnother(_ output: String, _ files: ModelFiles) throws {
    let isFolder = FileSystem.isFolder(files.path)
    let isPart = files.path.hasSuffix(".safetensors") && FileSystem.same(output, FileSystem.folder(of: files.path))
    let isInside = isFolder && FileSystem.exists(output) && FileSystem.same(FileSystem.folder(of: output), files.path)
    guard !FileSystem.same(output, files.path), !isPart, !isInside else {
      throw WriteError(path: output, reason: "it is the model that is read; choose another place")
    }
  }

  /// Author, licence and the like.
  private static func general(_ file: GGUFFile?) -> [(String, GGUFWriter.Value)] {
    let own = ["architecture", "type", "name", "file_type", "quantization_version", "alignment"].map { "general." + $0 }
    return (file?.keys ?? []).filter { $0.hasPrefix("general.") && !own.contains($0) }
      .compactMap { key in file?[key].map { (key, .copy($0)) } }
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
  /// - Throws: ``WriteError`` and ``FormatError``, also where GGUF has no words for the model or its tokenizer.
  @discardableResult
  public static func writeGGUF(
    plan: BlockPlan, parameters: (ParameterID) -> UnsafeBufferPointer<Float>, type: TensorType, name: String,
    tokenizer: TokenizerSource?, chatTemplate: String?, metadata: [(String, GGUFWriter.Value)] = [], to path: String
  ) throws -> [String] {
    try withoutActuallyEscaping(parameters) { parameters in
      var writer = GGUFModelWriter(plan: plan, read: HuggingFaceWriter.reader(plan, parameters), type: type)
      writer.name = name
      writer.tokenizer = tokenizer
      writer.chatTemplate = chatTemplate
      writer.metadata = metadata
      return try writer.write(to: path)
    }
  }

  private static func reader(_ files: ModelFiles) -> FileTensorLayout.Reader {
    { id, rows, output in files.rows(of: id).read(rows, into: output) }
  }
}
