/// BERT's vocab.txt (Devlin et al. 2019): a token a line, its id the number of the line. What belongs to it is as
/// transformers gives it: cleaning, cutting at spaces and punctuation, WordPiece, `[CLS]` and `[SEP]` around the text.
struct BERTVocabulary {
  let vocabulary: Vocabulary
  let tokens: Int
  /// Whether a token has a capital letter; tokens in brackets do not count.
  let hasCapitals: Bool
  private let cache: TableCache

  init(_ bytes: UnsafeRawBufferPointer, file: String, cache: TableCache = .off) throws {
    self.cache = cache
    var made: (tokens: Int, hasCapitals: Bool) = (0, false)
    vocabulary = try cache.vocabulary {
      let read = try Self.read(bytes, file)
      made = (read.tokens, read.hasCapitals)
      return read.vocabulary
    }
    let head = try cache.json("head") { ["tokens": .int(made.tokens), "capitals": .bool(made.hasCapitals)] }
    guard let tokens = head["tokens"]?.int, let hasCapitals = head["capitals"]?.bool else { throw TableCache.Damage() }
    (self.tokens, self.hasCapitals) = (tokens, hasCapitals)
  }

  private static func read(
    _ bytes: UnsafeRawBufferPointer, _ file: String
  ) throws -> (vocabulary: Vocabulary, tokens: Int, hasCapitals: Bool) {
    var builder = VocabularyBuilder(expecting: bytes.count / 8)
    var lines = bytes.bindMemory(to: UInt8.self)[...]
    var id = 0
    var hasCapitals = false
    while !lines.isEmpty {
      let end = lines.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? lines.endIndex
      let line = UnsafeBufferPointer(rebasing: lines[..<end])
      guard builder.add(line, id: id) else {
        throw FormatError(
          file: file, place: "line \(id + 1)", found: "too many tokens", expected: "\(Vocabulary.maximumID)")
      }
      if !hasCapitals, !(line.first == UInt8(ascii: "[") && line.last == UInt8(ascii: "]")) {
        hasCapitals = String(decoding: line, as: UTF8.self).unicodeScalars.contains { $0.properties.isUppercase }
      }
      id += 1
      // A line ends with "\n", "\r" or both.
      let isPair = end + 1 < lines.endIndex && lines[end] == 0x0D && lines[end + 1] == 0x0A
      lines = lines[min(lines.endIndex, end + (isPair ? 2 : 1))...]
    }
    guard id > 0 else { throw FormatError(file: file, found: "an empty vocabulary", expected: "a token a line") }
    guard bytes.count <= TokenTrie.maximumBytes else {
      throw FormatError(file: file, found: "\(bytes.count) bytes", expected: "at most \(TokenTrie.maximumBytes)")
    }
    return (builder.build(), id, hasCapitals)
  }

  func tokenizer(name: String, file: String, configuration: TokenizerConfiguration) throws -> PipelineTokenizer {
    func token(_ text: String) -> (text: String, id: TokenID)? {
      let id = vocabulary.id(Array(text.utf8))
      return id >= 0 ? (text, id) : nil
    }
    let unknownText = configuration.unknown ?? "[UNK]"
    let unknown = token(unknownText)
    let start = token(configuration.classification ?? "[CLS]")
    let end = token(configuration.separator ?? "[SEP]")
    let others = [token(configuration.padding ?? "[PAD]"), token(configuration.mask ?? "[MASK]")]
    var added: [AddedToken] = []
    for case (let text, let id)? in [unknown, start, end] + others where !added.contains(where: { $0.id == id }) {
      added.append(AddedToken(content: text, id: id))
    }
    for token in configuration.added where !added.contains(where: { $0.content.utf8.elementsEqual(token.content.utf8) })
    {
      added.append(token)
    }
    let lowercases = configuration.lowercases ?? !hasCapitals
    let normalizer: JSON = [
      "type": "BertNormalizer", "clean_text": true,
      "handle_chinese_chars": .bool(configuration.separatesChinese ?? true),
      "strip_accents": configuration.stripsAccents.map { .bool($0) } ?? .null, "lowercase": .bool(lowercases),
    ]
    var stages: JSONObject = [
      "normalizer": normalizer, "pre_tokenizer": ["type": "BertPreTokenizer"],
      "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
    ]
    if let start, let end {
      stages["post_processor"] = [
        "type": "BertProcessing", "sep": [.string(end.text), .int(Int(end.id))],
        "cls": [.string(start.text), .int(Int(start.id))],
      ]
    }
    let model = try WordPieceModel(
      vocabulary: vocabulary, unknown: unknown?.id ?? .lacking, prefix: Array("##".utf8), longestWord: 100, cache: cache
    )
    return try PipelineBuilder(
      file: file, name: name, stages: stages,
      model: TokenizerJSON.Model(
        model: model, tokens: tokens, unknown: unknown?.id, missingUnknown: unknown == nil ? unknownText : nil),
      added: added,
      configuration: configuration
    ).tokenizer()
  }
}
