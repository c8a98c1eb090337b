extension ModelFiles {
  /// A folder with config.json and weights.
  init(folder: String) throws {
    let source = try Self.weights(folder)
    try self.init(source: source, folder: folder, path: folder)
  }

  /// One .safetensors file, described by the config.json beside it.
  init(safeTensors path: String) throws {
    let source = try SafeTensorsFolder(path: path)
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try self.init(source: source, folder: folder, path: path)
  }

  /// The settings are looked at first: an unknown kind of model is told as that, not as missing weights.
  private static func weights(_ folder: String) throws -> SafeTensorsFolder {
    _ = try architecture(settings(folder))
    return try SafeTensorsFolder(path: folder)
  }

  private static func settings(_ folder: String) throws -> HuggingFaceConfig {
    let path = folder + "/config.json"
    guard FileSystem.exists(path) else {
      throw FormatError(
        file: folder, found: "no config.json",
        expected: "a model: a GGUF file, or a folder with config.json and model.safetensors")
    }
    return try HuggingFaceConfig(JSONFile.read(path, limit: 16 << 20), path: path)
  }

  private static func architecture(_ config: HuggingFaceConfig) throws -> any Architecture {
    if let architecture = ModelRegistry.architecture(modelType: config.modelType) { return architecture }
    let encoders = [
      "bert", "roberta", "distilbert", "xlm-roberta", "mpnet", "albert", "electra", "deberta-v2", "modernbert",
    ]
    throw FormatError(
      file: config.path,
      found: encoders.contains(config.modelType)
        ? "an encoder of type \"\(config.modelType)\", which gives sentence vectors and cannot write text"
        : "a model of type \"\(config.modelType)\"",
      expected: "one of " + ModelRegistry.supported(.huggingFace))
  }

  private init(source: SafeTensorsFolder, folder: String, path: String) throws {
    let config = try Self.settings(folder)
    let architecture = try Self.architecture(config)
    var configuration = try architecture.configuration(huggingFace: config)
    try config.refuseUnread(configuration)
    let tokenizerConfig = try JSONFile.readIfPresent(folder + "/tokenizer_config.json")
    let generation = try JSONFile.readIfPresent(folder + "/generation_config.json")
    let ends = HuggingFaceConfig.tokenIDs(generation?["eos_token_id"]) + Self.endToken(tokenizerConfig)
    for id in ends where !configuration.eosTokenIDs.contains(id) { configuration.eosTokenIDs.append(id) }
    let tokenizerFiles = ["tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model"]
    try self.init(
      path: path, name: Self.folderName(folder), format: .huggingFace, architecture: architecture,
      configuration: configuration, source: source,
      chatTemplate: try Self.chatTemplate(folder, tokenizerConfig), quantization: nil,
      tokenizerSource: tokenizerFiles.contains { FileSystem.exists(folder + "/" + $0) } ? .folder(folder) : nil)
  }

  /// The id of tokenizer_config.json's `eos_token`, where its list of added tokens has it.
  private static func endToken(_ config: JSON?) -> [TokenID] {
    guard let value = config?["eos_token"], let text = value.string ?? value["content"]?.string,
      let added = config?["added_tokens_decoder"]?.object
    else { return [] }
    return added.members.compactMap { $0.value["content"]?.string == text ? TokenID($0.key) : nil }.filter { $0 >= 0 }
  }

  /// chat_template.jinja, else `chat_template` of tokenizer_config.json or chat_template.json: a text, or a list of
  /// named ones of which "default" counts.
  private static func chatTemplate(_ folder: String, _ tokenizerConfig: JSON?) throws -> String? {
    let path = folder + "/chat_template.jinja"
    if let size = FileSystem.size(path), size <= 4 << 20 {
      return try MappedFile(path: path).withBytes { String(decoding: $0, as: UTF8.self) }
    }
    let value =
      try tokenizerConfig?["chat_template"] ?? JSONFile.readIfPresent(folder + "/chat_template.json")?["chat_template"]
    if let text = value?.string { return text }
    let list = value?.array ?? []
    return (list.first { $0["name"]?.string == "default" } ?? list.first)?["template"]?.string
  }

  /// "HuggingFaceTB/SmolLM2-135M" of a Hugging Face cache folder, "run-7 step-000100" of a checkpoint, else the
  /// folder's name.
  static func folderName(_ folder: String) -> String {
    let parts = FileSystem.resolved(folder).split(separator: "/").map(String.init)
    guard let last = parts.last else { return folder }
    if parts.count >= 3, parts[parts.count - 2] == "snapshots", parts[parts.count - 3].hasPrefix("models--") {
      return parts[parts.count - 3].dropFirst("models--".count).split(separator: "--", maxSplits: 1)
        .joined(separator: "/")
    }
    if last.hasPrefix("step-"), parts.count >= 3, parts[parts.count - 2] == "checkpoints" {
      return parts[parts.count - 3] + " " + last
    }
    if ["final", "model", "best"].contains(last), parts.count >= 2 { return parts[parts.count - 2] }
    return last
  }
}
