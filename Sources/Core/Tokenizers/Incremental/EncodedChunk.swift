/// A part of a text between two safe borders, with its tokens. Immutable, so that copies of a text share it.
final class EncodedChunk: Sendable {
  let bytes: [UInt8]
  let ids: [TokenID]
  /// Where each token's bytes begin and end, counted from the start of the chunk.
  let starts: [UInt32]
  let ends: [UInt32]
  /// nil: what is before does not matter.
  let sums: RunningSums?
  /// Of plain text whose tokens depend on what is before: what it becomes with any sum.
  let words: RunningWords?
  /// Why the chunk has no tokens.
  let failure: TokenizationError?

  /// - Parameters:
  ///   - anchor: the text before, as ``SafeBorders/anchor(_:_:)`` asks for it; empty at the start of a text.
  ///   - sum: of the scores before, where they matter.
  /// - Returns: nil where a token reaches over the border before.
  init?(
    _ bytes: [UInt8], after anchor: ArraySlice<UInt8>, _ tokenizer: any Tokenizer, _ parsesSpecial: Bool,
    sum: Double? = nil
  ) {
    var encoding = Encoding()
    var sums: RunningSums?
    var failure: TokenizationError?
    (anchor + bytes).withUnsafeBufferPointer {
      do {
        if let sum, let pipeline = tokenizer as? PipelineTokenizer {
          (encoding, sums) = try pipeline.encode($0, after: sum, isAnchored: !anchor.isEmpty, parsesSpecial)
        } else {
          encoding = try tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: parsesSpecial)
        }
      } catch {
        failure = TokenizationError(error, tokenizer).moved(by: -anchor.count)
      }
    }
    self.failure = failure
    self.sums = sums
    words = sums?.isPlain == true ? (tokenizer as? PipelineTokenizer)?.runningWords(bytes) : nil
    // Tokens of the anchor are those of the chunk before.
    var first = 0
    while !anchor.isEmpty, first < encoding.ids.count, encoding.offsets[first].upperBound <= anchor.count { first += 1 }
    guard encoding.offsets[first...].allSatisfy({ $0.lowerBound >= anchor.count }) else { return nil }
    self.bytes = bytes
    ids = Array(encoding.ids[first...])
    starts = encoding.offsets[first...].map { UInt32(truncatingIfNeeded: $0.lowerBound - anchor.count) }
    ends = encoding.offsets[first...].map { UInt32(truncatingIfNeeded: $0.upperBound - anchor.count) }
  }

  /// A whole text.
  init(_ bytes: [UInt8], _ encoding: Encoding) {
    (sums, words, failure) = (nil, nil, nil)
    self.bytes = bytes
    ids = encoding.ids
    starts = encoding.offsets.map { UInt32(clamping: $0.lowerBound) }
    ends = encoding.offsets.map { UInt32(clamping: max($0.lowerBound, $0.upperBound)) }
  }

  /// The same tokens after another sum.
  init(_ chunk: EncodedChunk, sums: RunningSums) {
    (bytes, ids, starts, ends) = (chunk.bytes, chunk.ids, chunk.starts, chunk.ends)
    self.sums = sums
    words = chunk.words
    failure = chunk.failure
  }

  /// Some of the tokens of a chunk with all of a range of its bytes.
  init(_ chunk: EncodedChunk, _ tokens: Range<Int>, _ range: Range<Int>) {
    (sums, words, failure) = (nil, nil, nil)
    bytes = Array(chunk.bytes[range])
    ids = Array(chunk.ids[tokens])
    let start = UInt32(truncatingIfNeeded: range.lowerBound)
    starts = chunk.starts[tokens].map { $0 - start }
    ends = chunk.ends[tokens].map { $0 - start }
  }

  /// Whether text and tokens are the same.
  func isSame(_ other: EncodedChunk) -> Bool {
    self === other || bytes == other.bytes && ids == other.ids && starts == other.starts && ends == other.ends
  }

  func range(_ token: Int) -> Range<Int> { Int(starts[token])..<Int(ends[token]) }

  /// How many bytes `text` begins with as the chunk does.
  func commonPrefix(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    bytes.withUnsafeBytes { CommonBytes.prefix($0, UnsafeRawBufferPointer(text)) }
  }

  /// How many bytes `text` ends with as the chunk does.
  func commonSuffix(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    bytes.withUnsafeBytes { CommonBytes.suffix($0, UnsafeRawBufferPointer(text)) }
  }
}
