/// Breaks text into lines for a number of cells.
public enum TextLayout {
  /// One line of a wrapped text.
  public struct Line: Sendable, Equatable {
    /// Where the line lies in the text, without the spaces it was broken at and without the line end.
    public var range: Range<String.Index>
    /// The cells it takes.
    public var width: Int
    /// Whether a line end (or the text's end) follows, rather than a break made here.
    public var endsParagraph: Bool
  }

  /// Lines of at most `width` cells, broken at spaces, between wide characters, and within words that are longer than a
  /// line. Line ends in the text end lines; an empty text is one empty line. A wide character at `width` 1 stands
  /// alone.
  /// - Parameter hang: cells that continuation lines lose to an indent.
  public static func wrap(_ text: String, width: Int, hang: Int = 0) -> [Line] {
    let full = max(1, width)
    var lines: [Line] = []
    var room = full
    var start = text.startIndex
    var index = start
    var used = 0  // Cells from start to index.
    var end = start  // After the last character that is not a space, …
    var endWidth = 0  // … and the cells up to there.
    var limit: (end: String.Index, width: Int, next: String.Index)?  // Where the line may break.
    var wasWide = false

    func begin(at position: String.Index) {
      (start, index, end) = (position, position, position)
      (used, endWidth, limit, wasWide) = (0, 0, nil, false)
    }

    while index < text.endIndex {
      let character = text[index]
      let next = text.index(after: index)
      if character.isNewline {
        lines.append(Line(range: start..<end, width: endWidth, endsParagraph: true))
        begin(at: next)
        room = full
        continue
      }
      let cells = TextWidth.of(character)
      if character == " " {
        // Spaces before the first word are an indent, not a place to break.
        if end > start { limit = (end, endWidth, next) }
        used += cells
        index = next
        wasWide = false
        continue
      }
      let isWide = cells >= 2
      if (isWide || wasWide) && end == index && end > start { limit = (end, endWidth, index) }
      if used + cells > room && index > start {
        if let limit {
          lines.append(Line(range: start..<limit.end, width: limit.width, endsParagraph: false))
          begin(at: limit.next)
        } else {
          // A word longer than the line is cut; an indent longer than the line is dropped.
          if end > start { lines.append(Line(range: start..<end, width: endWidth, endsParagraph: false)) }
          begin(at: index)
        }
        room = max(1, full - hang)
        continue
      }
      used += cells
      index = next
      end = next
      endWidth = used
      wasWide = isWide
    }
    lines.append(Line(range: start..<end, width: endWidth, endsParagraph: true))
    return lines
  }

  /// The wrapped lines as strings.
  public static func lines(_ text: String, width: Int, hang: Int = 0) -> [Substring] {
    wrap(text, width: width, hang: hang).map { text[$0.range] }
  }
}
