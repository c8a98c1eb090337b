/// The stages of a tokenizer.json by the names they have there. What is not known is refused by name, since ids would
/// be wrong without it.
struct TokenizerJSONStages {
  let file: String
  /// The vocabulary, for stages that name ids; nil: no id is checked.
  var vocabulary: TokenRange?
  /// ByteLevel writes its letters into the text, since the vocabulary does not hold bytes.
  var writesLetters = false

  /// Which ids are those of tokens.
  struct TokenRange {
    let vocabulary: Vocabulary
    let added: Set<TokenID>
    /// One more than the largest id.
    let count: Int

    init(_ vocabulary: Vocabulary, added: [AddedToken]) {
      self.vocabulary = vocabulary
      self.added = Set(added.map(\.id))
      count = max(vocabulary.count, Int(added.map(\.id).max() ?? -1) + 1)
    }

    func contains(_ id: Int) -> Bool {
      id >= 0 && id < count && (vocabulary.contains(TokenID(id)) || added.contains(TokenID(id)))
    }
  }

  /// An id that a stage names for a token.
  /// - Throws: ``FormatError`` for one that no token has.
  func tokenID(_ id: Int, of token: String, _ place: String) throws -> TokenID {
    guard id >= 0, id <= Vocabulary.maximumID else {
      throw error(place, "id \(id) for \(token)", expected: "0 to \(Vocabulary.maximumID)")
    }
    guard vocabulary?.contains(id) != false else {
      throw error(
        place, "id \(id) for \(token), which no token has",
        expected: "one of the vocabulary's \(vocabulary?.count ?? 0) ids")
    }
    return TokenID(id)
  }

  func error(_ place: String, _ found: String, expected: String? = nil) -> FormatError {
    FormatError(file: file, place: place, found: found, expected: expected)
  }

  func type(_ stage: JSON, _ place: String) throws -> String {
    guard let type = stage["type"]?.string else { throw error(place, stage.kind, expected: "an object with a type") }
    return type
  }

  func list(_ stage: JSON, _ key: String, _ place: String) throws -> [JSON] {
    guard let list = stage[key]?.array else { throw error("\(place).\(key)", "no list", expected: "an array") }
    return list
  }

  /// The pattern of a Replace or Split stage.
  enum Pattern {
    case literal([UInt8])
    case expression(String)
  }

  func pattern(_ stage: JSON, _ place: String) throws -> Pattern {
    if let text = stage["pattern"]?["String"]?.string, !text.isEmpty { return .literal(Array(text.utf8)) }
    if let text = stage["pattern"]?["Regex"]?.string { return .expression(text) }
    throw error("\(place).pattern", stage["pattern"]?.kind ?? "nothing", expected: "a String or a Regex")
  }
}
