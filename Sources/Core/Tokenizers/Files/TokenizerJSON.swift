/// Reads Hugging Face's tokenizer.json. The vocabulary and the merges go straight from the file into flat tables; what
/// is small becomes a tree first.
struct TokenizerJSON {
  private let bytes: UnsafeRawBufferPointer
  let file: String
  let cache: TableCache
  private var scanner: JSONScanner
  /// Small members of the file, and of its "model".
  private(set) var members = JSONObject()
  private(set) var model = JSONObject()
  /// Where the large members of "model" begin.
  private var vocabularyOffset: Int?
  private var mergesOffset: Int?

  /// - Parameters:
  ///   - bytes: must outlive this value; tokenizers made from it do not need them.
  ///   - file: for messages.
  ///   - cache: where the tables are taken from, or kept.
  /// - Throws: ``FormatError``.
  init(_ bytes: UnsafeRawBufferPointer, file: String, cache: TableCache = .off) throws {
    self.bytes = bytes
    self.file = file
    self.cache = cache
    scanner = JSONScanner(bytes, file: file)
    if cache.isStored {
      let head = try cache.json("head") { nil }
      guard let members = head["members"]?.object, let model = head["model"]?.object else { throw TableCache.Damage() }
      (self.members, self.model) = (members, model)
      return
    }
    try scan()
    // What kind of model it is may only be told by the tables.
    model["type"] = .string(try kind().rawValue)
    _ = try cache.json("head") { ["members": .object(members), "model": .object(model)] }
  }

  private mutating func scan() throws {
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key.elementsEqual("model".utf8) {
        try readModel()
      } else {
        let name = String(decoding: key, as: UTF8.self)
        members[name] = try scanner.readValue()
      }
    }
    try scanner.finish()
  }

  private mutating func readModel() throws {
    guard try scanner.peek() == .object else { throw scanner.error("no model", expected: "an object") }
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      if key.elementsEqual("vocab".utf8) {
        vocabularyOffset = scanner.offset
        try scanner.skip()
      } else if key.elementsEqual("merges".utf8) {
        mergesOffset = scanner.offset
        try scanner.skip()
      } else {
        let name = String(decoding: key, as: UTF8.self)
        model[name] = try scanner.readValue()
      }
    }
  }

  func error(_ place: String, _ found: String, expected: String? = nil) -> FormatError {
    FormatError(file: file, place: place, found: found, expected: expected)
  }

  /// What the model section comes to.
  struct Model {
    var model: any TokenModel
    /// The vocabulary holds bytes; its tokens are written with ``ByteAlphabet``.
    var isByteLevel = false
    /// Tokens of a byte-level vocabulary that are not written so, but as plain text.
    let plainTokens: [TokenID: String]
    let plainIDs: [[UInt8]: TokenID]
    /// How many tokens the vocabulary holds, gaps not counted.
    var tokens: Int
    var unknown: TokenID?
    /// What the unknown token is called that the vocabulary lacks.
    var missingUnknown: String?
    /// Words whose id another word has too.
    var aliases: [[UInt8]: TokenID] = [:]

    init(
      model: any TokenModel, isByteLevel: Bool = false, plainTokens: [TokenID: String] = [:], tokens: Int,
      unknown: TokenID? = nil, missingUnknown: String? = nil
    ) {
      self.model = model
      self.isByteLevel = isByteLevel
      self.plainTokens = plainTokens
      plainIDs = Dictionary(plainTokens.map { (Array($0.value.utf8), $0.key) }, uniquingKeysWith: { _, last in last })
      self.tokens = tokens
      self.unknown = unknown
      self.missingUnknown = missingUnknown
    }
  }

  /// Kinds of models, by the names that "type" has for them.
  enum Kind: String, CaseIterable {
    case bpe = "BPE", wordPiece = "WordPiece", wordLevel = "WordLevel", unigram = "Unigram"
  }

  /// A tokenizer of this file.
  /// - Parameter configuration: what stands beside it in other files.
  func tokenizer(name: String, configuration: TokenizerConfiguration) throws -> PipelineTokenizer {
    let stages = TokenizerJSONStages(file: file)
    let preTokenizer = members["pre_tokenizer"]
    let isByteLevel =
      try stages.hasByteLevel(preTokenizer) && !stages.rewritesLetters(preTokenizer) && !looksAtLetters(kind())
    let model = try model(isByteLevel: isByteLevel)
    return try PipelineBuilder(
      file: file, name: name, stages: members, model: model, added: addedTokens(model), configuration: configuration
    ).tokenizer()
  }

  /// Whether the model does with ByteLevel's letters what it could not do with bytes.
  private func looksAtLetters(_ kind: Kind) -> Bool {
    switch kind {
    case .wordPiece, .unigram: true
    // The bytes of a letter, not of what it stands for, become tokens.
    case .bpe: model["byte_fallback"]?.bool ?? false
    case .wordLevel: false
    }
  }

  private func model(isByteLevel: Bool) throws -> Model {
    switch try kind() {
    case .bpe: return try bytePairModel(isByteLevel: isByteLevel)
    case .wordPiece: return try wordPieceModel()
    case .wordLevel: return try wordLevelModel(isByteLevel: isByteLevel)
    case .unigram: return try unigramModel()
    }
  }

  /// Old files do not name the kind; it follows from what the section holds.
  private func kind() throws -> Kind {
    if let name = model["type"]?.string {
      guard let kind = Kind(rawValue: name) else {
        throw error(
          "model.type", "a \(name) tokenizer",
          expected: "one of " + Kind.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return kind
    }
    if mergesOffset != nil { return .bpe }
    var scanner = try vocabularyScanner()
    if try scanner.peek() == .array { return .unigram }
    return model["max_input_chars_per_word"] != nil || model["continuing_subword_prefix"] != nil
      ? .wordPiece : .wordLevel
  }

  func vocabularyScanner() throws -> JSONScanner {
    guard let vocabularyOffset else { throw error("model", "no vocab", expected: "the tokens and their ids") }
    return JSONScanner(bytes, file: file, at: vocabularyOffset)
  }

  func mergesScanner() throws -> JSONScanner {
    guard let mergesOffset else { throw error("model", "no merges", expected: "a list of pairs") }
    return JSONScanner(bytes, file: file, at: mergesOffset)
  }

  /// The model's unknown token: its id, nil where the vocabulary lacks it; and what it is called, nil where none is named.
  func unknownToken(
    _ vocabulary: Vocabulary, aliases: [[UInt8]: TokenID] = [:], default usual: String? = nil
  ) -> (id: TokenID?, name: String?) {
    guard let name = model["unk_token"]?.string ?? usual else { return (nil, nil) }
    let text = Array(name.utf8)
    let id = vocabulary.id(text)
    return (id >= 0 ? id : aliases[text], name)
  }
}
