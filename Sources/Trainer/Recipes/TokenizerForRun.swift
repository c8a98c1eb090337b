import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The tokenizer of a run: given, the model's own, or one trained on the data.
struct TokenizerForRun {
  var tokenizer: (any Tokenizer)?
  /// Whose files checkpoints take along.
  var source: TokenizerSource?
  /// Files of a tokenizer that was made for this run.
  var files: [(name: String, bytes: [UInt8])] = []

  static func find(_ preparation: RunPreparation, files: ModelFiles?, rows: [DataRow]) throws -> TokenizerForRun {
    if let given = preparation.tokenizer { return TokenizerForRun(tokenizer: given) }
    let configuration = preparation.configuration
    // A checkpoint brings the tokenizer of its run.
    if preparation.checkpoint == nil, let path = configuration.tokenizer {
      let path = FileSystem.exists(path) ? path : try ModelRegistry.resolve(path)
      return TokenizerForRun(tokenizer: try TokenizerLoader.load(path: path), source: try source(path))
    }
    if let source = files?.tokenizerSource {
      return TokenizerForRun(tokenizer: try TokenizerLoader.load(source), source: source)
    }
    let needsOne = rows.contains { if case .tokens = $0 { false } else { true } }
    guard needsOne else { return TokenizerForRun() }
    if let files {
      throw TrainingError.model(
        "\(files.path) brings no tokenizer to read text with; name one with 'tokenizer', or give rows of ids")
    }
    return try trained(on: rows, configuration)
  }

  /// The folder or GGUF file that holds a tokenizer's files.
  private static func source(_ path: String) throws -> TokenizerSource {
    if FileSystem.isFolder(path) { return .folder(path) }
    let file = try MappedFile(path: path)
    if GGUFFile.isGGUF(file.bytes) { return .gguf(try GGUFFile(file: file)) }
    return .folder(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
  }

  /// Text that a vocabulary is learnt from, at most: more changes it little.
  private static let textLimit = 256 << 20

  /// A byte-level BPE vocabulary of the data, with the tokens of ChatML.
  private static func trained(on rows: [DataRow], _ configuration: TrainingConfiguration) throws -> TokenizerForRun {
    let special = ["<|endoftext|>", ChatMLEncoder.start, ChatMLEncoder.end]
    var trainer = BPETrainer(
      options: .init(
        vocabularySize: max(configuration.model.vocabularySize, 256 + special.count), specialTokens: special,
        // Every digit a token of its own: small models learn sums that way.
        pattern: .qwen2))
    var bytes = 0
    for row in rows where bytes < textLimit {
      let texts: [String]
      switch row {
      case .text(let text): texts = [text]
      case .messages(let messages): texts = messages.map { $0.role + "\n" + $0.content }
      case .completion(let prompt, let completion): texts = [prompt + completion]
      case .tokens: texts = []
      }
      for text in texts {
        bytes += text.utf8.count
        trainer.add(text)
      }
    }
    let end = configuration.recipe == "sft" ? ChatMLEncoder.end : special[0]
    let settings: JSON = [
      "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": .string(end), "pad_token": .string(special[0]),
      "model_max_length": .int(configuration.contextLength), "clean_up_tokenization_spaces": false,
    ]
    let files = [
      (name: "tokenizer.json", bytes: try trainer.train().json),
      (name: "tokenizer_config.json", bytes: Array((settings.serialized(indent: 2) + "\n").utf8)),
    ]
    return TokenizerForRun(tokenizer: try load(files), files: files)
  }

  /// Reads files back as a resumed run will read them, so that both have the same tokens.
  private static func load(_ files: [(name: String, bytes: [UInt8])]) throws -> any Tokenizer {
    let folder = (environment("TMPDIR") ?? "/tmp") + "/glassbox-tokenizer-\(getpid())-\(UInt64(monotonicClock() * 1e9))"
    defer { AtomicFolder.remove(folder) }
    try AtomicFile.makeFolder(folder)
    for file in files { try AtomicFile.write(file.bytes, to: folder + "/" + file.name) }
    return try TokenizerLoader.load(path: folder)
  }
}
