extension ModelFiles {
  /// A model in one GGUF file.
  init(gguf: GGUFFile) throws {
    let metadata = try GGUFMetadata(gguf)
    guard let architecture = ModelRegistry.architecture(gguf: metadata.architecture) else {
      throw FormatError(
        file: gguf.path, found: "a model of architecture \"\(metadata.architecture)\"",
        expected: "one of " + ModelRegistry.supported(.gguf))
    }
    if let parts = gguf["split.count"]?.int, parts > 1 {
      throw FormatError(
        file: gguf.path, found: "one of the \(parts) parts of a split model",
        expected: "one file; llama.cpp's gguf-split joins them with --merge")
    }
    guard !gguf.tensors.isEmpty else {
      throw FormatError(
        file: gguf.path, found: "only a vocabulary, no weights",
        expected: "a model to run; as a tokenizer it can be used")
    }
    let configuration = try architecture.configuration(gguf: metadata)
    try metadata.refuseUnread(configuration)
    let hasTokens = gguf["tokenizer.ggml.tokens"] != nil
    try self.init(
      path: gguf.path, name: gguf.displayName, format: .gguf,
      architecture: architecture, configuration: configuration, source: gguf,
      chatTemplate: gguf["tokenizer.chat_template"]?.string,
      quantization: gguf["general.file_type"]?.int.flatMap(Self.fileType),
      tokenizerSource: hasTokens ? .gguf(gguf) : nil)
  }
}
