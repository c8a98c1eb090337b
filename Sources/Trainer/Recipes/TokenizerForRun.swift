import Core

/// The tokenizer of a run: given, the model's own, or one trained on the data; with the files it is saved by.
struct TokenizerForRun {
  var tokenizer: (any Tokenizer)?
  /// What checkpoints take along; nil for a tokenizer that the caller gave as such.
  var files: TokenizerFiles?
  /// Tokens were added to a model's vocabulary.
  private(set) var hasGrown = false

  static func find(_ preparation: RunPreparation, files: ModelFiles?, rows: [DataRow]) throws -> TokenizerForRun {
    if let given = preparation.tokenizer { return TokenizerForRun(tokenizer: given) }
    let configuration = preparation.configuration
    // A checkpoint brings the tokenizer of its run.
    if preparation.checkpoint == nil, let name = configuration.tokenizer {
      let made = try named(name)
      if let files, let tokenizer = made.tokenizer { try checkVocabulary(of: tokenizer, name, files) }
      return made
    }
    if let source = files?.tokenizerSource {
      return TokenizerForRun(tokenizer: try TokenizerLoader.load(source), files: try TokenizerFiles(source))
    }
    if let checkpoint = preparation.checkpoint {
      // Checkpoints of earlier versions could lack it: then the run's folder has it, or the settings name it.
      let beside = checkpoint + "/../../tokenizer"
      if FileSystem.isFolder(beside) { return try named(beside) }
      if let name = configuration.tokenizer ?? configuration.base { return try named(name) }
    }
    let needsOne = rows.contains { if case .tokens = $0 { false } else { true } }
    guard needsOne else { return TokenizerForRun() }
    if let files {
      throw TrainingError.model(
        "\(files.path) brings no tokenizer to read text with; name one with 'tokenizer', or give rows of ids")
    }
    return try trained(on: rows, configuration)
  }

  /// A tokenizer's file or folder, a model, or one that is made on the spot.
  private static func named(_ name: String) throws -> TokenizerForRun {
    if TokenizerLoader.isMadeFromText(name) {
      var files = try TokenizerFiles(madeFromText: name)
      let size = try TokenizerLoader.load(path: name).vocabularySize
      try files.add([TextSeparator.text], firstID: size)
      files.setEndToken(TextSeparator.text)
      return TokenizerForRun(tokenizer: try files.load(), files: files)
    }
    let path = FileSystem.exists(name) ? name : try ModelRegistry.resolve(name)
    return TokenizerForRun(tokenizer: try TokenizerLoader.load(path: path), files: try TokenizerFiles(path: path))
  }

  /// Refuses another vocabulary than a model's own: its ids would mean other words.
  private static func checkVocabulary(of tokenizer: any Tokenizer, _ name: String, _ files: ModelFiles) throws {
    let size = tokenizer.vocabularySize
    guard let source = files.tokenizerSource else {
      // Without words to compare, the sizes must agree; an embedding may be filled up to a round number.
      let model = files.configuration.vocabularySize
      guard size <= model, (size + 127) / 128 * 128 >= model else {
        throw TrainingError.model(
          "The tokenizer \(name) has \(size) tokens and the model \(files.name) \(model): it is not this model's; "
            + "leave 'tokenizer' out and give rows of ids, or name the model's own")
      }
      return
    }
    let own = try TokenizerLoader.load(source)
    let differing = (0..<TokenID(max(size, own.vocabularySize))).first { id in
      !(tokenizer.token(of: id).map { Array($0.utf8) } == own.token(of: id).map { Array($0.utf8) }
        || tokenizer.bytes(of: id) == own.bytes(of: id) && tokenizer.token(of: id) != nil && own.token(of: id) != nil)
    }
    if let differing {
      throw TrainingError.model(
        "The tokenizer \(name) is not that of the model \(files.name): id \(differing) is "
          + "\(word(differing, tokenizer)) in one and \(word(differing, own)) in the other; leave 'tokenizer' out to use "
          + "the model's own, or leave 'base' out for a new model")
    }
  }

  private static func word(_ id: TokenID, _ tokenizer: any Tokenizer) -> String {
    tokenizer.token(of: id).map { "'\(FormatError.inert($0))'" } ?? "nothing"
  }

  // MARK: Changes

  /// Adds special tokens, behind all ids of the vocabulary.
  mutating func add(_ tokens: [String]) throws {
    guard var files, let tokenizer else {
      throw TrainingError.model("This tokenizer has no \(tokens.joined(separator: ", ")), and none can be added to it")
    }
    let first = tokenizer.vocabularySize
    try files.add(tokens, firstID: first)
    let grown = try files.load()
    for (offset, token) in tokens.enumerated() where grown.id(of: token) != TokenID(first + offset) {
      throw TrainingError.model(
        "\(token) cannot be added to the tokenizer \(tokenizer.name) in its present form; save it as tokenizer.json first"
      )
    }
    self.tokenizer = grown
    self.files = files
    hasGrown = true
  }

  /// Names the token that the run trains as the end, and leaves the template to the model's own file.
  mutating func settle(end: TokenID?) throws {
    guard var files, let tokenizer else { return }
    files.removeChatTemplates()
    if let end, let text = tokenizer.token(of: end) { files.setEndToken(text) }
    self.files = files
  }

  // MARK: Trained

  /// Text that a vocabulary is learnt from, at most: more changes it little.
  private static let textLimit = 256 << 20

  /// A byte-level BPE vocabulary of the data, with the tokens of ChatML.
  private static func trained(on rows: [DataRow], _ configuration: TrainingConfiguration) throws -> TokenizerForRun {
    let special = [TextSeparator.text, ChatML.start, ChatML.end]
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
      case .messages(let messages): texts = messages.map { $0.role.rawValue + "\n" + $0.content }
      case .completion(let prompt, let completion): texts = [prompt + completion]
      case .tokens: texts = []
      }
      for text in texts {
        bytes += text.utf8.count
        trainer.add(text)
      }
    }
    let settings: JSON = [
      "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": .string(special[0]), "pad_token": .string(special[0]),
      "model_max_length": .int(configuration.contextLength), "clean_up_tokenization_spaces": false,
    ]
    let files = TokenizerFiles([
      (name: "tokenizer.json", bytes: try trainer.train().json),
      (name: "tokenizer_config.json", bytes: Array((settings.serialized(indent: 2) + "\n").utf8)),
    ])
    // Read back as a resumed run will read them, so that both have the same tokens.
    return TokenizerForRun(tokenizer: try files.load(), files: files)
  }
}
