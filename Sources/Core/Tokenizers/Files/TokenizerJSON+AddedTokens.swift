extension TokenizerJSON {
  /// The added tokens, special ones first, as the official library orders them where several are found in one place.
  ///
  /// The ids are those that the official library gives, which reads the file's own only as a remark: the vocabulary's
  /// where it holds the token, else one after the other.
  func addedTokens(_ model: Model) throws -> [AddedToken] {
    guard let list = members["added_tokens"], !list.isNull else { return [] }
    guard let list = list.array else { throw error("added_tokens", list.kind, expected: "an array") }
    var tokens: [AddedToken] = []
    var places: [[UInt8]: Int] = [:]
    var largest = -1
    for (index, entry) in list.enumerated() {
      let place = "added_tokens[\(index)]"
      guard let content = entry["content"]?.string, let given = entry["id"]?.int else {
        throw error(place, entry.kind, expected: "an object with id and content")
      }
      guard given >= 0, given <= Vocabulary.maximumID, !content.isEmpty else {
        throw error(place, content.isEmpty ? "an empty token" : "id \(given)", expected: "a token and its id")
      }
      let bytes = Array(content.utf8)
      let known = model.id(of: content)
      let next = largest >= model.tokens ? largest + 1 : model.tokens
      let at = places[bytes]
      let id = known.map { Int($0) } ?? at.map { Int(tokens[$0].id) } ?? next
      guard id <= Vocabulary.maximumID else {
        throw error(place, "id \(id)", expected: "at most \(Vocabulary.maximumID)")
      }
      largest = max(largest, id)
      let token = AddedToken(content: content, id: TokenID(id), flags: entry)
      if let at {
        tokens[at] = token
      } else {
        places[bytes] = tokens.count
        tokens.append(token)
      }
    }
    return tokens.filter(\.isSpecial) + tokens.filter { !$0.isSpecial }
  }
}
