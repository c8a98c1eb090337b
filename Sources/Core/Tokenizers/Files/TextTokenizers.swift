/// Tokenizers that need no file of their own: bytes, and the characters or words of a text.
public enum TextTokenizers {
  private static let unknown = "<unk>"

  /// 256 tokens, one for each byte; ids are the bytes.
  public static func bytes() throws -> any Tokenizer {
    var builder = VocabularyBuilder(expecting: 256)
    for byte in UInt8.min...UInt8.max { _ = [byte].withUnsafeBufferPointer { builder.add($0, id: Int(byte)) } }
    let model = CharacterModel(vocabulary: builder.build(), unknown: nil, isByteLevel: true)
    return try PipelineBuilder(
      file: "bytes", name: "bytes", stages: ["decoder": ["type": "ByteLevel"]],
      model: TokenizerJSON.Model(model: model, isByteLevel: true, tokens: 256), added: []
    ).tokenizer()
  }

  /// The characters (Unicode scalars) of a text in the order of their code points, and at last `<unk>` for others.
  /// - Parameter text: UTF-8; ill-formed sequences count as U+FFFD.
  /// - Throws: ``FormatError``: the text is empty.
  public static func characters(of text: UnsafeBufferPointer<UInt8>, name: String) throws -> any Tokenizer {
    var isUsed = [Bool](repeating: false, count: 0x110000)
    for part in sequences(of: text) {
      AlignedText.repairing(part).withBytes { bytes in
        var at = 0
        while at < bytes.count {
          let (scalar, length) = decodedScalar(bytes, at)
          isUsed[Int(scalar)] = true
          at += length
        }
      }
    }
    let scalars = isUsed.indices.lazy.filter { isUsed[$0] }.compactMap { Unicode.Scalar(UInt32($0)) }
    return try tokenizer(
      scalars.map { Array(String($0).utf8) }, name, preTokenizer: .null, decoder: ["type": "Fuse"]
    ) { CharacterModel(vocabulary: $0, unknown: $1, isByteLevel: false) }
  }

  /// The words of a text, cut at white space and around punctuation, the most frequent first (equal ones in the order of
  /// their bytes), and at last `<unk>` for others. Decoding puts a space between words.
  /// - Parameter text: UTF-8; ill-formed sequences count as U+FFFD.
  /// - Throws: ``FormatError``: the text has no words.
  public static func words(of text: UnsafeBufferPointer<UInt8>, name: String) throws -> any Tokenizer {
    let cut: JSON = ["type": "BertPreTokenizer"]
    var counts: [[UInt8]: Int] = [:]
    for part in sequences(of: text) {
      var pieces = PieceText(AlignedText.repairing(part))
      try TokenizerJSONStages(file: name).preTokenizer(cut)?.split(&pieces)
      pieces.text.withBytes { bytes in
        for piece in pieces.pieces { counts[Array(bytes[piece.range]), default: 0] += 1 }
      }
    }
    let words = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key) }
    return try tokenizer(words.map(\.key), name, preTokenizer: cut, decoder: .null) {
      WordLevelModel(vocabulary: $0, unknown: $1)
    }
  }

  /// A text without the marks between its sequences.
  private static func sequences(of text: UnsafeBufferPointer<UInt8>) -> [UnsafeBufferPointer<UInt8>] {
    TextSeparator.parts(of: UnsafeRawBufferPointer(text)).map { UnsafeBufferPointer(rebasing: text[$0]) }
  }

  private static func tokenizer(
    _ tokens: [[UInt8]], _ name: String, preTokenizer: JSON, decoder: JSON,
    _ model: (Vocabulary, TokenID) -> any TokenModel
  ) throws -> any Tokenizer {
    guard !tokens.isEmpty, tokens.count < Vocabulary.maximumID else {
      throw FormatError(
        file: name, found: "\(tokens.count) different tokens", expected: "1 to \(Vocabulary.maximumID - 1)")
    }
    var builder = VocabularyBuilder(expecting: tokens.count + 1)
    for (id, token) in tokens.enumerated() { _ = token.withUnsafeBufferPointer { builder.add($0, id: id) } }
    let id = TokenID(tokens.count)
    let added = AddedToken(content: unknown, id: id)
    return try PipelineBuilder(
      file: name, name: name, stages: ["pre_tokenizer": preTokenizer, "decoder": decoder],
      model: TokenizerJSON.Model(model: model(builder.build(), id), tokens: tokens.count, unknown: id), added: [added]
    ).tokenizer()
  }
}

extension TokenizerLoader {
  private typealias Maker = @Sendable (UnsafeBufferPointer<UInt8>, String) throws -> any Tokenizer

  private static let kinds: [(prefix: String, make: Maker)] = [
    ("chars:", { try TextTokenizers.characters(of: $0, name: $1) }),
    ("words:", { try TextTokenizers.words(of: $0, name: $1) }),
  ]

  /// Bytes of a text, unpacked, that a tokenizer is made of.
  private static let largestText = 1 << 33

  /// Whether a name stands for a tokenizer that is made on the spot: `bytes`, `chars:FILE`, `words:FILE`.
  public static func isMadeFromText(_ name: String) -> Bool {
    name == "bytes" || kinds.contains { name.hasPrefix($0.prefix) }
  }

  /// The name with its file's path from the root on; nil for any other name.
  public static func absoluteName(_ name: String) -> String? {
    guard let kind = kinds.first(where: { name.hasPrefix($0.prefix) }) else { return nil }
    return kind.prefix + FileSystem.absolute(String(name.dropFirst(kind.prefix.count)))
  }

  /// nil where the name stands for something else.
  static func madeFromText(_ name: String) throws -> (any Tokenizer)? {
    if name == "bytes" { return try TextTokenizers.bytes() }
    guard let kind = kinds.first(where: { name.hasPrefix($0.prefix) }) else { return nil }
    let file = try DataFile(path: String(name.dropFirst(kind.prefix.count)))
    return try file.whole(limit: largestText) { try kind.make($0.bindMemory(to: UInt8.self), name) }
  }
}
