/// A table with hairlines: columns as wide as they need, narrowed evenly from the widest where the room is short,
/// their text wrapped then.
struct MarkdownTable {
  var header: [String]
  var alignments: [TextWidth.Alignment]
  var rows: [[String]]

  func lay(width: Int, theme: Theme) -> [StyledLine] {
    let cells = ([header] + rows).enumerated().map { index, row in
      row.map { MarkdownInline.spans($0, style: index == 0 ? theme.strong : theme.text, theme: theme, isOpen: false) }
    }
    var widths = header.indices.map { column in
      max(1, cells.map { row in row[column].reduce(0) { $0 + TextWidth.of($1.text) } }.max() ?? 1)
    }
    // " │ " between columns.
    let room = max(header.count, width - 3 * (header.count - 1))
    narrow(&widths, to: room)
    var result: [StyledLine] = []
    for (index, row) in cells.enumerated() {
      let wrapped = row.enumerated().map { StyledLine.wrap($1, width: max(1, widths[$0])) }
      for line in 0..<(wrapped.map(\.count).max() ?? 1) {
        var spans: [Span] = []
        for column in header.indices {
          if column > 0 { spans.append(Span(" │ ", theme.border)) }
          let text = line < wrapped[column].count ? wrapped[column][line] : StyledLine()
          let missing = max(0, widths[column] - text.width)
          let before =
            switch alignments[column] {
            case .left: 0
            case .right: missing
            case .center: missing / 2
            }
          if before > 0 { spans.append(Span(String(repeating: " ", count: before), theme.text)) }
          spans += text.spans
          let after = missing - before
          if after > 0 && column < header.count - 1 {
            spans.append(Span(String(repeating: " ", count: after), theme.text))
          }
        }
        result.append(StyledLine(spans))
      }
      if index == 0 {
        let line = widths.map { String(repeating: "─", count: $0) }.joined(separator: "─┼─")
        result.append(StyledLine(line, theme.border))
      }
    }
    return result
  }

  /// Takes from the widest columns first.
  private func narrow(_ widths: inout [Int], to room: Int) {
    var excess = widths.reduce(0, +) - room
    guard excess > 0 else { return }
    // The level all wider columns come down to.
    let sorted = widths.sorted(by: >)
    var level = sorted[0]
    var count = 0
    for (index, width) in sorted.enumerated() {
      let gain = (level - width) * index
      if gain >= excess { break }
      excess -= gain
      level = width
      count = index + 1
    }
    let cut = count > 0 ? (excess + count - 1) / count : 0
    level = max(1, level - cut)
    for index in widths.indices { widths[index] = min(widths[index], level) }
  }
}
