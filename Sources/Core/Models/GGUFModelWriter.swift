#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A plan and its parameters on their way into a GGUF file. Before any weight is written, the keys are read back as any
/// reader will read them; where that gives another model or other tokens, nothing is written.
struct GGUFModelWriter {
  let plan: BlockPlan
  let read: FileTensorLayout.Reader
  let type: TensorType
  var name = ""
  var tokenizer: TokenizerSource?
  var chatTemplate: String?
  /// More keys, as `general.license`.
  var metadata: [(String, GGUFWriter.Value)] = []

  init(plan: BlockPlan, read: @escaping FileTensorLayout.Reader, type: TensorType) {
    self.plan = plan
    self.read = read
    self.type = type
  }

  private struct Prepared {
    var keys: [(String, GGUFWriter.Value)]
    var tensors: [GGUFWriter.Tensor]
    var rotaryFactors: [Float]?
    var notes: [String] = []
  }

  /// - Parameter check: is given the finished file before it gets its name.
  /// - Returns: what GGUF cannot say to other programs, in sentences.
  func write(
    to path: String, existing: ExistingFile = .replaced, check: ((String) throws -> Void)? = nil
  ) throws -> [String] {
    let prepared = try prepare(path)
    try compare(prepared, path)
    try GGUFWriter.write(
      metadata: prepared.keys, tensors: prepared.tensors, to: path, existing: existing, check: check)
    return prepared.notes
  }

  /// - Throws: ``WriteError`` or ``FormatError`` naming what GGUF cannot say of this model.
  func checkSayable(_ path: String) throws { try compare(prepare(path), path) }

  private func architecture(_ path: String) throws -> (any Architecture, ggufName: String) {
    let type = plan.configuration.architecture
    guard let architecture = ModelRegistry.architecture(modelType: type), let name = architecture.ggufNames.first else {
      throw WriteError(path: path, reason: "\(type) models are not written as GGUF")
    }
    return (architecture, name)
  }

  private func prepare(_ path: String) throws -> Prepared {
    let c = plan.configuration
    let (architecture, ggufName) = try architecture(path)
    var keys: [(String, GGUFWriter.Value)] = [
      ("general.architecture", .string(ggufName)), ("general.type", .string("model")), ("general.name", .string(name)),
      ("general.file_type", .uint32(GGUFSettings.fileType(type))), ("general.quantization_version", .uint32(2)),
    ]
    keys += metadata + GGUFSettings.keys(c, architecture: ggufName)
    var notes: [String] = []
    switch tokenizer {
    case nil:
      keys.append(("tokenizer.ggml.model", .string("no_vocab")))
      keys += GGUFTokenizerKeys.ends(nil, c)
      if let bos = c.bosTokenID, bos >= 0 { keys.append(("tokenizer.ggml.bos_token_id", .uint32(UInt32(bos)))) }
    case .gguf(let file):
      let own = ["tokenizer.", "glassbox.tokenizer."]
      for key in file.keys where own.contains(where: { key.hasPrefix($0) }) && key != "tokenizer.chat_template" {
        if let value = file[key] { keys.append((key, .copy(value))) }
      }
    case .folder(let folder):
      let tokens = try GGUFTokenizerKeys(
        folder: folder, configuration: c, tokenizer: TokenizerLoader.load(.folder(folder)))
      keys += try tokens.keys()
      notes = tokens.form.notes
    }
    if let chatTemplate { keys.append(("tokenizer.chat_template", .string(chatTemplate))) }

    let layout = FileTensorLayout(plan: plan, architecture: architecture, format: .gguf)
    let read = read
    var tensors = layout.tensors.map { tensor in
      GGUFWriter.Tensor(name: tensor.name, shape: tensor.shape, type: stored(tensor)) { emit in
        try FileTensorLayout.forEachPiece(of: tensor, read: read) { try emit(UnsafeBufferPointer($0)) }
      }
    }
    let factors = GGUFSettings.rotaryFactors(c)
    if let factors {
      tensors.append(
        GGUFWriter.Tensor(name: "rope_freqs.weight", shape: [factors.count], type: .f32) { emit in
          try factors.withUnsafeBufferPointer { try emit($0) }
        })
    }
    return Prepared(keys: keys, tensors: tensors, rotaryFactors: factors, notes: notes)
  }

  private func stored(_ tensor: FileTensorLayout.FileTensor) -> TensorType {
    switch tensor.role {
    case .norm, .bias, .positionEmbedding: return .f32
    case .embedding where type == .q4_0:
      // Four bits cost an output head more than they save.
      return tensor.columns % 32 == 0 ? .q8_0 : .f16
    case .embedding, .matrix: return tensor.columns % type.blockSize == 0 ? type : .f16
    }
  }

  // MARK: - Reading it back

  /// The keys alone, written beside the file that is to be and read as its reader will.
  private func compare(_ prepared: Prepared, _ path: String) throws {
    let temporary = AtomicFile.temporaryName(FileSystem.followed(path), ending: "keys.tmp")
    defer { unlink(temporary) }
    try GGUFWriter.write(metadata: prepared.keys, tensors: [], to: temporary, existing: .refused)
    let file = try GGUFFile(path: temporary)
    try comparePlan(prepared, file, path)
    guard case .folder(let folder) = tokenizer else { return }
    let difference = try TokenizerAgreement.difference(
      TokenizerLoader.load(.folder(folder)), TokenizerLoader.load(gguf: file), texts: [chatTemplate ?? ""])
    if let difference { throw WriteError(path: path, reason: difference) }
  }

  private func comparePlan(_ prepared: Prepared, _ file: GGUFFile, _ path: String) throws {
    var shapes: [String: GGUFWriter.Tensor] = [:]
    for tensor in prepared.tensors { shapes[tensor.name] = tensor }
    func compare(_ factors: UnsafeRawBufferPointer) throws {
      let empty = UnsafeRawBufferPointer(start: nil, count: 0)
      let metadata = try GGUFMetadata(file) { name in
        shapes[name].map {
          TensorView(name: name, type: $0.type, shape: $0.shape, bytes: name == "rope_freqs.weight" ? factors : empty)
        }
      }
      let configuration = try architecture(path).0.configuration(gguf: metadata)
      if let difference = ModelDifference.first(plan, BlockPlan(configuration)) {
        throw WriteError(path: path, reason: difference.sentence(in: "GGUF"))
      }
      try metadata.refuseUnread(configuration)
    }
    try (prepared.rotaryFactors ?? []).withUnsafeBytes(compare)
  }
}
