/// Where the bytes of a changed text came from: a range of bytes in the text that was given for each. Alike ones that
/// follow each other take no memory of their own, be they kept, or changed all in the same way.
struct SourceMap {
  /// Of the bytes from `start` on, each `step` together stand for `length` bytes of the source, the first for those at
  /// `source`. The tokenizer never works on more than 4 GB at once.
  private struct Segment {
    var start: UInt32
    var source: UInt32
    var step: UInt32
    var length: UInt32
  }

  private var segments: [Segment] = []
  /// Of bytes that are mapped.
  private(set) var count = 0
  /// The source of what would go on with the last segment.
  private var next: UInt32 = 0

  /// Maps the next bytes: `units` times `step` of them, each for `length` bytes of the source, from `source` on.
  @inline(__always)
  mutating func append(step: Int, length: Int, source: Int, units: Int = 1) {
    guard step > 0, units > 0 else { return }
    let new = Segment(
      start: UInt32(truncatingIfNeeded: count), source: UInt32(truncatingIfNeeded: source),
      step: UInt32(truncatingIfNeeded: step), length: UInt32(truncatingIfNeeded: length))
    let goesOn =
      next == new.source && segments.last.map { $0.step == new.step && $0.length == new.length } ?? false
    if !goesOn { segments.append(new) }
    count += step * units
    next = UInt32(truncatingIfNeeded: source + length * units)
  }

  /// Maps the next bytes as a range of another map has its own.
  /// - Parameter hint: as of ``source(of:hint:)``.
  mutating func append(_ other: SourceMap, _ range: Range<Int>, hint: inout Int) {
    guard !range.isEmpty else { return }
    var place = other.segment(of: range.lowerBound, hint: &hint)
    var i = range.lowerBound
    while i < range.upperBound {
      let segment = other.segments[place]
      let end = min(range.upperBound, other.end(of: place))
      let step = Int(segment.step)
      let length = Int(segment.length)
      let (unit, rest) = (i - Int(segment.start)).quotientAndRemainder(dividingBy: step)
      let source = Int(segment.source) + unit * length
      let whole = rest == 0 ? (end - i) / step : 0
      if whole > 0 {
        append(step: step, length: length, source: source, units: whole)
        i += whole * step
      } else {
        let some = min(step - rest, end - i)
        append(step: some, length: length, source: source)
        i += some
      }
      if i == end { place += 1 }
    }
  }

  /// The source of a byte.
  /// - Parameter hint: where it was found the last time; the next is quickly found near it.
  @inline(__always)
  func source(of byte: Int, hint: inout Int) -> Range<Int> {
    let segment = segments[segment(of: byte, hint: &hint)]
    let offset = byte - Int(segment.start)
    let unit = segment.step == 1 ? offset : offset / Int(segment.step)
    let start = Int(segment.source) + unit * Int(segment.length)
    return start..<(start + Int(segment.length))
  }

  private func end(of place: Int) -> Int { place + 1 < segments.count ? Int(segments[place + 1].start) : count }

  @inline(__always)
  private func segment(of byte: Int, hint: inout Int) -> Int {
    for place in hint..<min(hint + 4, segments.count) where Int(segments[place].start) <= byte && byte < end(of: place)
    {
      hint = place
      return place
    }
    var (low, high) = (0, segments.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(segments[middle].start) <= byte { low = middle + 1 } else { high = middle }
    }
    hint = max(0, low - 1)
    return hint
  }
}
