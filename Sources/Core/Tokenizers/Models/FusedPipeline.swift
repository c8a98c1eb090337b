/// Normalizer, pre-tokenizer and model in one pass over the text, for pipelines that many vocabularies share. What it
/// gives is what the stages give one by one.
protocol FusedPipeline: Sendable {
  /// Appends the tokens of well-formed UTF-8, with ranges of its bytes.
  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into tokens: inout TokenRun)

  /// Appends the tokens of well-formed UTF-8 where nobody asks for their places.
  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, intoIDs ids: inout [TokenID])
}

extension FusedPipeline {
  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, intoIDs ids: inout [TokenID]) {
    scratch.run.removeAll()
    tokenize(text, scratch: scratch, into: &scratch.run)
    ids.append(contentsOf: scratch.run.ids)
  }
}

/// What takes the tokens of a text, in order.
protocol TokenSink {
  /// Whether it looks at places.
  static var keepsPlaces: Bool { get }

  /// Says that `more` tokens may follow before this is said again, and that `done` bytes of the text are behind.
  mutating func prepare(_ more: Int, done: Int)

  mutating func append(_ id: TokenID, _ start: Int, _ end: Int)

  /// The last token takes in the text up to `end`.
  mutating func extendLast(to end: Int)

  /// Of tokens that are still here.
  var count: Int { get }

  /// Takes back all tokens but the first.
  mutating func removeAll(after kept: Int)
}

extension TokenSink {
  static var keepsPlaces: Bool { true }
  @inline(__always)
  mutating func prepare(_ more: Int, done: Int) {}
  @inline(__always)
  mutating func extendLast(to end: Int) {}
}

extension TokenRun: TokenSink {
  var count: Int { ids.count }

  mutating func removeAll(after kept: Int) { removeLast(max(0, ids.count - kept)) }

  mutating func extendLast(to end: Int) {
    if let last = ranges.indices.last { ranges[last].end = UInt32(truncatingIfNeeded: end) }
  }
}

/// Takes ids alone, for which there is room.
struct TokenBufferSink: TokenSink {
  static var keepsPlaces: Bool { false }
  let buffer: TokenBuffer

  var count: Int { buffer.count }

  func removeAll(after kept: Int) { buffer.removeAll(after: kept) }

  @inline(__always)
  mutating func append(_ id: TokenID, _ start: Int, _ end: Int) { buffer.append(id) }
}

/// Takes ids alone.
struct TokenIDSink: TokenSink {
  static var keepsPlaces: Bool { false }
  let buffer: TokenBuffer
  /// Of the text, in bytes.
  let length: Int
  var ids: [TokenID]

  var count: Int { buffer.count }

  func removeAll(after kept: Int) { buffer.removeAll(after: kept) }

  @inline(__always)
  mutating func prepare(_ more: Int, done: Int) {
    if buffer.count > TokenBuffer.batch { buffer.flush(into: &ids, done: done, of: length) }
    buffer.reserve(more)
  }

  @inline(__always)
  mutating func append(_ id: TokenID, _ start: Int, _ end: Int) { buffer.append(id) }
}
