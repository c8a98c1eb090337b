#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Opens tokenizers in the forms they are found in.
public enum TokenizerLoader {
  private static let forms =
    "tokenizer.json, vocab.txt, vocab.json with merges.txt, encoder.json with vocab.bpe, a SentencePiece .model, "
    + "a .tiktoken rank file, llama2.c's tokenizer.bin, or a GGUF file"

  /// A tokenizer from a file, or from a folder that holds one (tokenizer.json first): tokenizer.json, vocab.txt (BERT),
  /// vocab.json + merges.txt, encoder.json + vocab.bpe, tiktoken's rank files, SentencePiece models, llama2.c's
  /// tokenizer.bin, GGUF. What a file is, its content says; of the pairs either file may be named. `bytes`, `chars:FILE`
  /// and `words:FILE` are made on the spot (``TextTokenizers``).
  /// - Parameter pattern: the name of the encoding of a rank file (``RankEncoding``) that neither its name nor its size
  ///   tells.
  /// - Throws: ``FormatError``: damaged, of a kind that is not supported, or not a tokenizer.
  public static func load(path: String, pattern: String? = nil) throws -> any Tokenizer {
    if let made = try madeFromText(path) { return made }
    if isFolder(path) { return try load(folder: path, pattern: pattern) }
    let (folder, name) = split(path)
    if let pair = VocabularyAndMerges.files.first(where: { $0.vocabulary == name || $0.merges == name }) {
      return try VocabularyAndMerges(folder: folder, files: pair).tokenizer(name: displayName(folder, pair.vocabulary))
    }
    let file = try MappedFile(path: path)
    if GGUFFile.isGGUF(file.bytes) { return try load(gguf: GGUFFile(file: file)) }
    if RankFile.isRankFile(file.bytes) { return try rankFile(file, pattern: pattern) }
    if let pattern {
      throw FormatError(file: path, found: "no rank file", expected: "one for --pattern \(pattern)")
    }
    if name == "vocab.txt" || name.hasSuffix(".vocab.txt") || name.hasSuffix("-vocab.txt") { return try bert(file) }
    if let tokenizer = try sentencePiece(file, folder, name) { return tokenizer }
    guard let first = file.bytes.first(where: { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }),
      first == UInt8(ascii: "{") || first == 0xEF
    else {
      // A checkpoint's weights: the tokenizer lies beside them.
      if name.hasSuffix(".safetensors") || name.hasSuffix(".index.json") { return try load(folder: folder) }
      throw FormatError(file: path, found: "not a tokenizer", expected: forms)
    }
    if name == "config.json" || name.hasSuffix(".index.json") { return try load(folder: folder) }
    return try json(file, name: displayName(folder, name), folder: folder)
  }

  /// The tokenizer in the metadata of a GGUF file.
  public static func load(gguf: GGUFFile) throws -> any Tokenizer {
    let tokenizer = try TableCache.load([TokenizerCache.Source(path: gguf.path, bytes: gguf.head)]) {
      try GGUFTokenizerReader(gguf, cache: $0).tokenizer(name: gguf.displayName)
    }
    try gguf.checkUnchanged()
    return tokenizer
  }

  /// The tokenizer that belongs to a model.
  public static func load(_ source: TokenizerSource) throws -> any Tokenizer {
    switch source {
    case .gguf(let file): return try load(gguf: file)
    case .folder(let path): return try load(folder: path)
    }
  }

  private static func load(folder: String, pattern: String? = nil) throws -> any Tokenizer {
    func has(_ name: String) -> Bool { access(folder + "/" + name, R_OK) == 0 }
    func file(_ name: String) throws -> MappedFile { try MappedFile(path: folder + "/" + name) }
    if pattern == nil {
      if has("tokenizer.json") {
        return try json(file("tokenizer.json"), name: displayName(folder, "tokenizer.json"), folder: folder)
      }
      if let pair = VocabularyAndMerges.files.first(where: { has($0.vocabulary) && has($0.merges) }) {
        return try VocabularyAndMerges(folder: folder, files: pair).tokenizer(
          name: displayName(folder, pair.vocabulary))
      }
      if has("vocab.txt") { return try bert(file("vocab.txt")) }
    }
    let entries = (try? directoryEntries(folder)) ?? []
    for name in entries where name.hasSuffix(".tiktoken") || name.hasSuffix(".model") {
      let file = try file(name)
      if RankFile.isRankFile(file.bytes) { return try rankFile(file, pattern: pattern) }
    }
    if let gguf = entries.first(where: { $0.hasSuffix(".gguf") }), pattern == nil {
      return try load(gguf: GGUFFile(path: folder + "/" + gguf))
    }
    for name in entries where name.hasSuffix(".model") || name == "tokenizer.bin" {
      let file = try MappedFile(path: folder + "/" + name)
      if let tokenizer = try sentencePiece(file, folder, name) { return tokenizer }
    }
    throw FormatError(file: folder, found: "no tokenizer in this folder", expected: forms)
  }

  /// A SentencePiece model, or llama2.c's form of one; nil where a file is neither.
  private static func sentencePiece(_ file: MappedFile, _ folder: String, _ name: String) throws -> (any Tokenizer)? {
    try file.withBytes { _ in
      if SentencePieceFile.isSentencePiece(file.bytes) {
        return try TableCache.load([TokenizerCache.Source(file)]) {
          try SentencePieceFile(file.bytes, file: file.path).tokenizer(name: displayName(folder, name), cache: $0)
        }
      }
      if name == "tokenizer.bin" || Llama2CFile.isLlama2C(file.bytes) {
        return try Llama2CFile(file.bytes, file: file.path).tokenizer(name: displayName(folder, name))
      }
      return nil
    }
  }

  private static func json(_ file: MappedFile, name: String, folder: String) throws -> any Tokenizer {
    try file.withBytes { bytes in
      try TableCache.load([TokenizerCache.Source(file)]) { cache in
        try TokenizerJSON(bytes, file: file.path, cache: cache)
          .tokenizer(name: name, configuration: TokenizerConfiguration(folder: folder))
      }
    }
  }

  /// A tokenizer from the text of a tokenizer.json.
  public static func load(json bytes: [UInt8], name: String) throws -> any Tokenizer {
    try bytes.withUnsafeBytes {
      try TokenizerJSON($0, file: name).tokenizer(name: name, configuration: TokenizerConfiguration())
    }
  }

  private static func bert(_ file: MappedFile) throws -> any Tokenizer {
    let (folder, name) = split(file.path)
    return try file.withBytes { bytes in
      try TableCache.load([TokenizerCache.Source(file)]) { cache in
        try BERTVocabulary(bytes, file: file.path, cache: cache).tokenizer(
          name: displayName(folder, name), file: file.path, configuration: TokenizerConfiguration(folder: folder))
      }
    }
  }

  private static func rankFile(_ file: MappedFile, pattern: String?) throws -> any Tokenizer {
    let (folder, name) = split(file.path)
    return try file.withBytes { bytes in
      try TableCache.load([TokenizerCache.Source(file)]) { cache in
        try RankFile(bytes, file: file.path, cache: cache).tokenizer(
          name: displayName(folder, name), file: file.path, stem: stem(name), pattern: pattern,
          configuration: TokenizerConfiguration(folder: folder))
      }
    }
  }
}
