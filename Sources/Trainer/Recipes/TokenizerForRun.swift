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

  /// A byte-level BPE vocabulary of the data, with the tokens of ChatML.
  private static func trained(on rows: [DataRow], _ configuration: TrainingConfiguration) throws -> TokenizerForRun {
    throw TrainingError.model("There is no tokenizer: name one with 'tokenizer'")
  }
}
