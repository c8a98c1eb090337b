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
      let known = model.id(ofToken: bytes)
      let next = largest >= model.tokens ? largest + 1 : model.tokens
      let at = places[bytes]
      let id = known >= 0 ? Int(known) : at.map { Int(tokens[$0].id) } ?? next
      guard id <= Vocabulary.maximumID else {
        throw error(place, "id \(id)", expected: "at most \(Vocabulary.maximumID)")
      }
      largest = max(largest, id)
      let token = AddedToken(
        content: content, id: TokenID(id), isSpecial: entry["special"]?.bool ?? false,
        stripsLeft: entry["lstrip"]?.bool ?? false, stripsRight: entry["rstrip"]?.bool ?? false,
        isSingleWord: entry["single_word"]?.bool ?? false, isNormalized: entry["normalized"]?.bool ?? true)
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

extension TokenizerJSON.Model {
  /// The id of a token written as the file writes it, or -1.
  fileprivate func id(ofToken text: [UInt8]) -> TokenID {
    guard isByteLevel else { return model.vocabulary.id(text) }
    if let plain = plainTokens.first(where: { $0.value.utf8.elementsEqual(text) }) { return plain.key }
    var bytes: [UInt8] = []
    let isWritten = text.withUnsafeBufferPointer { ByteAlphabet.decode($0, into: &bytes) }
    return isWritten ? model.vocabulary.id(bytes) : -1
  }
}
