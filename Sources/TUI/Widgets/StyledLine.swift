/// A piece of text in one style.
public struct Span: Sendable, Equatable {
  public var text: String
  public var style: Style

  public init(_ text: String, _ style: Style) {
    self.text = text
    self.style = style
  }
}

/// A row of spans.
public struct StyledLine: Sendable, Equatable {
  public var spans: [Span]

  public init(_ spans: [Span] = []) { self.spans = spans }
  public init(_ text: String, _ style: Style) { spans = [Span(text, style)] }

  public var width: Int { spans.reduce(0) { $0 + TextWidth.of($1.text) } }

  /// Wraps text of several styles at spaces; line ends in it end rows. At least one row.
  public static func wrap(_ spans: [Span], width: Int) -> [StyledLine] {
    wrapped(spans, width: width).rows
  }

  /// The same, with the UTF-8 offset at which each row begins in the joined text.
  static func wrapped(_ spans: [Span], width: Int) -> (rows: [StyledLine], starts: [Int]) {
    let text = spans.map(\.text).joined()
    var starts: [Int] = []
    var rows: [StyledLine] = []
    var spanIndex = 0
    // UTF-8 offsets are cheap to count, and spans meet at scalar borders.
    var spanEnd = spans.first?.text.utf8.count ?? 0
    for line in TextLayout.wrap(text, width: width) {
      var row = StyledLine()
      starts.append(text.utf8.distance(from: text.startIndex, to: line.range.lowerBound))
      var at = line.range.lowerBound
      while at < line.range.upperBound {
        let offset = text.utf8.distance(from: text.startIndex, to: at)
        while offset >= spanEnd, spanIndex + 1 < spans.count {
          spanIndex += 1
          spanEnd += spans[spanIndex].text.utf8.count
        }
        let stop = min(text.utf8.index(text.startIndex, offsetBy: spanEnd), line.range.upperBound)
        guard stop > at else { break }
        row.spans.append(Span(String(text[at..<stop]), spans[spanIndex].style))
        at = stop
      }
      rows.append(row)
    }
    return rows.isEmpty ? ([StyledLine()], [0]) : (rows, starts)
  }
}

extension CellBuffer {
  /// Writes spans one after the other; returns the columns they take.
  @discardableResult
  public mutating func put(_ line: StyledLine, at point: Point, maxWidth: Int = .max) -> Int {
    var used = 0
    for span in line.spans {
      if used >= maxWidth { break }
      used += put(span.text, at: Point(point.x + used, point.y), style: span.style, maxWidth: maxWidth - used)
    }
    return used
  }

  /// Writes spans so that they end before `point`.
  @discardableResult
  public mutating func put(_ line: StyledLine, rightAlignedAt point: Point) -> Int {
    put(line, at: Point(point.x - line.width, point.y))
  }
}
