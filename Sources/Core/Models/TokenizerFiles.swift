#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A tokenizer as the files of a Hugging Face folder, in memory: what a model is saved with, whatever becomes of the
/// place it was read from.
public struct TokenizerFiles: Sendable {
  public private(set) var files: [(name: String, bytes: [UInt8])] = []

  public init(_ files: [(name: String, bytes: [UInt8])]) { self.files = files }

  /// - Throws: ``FormatError`` where there is no form that a folder could hold.
  public init(_ source: TokenizerSource) throws {
    switch source {
    case .gguf(let file):
      files = try GGUFTokenizer.huggingFaceFiles(file).map { ($0.name, Array($0.text.utf8)) }
      guard !files.isEmpty else {
        throw FormatError(
          file: file.path, place: "tokenizer.ggml.model", found: file["tokenizer.ggml.model"]?.string ?? "nothing",
          expected: "a vocabulary that can be written as tokenizer.json")
      }
    case .folder(let folder): try read(folder, main: nil)
    }
  }

  /// - Parameter path: anything ``TokenizerLoader/load(path:pattern:)`` opens by a path.
  /// - Throws: ``FormatError``.
  public init(path: String) throws {
    guard !FileSystem.isFolder(path) else {
      try self.init(.folder(path))
      return
    }
    let file = try MappedFile(path: path)
    if GGUFFile.isGGUF(file.bytes) {
      try self.init(.gguf(GGUFFile(file: file)))
      return
    }
    self.init([])
    let (folder, name) = TokenizerLoader.split(path)
    try read(folder, main: name)
  }

