/// Byte ranges of the tokens of a text, in half the room that ranges take: at every key some hundred thousand are copied.
public struct TokenRanges: RandomAccessCollection, Sendable {
  private struct Span {
    var start: UInt32
    var end: UInt32

    init(_ range: Range<Int>) {
      start = UInt32(clamping: range.lowerBound)
      end = UInt32(clamping: range.upperBound)
    }
  }

  private var spans: [Span]

  public init(_ ranges: some Collection<Range<Int>>) { spans = ranges.map(Span.init) }

  public var startIndex: Int { 0 }
  public var endIndex: Int { spans.count }

  public subscript(index: Int) -> Range<Int> {
    let span = spans[index]
    return Int(span.start)..<Int(Swift.max(span.start, span.end))
  }

  /// Puts other tokens in the place of some; those behind move by `shift` bytes.
  mutating func replace(_ removed: Range<Int>, with new: [Range<Int>], shift: Int) {
    spans.replaceSubrange(removed, with: new.lazy.map(Span.init))
    guard shift != 0 else { return }
    let by = UInt32(truncatingIfNeeded: shift)
    spans.withUnsafeMutableBufferPointer { spans in
      for i in (removed.lowerBound + new.count)..<spans.count {
        spans[i].start &+= by
        spans[i].end &+= by
      }
    }
  }
}
