extension TokenizerComparison {
  /// Cuts a text with each tokenizer, one after the other; of more than ``mostTokenizers`` the first ones count.
  /// - Throws: ``TokenizationError``.
  public init(utf8: UnsafeBufferPointer<UInt8>, _ tokenizers: [any Tokenizer], parseSpecialTokens: Bool = true) throws {
    let characters = Self.characters(utf8)
    let rows = try tokenizers.prefix(Self.mostTokenizers).map { tokenizer in
      Row(
        tokenizer,
        try tokenizer.encode(utf8: utf8, addSpecialTokens: false, parseSpecialTokens: parseSpecialTokens),
        bytes: utf8.count, characters: characters)
    }
    self.init(rows: rows, bytes: utf8.count, characters: characters)
  }

  public init(_ text: String, _ tokenizers: [any Tokenizer], parseSpecialTokens: Bool = true) throws {
    var text = text
    self = try text.withUTF8 { try TokenizerComparison(utf8: $0, tokenizers, parseSpecialTokens: parseSpecialTokens) }
  }

  /// Lays out rows that were made apart from each other, on several threads or again after a change.
  /// - Parameters:
  ///   - rows: of the same text.
  ///   - bytes: its length.
  public init(rows: [Row], bytes: Int, characters: Int) {
    var rows = rows
    for i in rows.indices { rows[i].rank = 1 + rows.count { $0.neededTokens < rows[i].neededTokens } }
    self.bytes = bytes
    self.characters = characters
    segments = Self.segments(rows, bytes: bytes)
    self.rows = rows
  }

  /// Scalars of a text; ill-formed bytes count as one each.
  public static func characters(_ utf8: UnsafeBufferPointer<UInt8>) -> Int {
    utf8.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
  }

  // MARK: - Differences

  /// The first segment that differs and begins after a byte; nil: there is none.
  public func nextDifference(after byte: Int) -> Int? {
    var i = firstSegment(from: byte + 1)
    while i < segments.count, !segments[i].differs { i += 1 }
    return i < segments.count ? i : nil
  }

  /// The last segment that differs and begins before a byte.
  public func previousDifference(before byte: Int) -> Int? {
    var i = firstSegment(from: byte) - 1
    while i >= 0, !segments[i].differs { i -= 1 }
    return i >= 0 ? i : nil
  }

  /// The segment that holds a byte; the last one at the end of the text.
  public func segment(at byte: Int) -> Int? {
    segments.isEmpty ? nil : max(0, firstSegment(from: byte + 1) - 1)
  }

  /// The place of the first segment that begins at or after a byte.
  private func firstSegment(from byte: Int) -> Int {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].range.lowerBound < byte { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Where two rows cut the text in different ways: segments between borders that both have; `tokens` holds two ranges.
  public func differences(between first: Int, and second: Int) -> [Segment] {
    guard rows.indices.contains(first), rows.indices.contains(second) else { return [] }
    return Self.segments([rows[first], rows[second]], bytes: bytes).filter(\.differs)
  }

  private static func segments(_ rows: [Row], bytes: Int) -> [Segment] {
    guard let first = rows.first, bytes > 0 else { return [] }
    var places = [Int](repeating: 0, count: rows.count)
    var starts = places
    var segments: [Segment] = []
    segments.reserveCapacity(first.borders.count)
    var from = 0
    for border in first.borders where border > 0 {
      var isCommon = true
      var differs = false
      for (row, value) in rows.enumerated() {
        while places[row] < value.borders.count, value.borders[places[row]] < border { places[row] += 1 }
        isCommon = isCommon && places[row] < value.borders.count && value.borders[places[row]] == border
      }
      guard isCommon else { continue }
      let tokens = rows.indices.map { rows[$0].firstTokens[starts[$0]]..<rows[$0].firstTokens[places[$0]] }
      // All rows have one cut from common border to common border, or they differ.
      for row in rows.indices {
        differs = differs || places[row] - starts[row] > 1 || tokens[row].count != tokens[0].count
      }
      segments.append(Segment(range: from..<border, tokens: tokens, differs: differs))
      from = border
      starts = places
    }
    return segments
  }
}

extension TokenizerComparison.Row {
  /// A tokenizer that cannot encode the text.
  public init(_ tokenizer: any Tokenizer, _ failure: TokenizationError, bytes: Int, characters: Int) {
    self.init(tokenizer, Encoding(), bytes: bytes, characters: characters)
    self.failure = failure
  }

  /// - Parameters:
  ///   - encoding: of the text, without tokens added around it.
  ///   - bytes: the length of the text.
  public init(_ tokenizer: any Tokenizer, _ encoding: Encoding, bytes: Int, characters: Int) {
    name = tokenizer.name
    vocabularySize = tokenizer.vocabularySize
    ids = encoding.ids
    offsets = encoding.offsets
    rank = 1
    let unknown = tokenizer.specialTokens.unknown
    unknownTokens = unknown.map { id in encoding.ids.reduce(0) { $0 + ($1 == id ? 1 : 0) } } ?? 0
    let count = Double(max(1, encoding.ids.count))
    charactersPerToken = Double(characters) / count
    bytesPerToken = Double(bytes) / count
    (borders, firstTokens) = Self.borders(encoding.offsets, bytes: bytes)
  }

  /// Where tokens part: after each token before which all others end and after which all others begin.
  private static func borders(_ offsets: [Range<Int>], bytes: Int) -> (borders: [Int], firstTokens: [Int]) {
    var nextStart = [Int](repeating: bytes, count: offsets.count + 1)
    for i in offsets.indices.reversed() {
      nextStart[i] = offsets[i].isEmpty ? nextStart[i + 1] : min(offsets[i].lowerBound, nextStart[i + 1])
    }
    var borders = [0]
    var firstTokens = [0]
    borders.reserveCapacity(offsets.count + 1)
    firstTokens.reserveCapacity(offsets.count + 1)
    var reach = 0
    for (i, range) in offsets.enumerated() where !range.isEmpty {
      reach = max(reach, range.upperBound)
      guard reach < bytes, nextStart[i + 1] >= reach, nextStart[i + 1] < bytes, reach > borders[borders.count - 1]
      else {
        continue
      }
      borders.append(reach)
      firstTokens.append(i + 1)
    }
    if bytes > 0 {
      borders.append(bytes)
      firstTokens.append(offsets.count)
    }
    return (borders, firstTokens)
  }
}
