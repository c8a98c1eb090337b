/// What every key does, generated from the key table, in as many columns as fit: first what the focused part of the
/// screen does with them.
public enum HelpView {
  /// One action, or the heading of a section.
  struct Row: Equatable {
    var keys: String
    var title: String
    var isHeading = false
    /// Words it was found by that stand neither in the keys nor in the title.
    var also: [String] = []
  }

  /// Everything that answers the words typed, each of which must stand in the keys, the title or the words an action is
  /// also known by.
  static func sections(_ state: AppState, query: String = "") -> [[Row]] {
    let first = state.focus.scopes
    let words = query.lowercased().split(separator: " ")
    return (first + Scope.allCases.filter { !first.contains($0) }).compactMap { scope in
      let rows = Action.allCases.filter { action in
        guard action.scope == scope, !state.keys.strokes(of: action).isEmpty else { return false }
        let text = searched(action, state)
        return words.allSatisfy { text.contains($0) }
      }.map { row($0, words, state) }
      return rows.isEmpty ? nil : [Row(keys: "", title: scope.title, isHeading: true)] + rows
    }
  }

  private static func row(_ action: Action, _ words: [Substring], _ state: AppState) -> Row {
    let keys = state.keys.labels(of: action, ascii: state.ascii)
    let shown = (keys + " " + action.info.title).lowercased()
    let known = action.words.split(separator: " ")
    let also = words.filter { !shown.contains($0) }.compactMap { word in
      known.first { $0.lowercased().contains(word) }.map(String.init)
    }
    return Row(keys: keys, title: action.info.title, also: also)
  }

  private static func searched(_ action: Action, _ state: AppState) -> String {
    let keys = state.keys.strokes(of: action).map { "\($0.label(ascii: state.ascii)) \($0.description)" }
    return (keys + [action.info.title, action.words]).joined(separator: " ").lowercased()
  }

  /// - Returns: the caret of the line that is typed in.
  static func draw(_ state: AppState, _ help: HelpState, theme: Theme, into buffer: inout CellBuffer) -> Point? {
    let query = help.query.text
    let sections = sections(state, query: query)
    let found = sections.reduce(0) { $0 + $1.count - 1 }
    let palette = state.keys.label(of: .palette, ascii: state.ascii) ?? "F1"
    let inner = OverlayViews.frame(
      width: buffer.width - 4, height: buffer.height - 2, title: "Keys",
      right: query.isEmpty ? "all commands by name: \(palette)" : "\(found) found", style: theme.borderFocused,
      theme: theme, into: &buffer)
    buffer.put("❯", at: Point(inner.x, inner.y), style: theme.accent)
    let caret = TextEditorView.drawLine(
      help.query, in: Rect(x: inner.x + 2, y: inner.y, width: inner.width - 3, height: 1), style: theme.text,
      placeholder: "type to search", placeholderStyle: theme.placeholder, into: &buffer)
    buffer.horizontalLine(from: Point(inner.x - 1, inner.y + 1), length: inner.width + 2, style: theme.border)
    let list = Rect(x: inner.x, y: inner.y + 2, width: inner.width, height: max(0, inner.height - 2))
    guard found > 0 else {
      buffer.put("nothing matches", at: Point(list.x, list.y), style: theme.dim)
      return caret
    }
    let columns = max(1, min(3, list.width / 56))
    let width = list.width / columns
    // Sections go to the column that is shortest so far.
    var parts = [[Line]](repeating: [], count: columns)
    for section in sections {
      let target = parts.indices.min { parts[$0].count < parts[$1].count } ?? 0
      if !parts[target].isEmpty { parts[target].append(Line(keys: "", title: "")) }
      for row in section { parts[target] += lines(row, width: width) }
    }
    let longest = parts.map(\.count).max() ?? 0
    let first = help.first(of: longest, rows: list.height)
    let words = query.lowercased().split(separator: " ").map(String.init)
    for (c, part) in parts.enumerated() {
      for row in 0..<list.height where first + row < part.count {
        draw(part[first + row], words, at: Point(list.x + c * width, list.y + row), width, theme, &buffer)
      }
    }
    if first + list.height < longest {
      buffer.put(" more ↓ ", rightAlignedAt: Point(inner.maxX, inner.maxY), style: theme.dim)
    }
    return caret
  }

  /// One line of the list: of an action with many keys or a long title there are several.
  private struct Line {
    var keys: String
    var title: String
    var isHeading = false
  }

  private static func keyWidth(_ width: Int) -> Int { min(20, width / 2) }

  private static func lines(_ row: Row, width: Int) -> [Line] {
    if row.isHeading { return [Line(keys: "", title: row.title, isHeading: true)] }
    let room = keyWidth(width)
    let keys = TextLayout.lines(row.keys, width: room - 2)
    let title = row.title + (row.also.isEmpty ? "" : " (\(row.also.joined(separator: ", ")))")
    let titles = TextLayout.lines(title, width: width - room - 1)
    return (0..<max(keys.count, titles.count)).map { i in
      Line(keys: i < keys.count ? String(keys[i]) : "", title: i < titles.count ? String(titles[i]) : "")
    }
  }

  private static func draw(
    _ line: Line, _ words: [String], at point: Point, _ width: Int, _ theme: Theme, _ buffer: inout CellBuffer
  ) {
    if line.isHeading {
      buffer.put(line.title, at: Point(point.x + 1, point.y), style: theme.heading)
      return
    }
    for (text, x, style) in [
      (line.keys, point.x + 1, theme.accent.removing(.bold)), (line.title, point.x + keyWidth(width), theme.text),
    ] {
      buffer.put(text, at: Point(x, point.y), style: style)
      for word in words {
        for place in FoundText.all(word, in: [StyledLine(text, style)], width: .max) {
          for piece in place.pieces {
            buffer.restyle(Rect(x: x + piece.x, y: point.y, width: piece.width, height: 1)) { _ in theme.match }
          }
        }
      }
    }
  }
}
