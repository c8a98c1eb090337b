/// What every key does, generated from the key table, in as many columns as fit.
public enum HelpView {
  struct Row: Equatable {
    var keys: String
    var title: String
    var isHeading = false
  }

  static func sections(_ state: AppState) -> [[Row]] {
    Scope.allCases.map { scope in
      [Row(keys: "", title: scope.title, isHeading: true)]
        + Action.allCases.filter { $0.scope == scope && !state.keys.strokes(of: $0).isEmpty }.map {
          Row(keys: state.keys.labels(of: $0, ascii: state.ascii), title: $0.info.title)
        }
    }
  }

  static func draw(_ state: AppState, scroll: Int, theme: Theme, into buffer: inout CellBuffer) {
    let inner = OverlayViews.frame(
      width: buffer.width - 4, height: buffer.height - 2, title: "Keys",
      right: "every command is also in the palette: " + (state.keys.label(of: .palette, ascii: state.ascii) ?? "F1"),
      style: theme.borderFocused, theme: theme, into: &buffer)
    let columns = max(1, min(3, inner.width / 56))
    let width = inner.width / columns
    // Sections go to the column that is shortest so far.
    var parts = [[Row]](repeating: [], count: columns)
    for section in sections(state) {
      let target = parts.indices.min { parts[$0].count < parts[$1].count } ?? 0
      if !parts[target].isEmpty { parts[target].append(Row(keys: "", title: "")) }
      parts[target] += section
    }
    let longest = parts.map(\.count).max() ?? 0
    let first = min(scroll, max(0, longest - inner.height + 1))
    for (c, part) in parts.enumerated() {
      let keyWidth = min(20, width / 2)
      for row in 0..<inner.height where first + row < part.count {
        let line = part[first + row]
        let x = inner.x + c * width
        let y = inner.y + row
        if line.isHeading {
          buffer.put(line.title, at: Point(x + 1, y), style: theme.heading)
        } else {
          buffer.put(
            TextWidth.truncate(line.keys, to: keyWidth - 2), at: Point(x + 1, y), style: theme.accent.removing(.bold))
          buffer.put(
            TextWidth.truncate(line.title, to: width - keyWidth - 1), at: Point(x + keyWidth, y), style: theme.text)
        }
      }
    }
    if first + inner.height < longest {
      buffer.put(" more ↓ ", rightAlignedAt: Point(inner.maxX, inner.maxY), style: theme.dim)
    }
  }
}
