extension CellBuffer {
  /// The characters a box is drawn with.
  public enum BoxCorners: Sendable { case round, square }

  /// A hairline box on the edge of `rect`, with a title in its top line and another at the right end of it. Where both
  /// do not fit, the right one goes first, then the title is cut.
  public mutating func box(
    _ rect: Rect, style: Style, title: String = "", titleStyle: Style? = nil, rightTitle: String = "",
    rightTitleStyle: Style? = nil, corners: BoxCorners = .round
  ) {
    guard rect.width >= 2, rect.height >= 2 else { return }
    let right = rect.maxX - 1
    let bottom = rect.maxY - 1
    horizontalLine(from: Point(rect.x + 1, rect.y), length: rect.width - 2, style: style)
    horizontalLine(from: Point(rect.x + 1, bottom), length: rect.width - 2, style: style)
    verticalLine(from: Point(rect.x, rect.y + 1), length: rect.height - 2, style: style)
    verticalLine(from: Point(right, rect.y + 1), length: rect.height - 2, style: style)
    let marks = corners == .round ? ["╭", "╮", "╰", "╯"] : ["┌", "┐", "└", "┘"]
    put(marks[0], at: Point(rect.x, rect.y), style: style)
    put(marks[1], at: Point(right, rect.y), style: style)
    put(marks[2], at: Point(rect.x, bottom), style: style)
    put(marks[3], at: Point(right, bottom), style: style)
    // Titles stand one line character inside the corners, a space around each.
    let room = rect.width - 6
    guard room > 0 else { return }
    let shown = title.isEmpty ? "" : TextWidth.truncate(title, to: room)
    var used = 0
    if !shown.isEmpty {
      used = put(" " + shown + " ", at: Point(rect.x + 2, rect.y), style: titleStyle ?? style) + 1
    }
    let rightWidth = TextWidth.of(rightTitle)
    if rightWidth > 0 && used + rightWidth + 2 <= rect.width - 4 {
      put(" " + rightTitle + " ", at: Point(right - 3 - rightWidth, rect.y), style: rightTitleStyle ?? style)
    }
  }

  public mutating func horizontalLine(
    from point: Point, length: Int, style: Style, character: Character = "─"
  ) {
    fill(Rect(x: point.x, y: point.y, width: length, height: 1), character, style: style)
  }

  public mutating func verticalLine(from point: Point, length: Int, style: Style, character: Character = "│") {
    fill(Rect(x: point.x, y: point.y, width: 1, height: length), character, style: style)
  }
}
