extension RenderedConversation {
  /// Tokens of the conversation: special tokens only where the template writes them.
  ///
  /// The text is encoded whole, so that pieces merge across the seams as they do in training; only where a message
  /// itself spells a special token is it cut at the template's own special tokens, and the rest encoded as plain text.
  /// Replies that carry their tokens are taken as they are where the template goes on with a special token.
  /// - Throws: what the tokenizer says of a text that it cannot encode.
  public func encode(with tokenizer: any Tokenizer) throws -> [TokenID] {
    var ids: [TokenID] = []
    var group: [TemplateSegment] = []
    for (index, segment) in segments.enumerated() {
      if let known = segment.ids, !known.isEmpty, index + 1 < segments.count,
        try startsWithSpecial(segments[index + 1], tokenizer)
      {
        ids += try Self.encode(group, with: tokenizer)
        ids += known
        group = []
      } else {
        group.append(segment)
      }
    }
    return try ids + Self.encode(group, with: tokenizer)
  }

  /// The tokens, and below each of them the token itself where it is learnt, else −100.
  ///
  /// The whole is encoded at once, as a chat is; where a token would reach over the border of a learnt stretch, the
  /// stretches are encoded apart, as a reply is generated: after its prompt has been read.
  public func supervised(with tokenizer: any Tokenizer) throws -> (ids: [TokenID], labels: [TokenID]) {
    var stretches: [Range<Int>] = []
    var from = 0
    while from < segments.count {
      let end = segments[from...].firstIndex { $0.isLearnt != segments[from].isLearnt } ?? segments.count
      stretches.append(from..<end)
      from = end
    }
    let whole = try Self.encode(segments, with: tokenizer)
    var ids: [TokenID] = []
    var labels: [TokenID] = []
    for stretch in stretches {
      let end = stretch.upperBound
      let prefix = end == segments.count ? whole : try Self.encode(Array(segments[..<end]), with: tokenizer)
      guard whole.starts(with: prefix), prefix.count >= ids.count else { return try apart(stretches, tokenizer) }
      let new = whole[ids.count..<prefix.count]
      labels += segments[stretch.lowerBound].isLearnt ? Array(new) : Array(repeating: -100, count: new.count)
      ids += new
    }
    return (ids, labels)
  }

  private func apart(
    _ stretches: [Range<Int>], _ tokenizer: any Tokenizer
  ) throws -> (ids: [TokenID], labels: [TokenID]) {
    var ids: [TokenID] = []
    var labels: [TokenID] = []
    for stretch in stretches {
      let new = try Self.encode(Array(segments[stretch]), with: tokenizer)
      ids += new
      labels += segments[stretch.lowerBound].isLearnt ? new : Array(repeating: -100, count: new.count)
    }
    return (ids, labels)
  }

  private func startsWithSpecial(_ segment: TemplateSegment, _ tokenizer: any Tokenizer) throws -> Bool {
    guard segment.kind == .template else { return false }
    return try Self.atoms(of: segment.text, tokenizer).first?.range.lowerBound == 0
  }

  private static func encode(_ group: [TemplateSegment], with tokenizer: any Tokenizer) throws -> [TokenID] {
    guard !group.isEmpty else { return [] }
    if try group.allSatisfy({ try $0.kind == .template || isPlain($0.text, tokenizer) }) {
      return try tokenizer.encode(group.map(\.text).joined(), addSpecialTokens: false, parseSpecialTokens: true)
    }
    var ids: [TokenID] = []
    var plain: [UInt8] = []
    func flush() throws {
      guard !plain.isEmpty else { return }
      ids +=
        try plain.withUnsafeBufferPointer {
          try tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: false)
        }.ids
      plain = []
    }
    for segment in group {
      let bytes = Array(segment.text.utf8)
      var at = 0
      if segment.kind == .template {
        for atom in try atoms(of: segment.text, tokenizer) {
          plain += bytes[at..<atom.range.lowerBound]
          try flush()
          ids.append(atom.id)
          at = atom.range.upperBound
        }
      }
      plain += bytes[at...]
    }
    try flush()
    return ids
  }

  /// Nothing in the text would become a special token.
  private static func isPlain(_ text: String, _ tokenizer: any Tokenizer) throws -> Bool {
    try tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: true)
      == tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
  }

  /// Tokens of the template's text that only exist because special tokens are parsed, with their places.
  private static func atoms(of text: String, _ tokenizer: any Tokenizer) throws -> [(id: TokenID, range: Range<Int>)] {
    let bytes = Array(text.utf8)
    let encoding = try tokenizer.encodeWithOffsets(text, addSpecialTokens: false, parseSpecialTokens: true)
    var last = 0
    return try zip(encoding.ids, encoding.offsets).compactMap { id, range in
      guard range.lowerBound >= last, range.upperBound <= bytes.count, range.count > 1 else { return nil }
      let slice = String(decoding: bytes[range], as: UTF8.self)
      let alone = try tokenizer.encode(slice, addSpecialTokens: false, parseSpecialTokens: false)
      guard alone != [id] && tokenizer.isSpecial(id) || alone.count > 1 && tokenizer.id(of: slice) == id else {
        return nil
      }
      last = range.upperBound
      return (id, range)
    }
  }
}
