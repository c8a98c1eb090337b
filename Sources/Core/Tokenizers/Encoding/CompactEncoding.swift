/// Tokens of a text with the place each came from, in 12 bytes a token: for long texts.
public struct CompactEncoding: Sendable {
  public private(set) var ids: [TokenID] = []
  private var ranges: [Piece] = []

  /// UTF-8 byte ranges of the text, one for each id.
  public var offsets: some RandomAccessCollection<Range<Int>> { ranges.lazy.map(\.range) }

  /// The encoding of a text of less than 4 GB.
  /// - Parameters: as of ``Tokenizer/encode(utf8:addSpecialTokens:parseSpecialTokens:)``.
  /// - Throws: ``TokenizationError``.
  public init(
    utf8: UnsafeBufferPointer<UInt8>, _ tokenizer: any Tokenizer, addSpecialTokens: Bool, parseSpecialTokens: Bool
  ) throws {
    precondition(utf8.count <= Int(UInt32.max), "places in 32 bits")
    guard let pipeline = tokenizer as? PipelineTokenizer else {
      let encoding = try tokenizer.encode(
        utf8: utf8, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens)
      ids = encoding.ids
      ranges = encoding.offsets.map { Piece($0.lowerBound, $0.upperBound) }
      return
    }
    let frame = addSpecialTokens ? pipeline.stages.postProcessor : nil
    for id in frame?.prefix ?? [] { append(id, 0) }
    try pipeline.encodeParts(utf8, parseSpecialTokens, window: PipelineTokenizer.window) { append(&$0, $1) }
    for id in frame?.suffix ?? [] { append(id, utf8.count) }
  }

  private mutating func append(_ id: TokenID, _ place: Int) {
    ids.append(id)
    ranges.append(Piece(place, place))
  }

  private mutating func append(_ run: inout TokenRun, _ part: PipelineTokenizer.EncodedPart) {
    if ids.isEmpty, part.first == 0, part.origin == 0 {
      swap(&ids, &run.ids)
      swap(&ranges, &run.ranges)
      return
    }
    let new = run.ids.count - part.first
    TokenBuffer.makeRoom(in: &ids, for: new, done: part.end, of: part.length)
    TokenBuffer.makeRoom(in: &ranges, for: new, done: part.end, of: part.length)
    ids.append(contentsOf: run.ids[part.first...])
    for range in run.ranges[part.first...] {
      ranges.append(Piece(part.origin + Int(range.start), part.origin + Int(range.end)))
    }
  }
}
