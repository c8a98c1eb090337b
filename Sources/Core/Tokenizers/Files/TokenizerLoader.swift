#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Opens tokenizers in the forms they are found in.
public enum TokenizerLoader {
  /// A tokenizer from a file or a folder: tokenizer.json, vocab.json + merges.txt, encoder.json + vocab.bpe (any of the
  /// files, or the folder that holds them; tokenizer.json first), or a GGUF file.
  /// - Throws: ``FormatError``: damaged, of a kind that is not supported, or not a tokenizer.
  public static func load(path: String) throws -> any Tokenizer {
    if isFolder(path) { return try load(folder: path) }
    let (folder, name) = split(path)
    switch name {
    case "vocab.json", "merges.txt": return try pair(folder, "vocab.json", "merges.txt")
    case "encoder.json", "vocab.bpe": return try pair(folder, "encoder.json", "vocab.bpe")
    default: break
    }
    let file = try MappedFile(path: path)
    if GGUFFile.isGGUF(file.bytes) { return try load(gguf: GGUFFile(file: file)) }
    if let kind = laterKind(name) {
      throw FormatError(
        file: path, found: "\(kind), which is not supported so far",
        expected: "tokenizer.json, vocab.json with merges.txt, or a GGUF file")
    }
    guard let first = file.bytes.first(where: { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }),
      first == UInt8(ascii: "{") || first == 0xEF
    else {
      // A checkpoint's weights: the tokenizer lies beside them.
      if name.hasSuffix(".safetensors") || name.hasSuffix(".index.json") { return try load(folder: folder) }
      throw FormatError(
        file: path, found: "not a tokenizer", expected: "tokenizer.json, vocab.json with merges.txt, or a GGUF file")
    }
    if name == "config.json" || name.hasSuffix(".index.json") { return try load(folder: folder) }
    return try json(file, name: displayName(folder, name), folder: folder)
  }

  /// The tokenizer in the metadata of a GGUF file.
  public static func load(gguf: GGUFFile) throws -> any Tokenizer {
    try GGUFTokenizerReader(gguf).tokenizer(name: gguf.displayName)
  }

  /// The tokenizer that belongs to a model.
  public static func load(_ source: TokenizerSource) throws -> any Tokenizer {
    switch source {
    case .gguf(let file): return try load(gguf: file)
    case .folder(let path): return try load(folder: path)
    }
  }

  private static func load(folder: String) throws -> any Tokenizer {
    func has(_ name: String) -> Bool { access(folder + "/" + name, R_OK) == 0 }
    if has("tokenizer.json") {
      return try json(
        MappedFile(path: folder + "/tokenizer.json"), name: displayName(folder, "tokenizer.json"), folder: folder)
    }
    if has("vocab.json"), has("merges.txt") { return try pair(folder, "vocab.json", "merges.txt") }
    if has("encoder.json"), has("vocab.bpe") { return try pair(folder, "encoder.json", "vocab.bpe") }
    let entries = (try? directoryEntries(folder)) ?? []
    if let gguf = entries.first(where: { $0.hasSuffix(".gguf") }) {
      return try load(gguf: GGUFFile(path: folder + "/" + gguf))
    }
    for name in entries {
      guard let kind = laterKind(name) else { continue }
      throw FormatError(
        file: folder + "/" + name, found: "\(kind), which is not supported so far",
        expected: "tokenizer.json, vocab.json with merges.txt, or a GGUF file")
    }
    throw FormatError(
      file: folder, found: "no tokenizer in this folder",
      expected: "tokenizer.json, vocab.json with merges.txt, or a GGUF file")
  }

  private static func json(_ file: MappedFile, name: String, folder: String) throws -> any Tokenizer {
    try withExtendedLifetime(file) {
      try TableCache.load([TokenizerCache.Source(file)]) { cache in
        try TokenizerJSON(file.bytes, file: file.path, cache: cache)
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

  /// GPT-2's own pair of files: a vocabulary and merges, cut by its pattern.
  private static func pair(_ folder: String, _ vocabularyName: String, _ mergesName: String) throws -> any Tokenizer {
    let vocabularyFile = try MappedFile(path: folder + "/" + vocabularyName)
    let mergesFile = try MappedFile(path: folder + "/" + mergesName)
    let sources = [TokenizerCache.Source(vocabularyFile), TokenizerCache.Source(mergesFile)]
    let (vocabulary, plain, merges) = try TableCache.load(sources) { cache in
      let (vocabulary, plain, _) = try BPEFileReader(file: vocabularyFile.path, isByteLevel: true, cache: cache)
        .vocabulary(JSONScanner(vocabularyFile.bytes, file: vocabularyFile.path))
      let merges = try BPEFileReader(file: mergesFile.path, isByteLevel: true, cache: cache)
        .merges(lines: mergesFile.bytes.bindMemory(to: UInt8.self), vocabulary)
      return (vocabulary, plain, merges)
    }
    let configuration = TokenizerConfiguration(folder: folder)
    // These files do not say which tokens are special; the names that vocabularies of this form use are.
    let names =
      ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>"]
      + [configuration.bos, configuration.eos, configuration.padding, configuration.unknown].compactMap { $0 }
    var seen = Set<String>()
    let added = names.compactMap { name -> AddedToken? in
      let id = vocabulary.id(Array(name.utf8))
      return id >= 0 && seen.insert(name).inserted ? AddedToken(content: name, id: id) : nil
    }
    let finder = SpecialTokenFinder(
      id: { text in added.first { $0.content.utf8.elementsEqual(text.utf8) }?.id }, prefix: [])
    var special = finder.specialTokens(configuration, unknown: nil)
    // GPT-2 has one special token for everything.
    special.bos = special.bos ?? special.eos
    let stages = PipelineTokenizer.Stages(
      added: AddedVocabulary(added), preTokenizer: ByteLevelPreTokenizer(addPrefixSpace: false, useRegex: true),
      model: BPEModel(vocabulary: vocabulary, merges: merges, isByteLevel: true), decoders: [ByteLevelDecoder()],
      isByteLevel: true, plainTokens: plain)
    return PipelineTokenizer(name: displayName(folder, vocabularyName), stages: stages, specialTokens: special)
  }

  /// Kinds of files that are known, but not yet read.
  private static func laterKind(_ name: String) -> String? {
    if name == "vocab.txt" { return "a WordPiece vocabulary" }
    if name.hasSuffix(".tiktoken") { return "a tiktoken rank file" }
    if name.hasSuffix(".model") { return "a SentencePiece model or rank file" }
    if name == "tokenizer.bin" { return "a llama2.c vocabulary" }
    return nil
  }

  // MARK: - Paths

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = path[..<slash]
    return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
  }

  private static func stem(_ name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  /// A tokenizer is called after its folder where its file has the usual name.
  private static func displayName(_ folder: String, _ name: String) -> String {
    let usual = ["tokenizer.json", "vocab.json", "encoder.json"]
    var trimmed = folder
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    let parent = split(trimmed).name
    return usual.contains(name) && !parent.isEmpty && parent != "." ? parent : stem(name)
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func directoryEntries(_ path: String) throws -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory), names.count < 10_000 {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    return names.sorted()
  }
}