  /// A tokenizer made on the spot (`bytes`, `chars:FILE`, `words:FILE`), written as tokenizer.json; with an end token.
  /// - Throws: ``FormatError``.
  public init(madeFromText name: String) throws {
    let made = try TokenizerLoader.load(path: name)
    let isBytes = name == "bytes", isWords = name.hasPrefix("words:")
    let unknown = isBytes ? nil : "<unk>"
    var vocabulary = JSONObject()
    for id in 0..<made.vocabularySize {
      // The ids of bytes are the bytes, written with the characters that stand for them.
      let text = made.token(of: TokenID(id)) ?? "<\(id)>"
      vocabulary.members.append((text, .int(id)))
    }
    let byteLevel: JSON = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true]
    let added: [JSON] = (unknown.map { [$0] } ?? []).map { text in
      Self.addedToken(text, id: vocabulary[text]?.int ?? 0, isSpecial: true)
    }
    let json: JSON = [
      "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added), "normalizer": nil,
      "pre_tokenizer": isBytes ? byteLevel : isWords ? ["type": "BertPreTokenizer"] : nil, "post_processor": nil,
      "decoder": isBytes ? byteLevel : isWords ? nil : ["type": "Fuse"],
      "model": isWords
        ? ["type": "WordLevel", "vocab": .object(vocabulary), "unk_token": "<unk>"]
        : [
          "type": "BPE", "dropout": nil, "unk_token": unknown.map { .string($0) } ?? nil,
          "continuing_subword_prefix": nil, "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false,
          "vocab": .object(vocabulary), "merges": .array([]),
        ],
    ]
    files = [("tokenizer.json", Array(json.serialized().utf8))]
    setConfiguration("tokenizer_class", .string("PreTrainedTokenizerFast"))
    if let unknown { setConfiguration("unk_token", .string(unknown)) }
    setConfiguration("clean_up_tokenization_spaces", .bool(false))
  }

  private mutating func read(_ folder: String, main: String?) throws {
    // The same files under the names they first had, and one that was named by itself.
    var names = HuggingFaceWriter.tokenizerFiles.map { (from: $0, to: $0) }
    let mains = ["tokenizer.json", "vocab.json", "merges.txt", "tokenizer.model", "spiece.model", "vocab.txt"]
    if let main {
      let isPair = ["vocab.json", "merges.txt", "encoder.json", "vocab.bpe"].contains(main)
      if main.hasSuffix(".json"), !isPair {
        names = names.filter { !mains.contains($0.to) } + [(main, "tokenizer.json")]
      } else if main.hasSuffix(".model"), main != "spiece.model" {
        names = names.filter { !mains.contains($0.to) } + [(main, "tokenizer.model")]
      } else if main.hasSuffix("vocab.txt") {
        names = names.filter { !mains.contains($0.to) } + [(main, "vocab.txt")]
      } else if isPair {
        names = names.filter { !mains.contains($0.to) || ["vocab.json", "merges.txt"].contains($0.to) }
      }
    }
    if !FileSystem.isFile(folder + "/vocab.json") {
      names += [("encoder.json", "vocab.json"), ("vocab.bpe", "merges.txt")]
    }
    for (from, to) in names where FileSystem.isFile(folder + "/" + from) {
      let file = try MappedFile(path: folder + "/" + from)
      files.append((to, try file.withBytes { Array($0) }))
    }
    guard files.contains(where: { mains.contains($0.name) }) else {
      throw FormatError(
        file: main.map { folder + "/" + $0 } ?? folder, found: "a tokenizer that cannot be saved with a model",
        expected: "tokenizer.json, vocab.json with merges.txt, vocab.txt or a SentencePiece .model")
    }
  }

  // MARK: Changes

  private func json(_ name: String) throws -> JSON? {
    guard let file = files.first(where: { $0.name == name }) else { return nil }
    return try JSON.parse(file.bytes, file: name, options: .init(allowsNonFinite: true))
  }

  private mutating func set(_ name: String, _ json: JSON, indent: Int? = nil) {
    let bytes = Array((indent.map { json.serialized(indent: $0) + "\n" } ?? json.serialized()).utf8)
    if let index = files.firstIndex(where: { $0.name == name }) {
      files[index].bytes = bytes
    } else {
      files.append((name, bytes))
    }
  }

  /// Sets a member of tokenizer_config.json; nil takes it out.
  private mutating func setConfiguration(_ key: String, _ value: JSON?) {
    var members = (try? json("tokenizer_config.json"))?.object ?? JSONObject()
    members.members.removeAll { $0.key == key }
    if let value { members.members.append((key, value)) }
    set("tokenizer_config.json", .object(members), indent: 2)
  }

  /// Takes out every chat template: the model's own file says it, once.
  public mutating func removeChatTemplates() {
    files.removeAll { $0.name == "chat_template.jinja" || $0.name == "chat_template.json" }
    if let config = try? json("tokenizer_config.json"), config["chat_template"] != nil {
      setConfiguration("chat_template", nil)
    }
  }

  /// Names the token that ends a text or a reply.
  public mutating func setEndToken(_ text: String) {
    let names = files.map(\.name)
    if !names.contains("tokenizer_config.json"), names.contains("tokenizer.json") {
      // Without it, transformers takes the class of the model's kind, which may read the vocabulary in its own way.
      setConfiguration("tokenizer_class", .string("PreTrainedTokenizerFast"))
    }
    setConfiguration("eos_token", .string(text))
    guard var map = (try? json("special_tokens_map.json"))?.object else { return }
    map.members.removeAll { $0.key == "eos_token" }
    map.members.append(("eos_token", .string(text)))
    set("special_tokens_map.json", .object(map), indent: 2)
  }

  /// Adds special tokens at the end of the vocabulary.
  /// - Parameter first: the id of the first of them.
  /// - Throws: ``FormatError`` where a file is damaged.
  public mutating func add(_ tokens: [String], firstID first: Int) throws {
    let entries = tokens.enumerated().map { Self.addedToken($0.element, id: first + $0.offset, isSpecial: true) }
    if var tokenizer = try json("tokenizer.json")?.object {
      tokenizer["added_tokens"] = .array((tokenizer["added_tokens"]?.array ?? []) + entries)
      set("tokenizer.json", .object(tokenizer))
    }
    // Where transformers looks for them beside vocabularies of other forms.
    var decoder = (try json("tokenizer_config.json"))?["added_tokens_decoder"]?.object ?? JSONObject()
    for entry in entries {
      guard let id = entry["id"]?.int, var members = entry.object else { continue }
      members.members.removeAll { $0.key == "id" }
      decoder[String(id)] = .object(members)
    }
    setConfiguration("added_tokens_decoder", .object(decoder))
  }

  private static func addedToken(_ text: String, id: Int, isSpecial: Bool) -> JSON {
    [
      "id": .int(id), "content": .string(text), "single_word": false, "lstrip": false, "rstrip": false,
      "normalized": false, "special": .bool(isSpecial),
    ]
  }

  // MARK: Use

  /// Reads the files back as whoever opens the saved model will.
  /// - Throws: ``FormatError``, ``WriteError``.
  public func load() throws -> any Tokenizer {
    let place = (FileSystem.environment("TMPDIR") ?? "/tmp") + "/glassbox-tokenizer-XXXXXX"
    var template = Array(place.utf8CString)
    guard mkdtemp(&template) != nil else { throw WriteError(path: place, reason: systemMessage(errno)) }
    let folder = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? place }
    defer {
      for file in files { unlink(folder + "/" + file.name) }
      rmdir(folder)
    }
    for file in files { try AtomicFile.write(file.bytes, to: folder + "/" + file.name) }
    return try TokenizerLoader.load(path: folder)
  }
}
