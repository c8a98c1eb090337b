import Core

/// Tokenizers one below the other on the same text, and who needs how many tokens.
enum TokensCompareView {
  struct Parts {
    var text: Rect
    var ranking: Rect
    /// What is said about the chosen one.
    var notes: Rect?
    var gutter: Int
  }

  static func parts(of rect: Rect, rows: Int) -> Parts {
    let inner = Rect(x: rect.x + 2, y: rect.y + 1, width: max(1, rect.width - 4), height: max(0, rect.height - 2))
    if inner.width >= 100 {
      let side = min(52, inner.width * 2 / 5)
      let right = Rect(x: inner.maxX - side, y: inner.y + 1, width: side, height: inner.height - 1)
      let ranking = Rect(x: right.x, y: right.y, width: side, height: min(rows + 2, right.height))
      let notes = Rect(x: right.x, y: ranking.maxY + 1, width: side, height: max(0, right.maxY - ranking.maxY - 1))
      return Parts(
        text: Rect(x: inner.x, y: inner.y + 1, width: inner.width - side - 3, height: inner.height - 1),
        ranking: ranking, notes: notes, gutter: 15)
    }
    let height = min(rows + 1, max(2, inner.height / 2))
    return Parts(
      text: Rect(x: inner.x, y: inner.y + height + 1, width: inner.width, height: max(0, inner.height - height - 1)),
      ranking: Rect(x: inner.x, y: inner.y, width: inner.width, height: height), notes: nil, gutter: 13)
  }

  static func prepare(_ state: inout AppState, in rect: Rect) {
    guard let comparison = state.tokens.comparison else {
      state.tokens.compare.page = ComparePage()
      return
    }
    let parts = parts(of: rect, rows: comparison.rows.count)
    let layout = layout(state, comparison, parts)
    let rows = comparison.rows.count + 1
    let visible = max(1, (parts.text.height + 1) / rows)
    state.tokens.compare.selection = min(state.tokens.compare.selection, comparison.rows.count - 1)
    state.tokens.compare.top = min(state.tokens.compare.top, max(0, state.tokens.result.bytes.count - 1))
    var page = ComparePage()
    func lay() { (page.blocks, page.next) = layout.blocks(from: state.tokens.compare.top, count: visible) }
    lay()
    if let difference = state.tokens.compare.difference, state.tokens.compare.seeks {
      state.tokens.compare.seeks = false
      if !page.blocks.contains(where: { $0.range.contains(difference.lowerBound) }) {
        // The block that holds it, with something before.
        let start = layout.start(before: difference.lowerBound + 1)
        state.tokens.compare.top = visible > 2 ? layout.start(before: start) : start
        lay()
      }
    }
    state.tokens.compare.page = page
  }

  static func layout(_ state: AppState, _ comparison: TokenizerComparison, _ parts: Parts) -> CompareLayout {
    CompareLayout(
      bytes: state.tokens.result.bytes, comparison: comparison, width: max(4, parts.text.width - parts.gutter - 1),
      spaces: state.tokens.spaces)
  }

  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    let compare = state.tokens.compare
    guard let comparison = state.tokens.comparison else {
      buffer.put("comparing …", at: Point(rect.x + 2, rect.y + 2), style: theme.dim)
      return
    }
    let parts = parts(of: rect, rows: comparison.rows.count)
    drawRanking(state, comparison, in: parts.ranking, theme: theme, into: &buffer)
    if let notes = parts.notes {
      buffer.verticalLine(
        from: Point(notes.x - 2, rect.y + 1), length: rect.height - 2, style: theme.border)
      drawNotes(state, comparison, in: notes, theme: theme, into: &buffer)
    } else {
      buffer.horizontalLine(
        from: Point(rect.x + 1, parts.text.y - 1), length: rect.width - 2, style: theme.border)
    }
    buffer.clipped(to: parts.text) { buffer in
      var y = parts.text.y
      for block in compare.page.blocks {
        draw(block, state, comparison, y: y, parts: parts, theme: theme, into: &buffer)
        y += comparison.rows.count + 1
      }
    }
  }

  private static func names(_ state: AppState) -> [String] {
    state.tokens.compared.map { SafeText.clean($0.name, keepingNewlines: false) }
  }

  private static func draw(
    _ block: CompareBlock, _ state: AppState, _ comparison: TokenizerComparison, y: Int, parts: Parts, theme: Theme,
    into buffer: inout CellBuffer
  ) {
    let names = names(state)
    let compare = state.tokens.compare
    let x = parts.text.x + parts.gutter + 1
    for (r, row) in comparison.rows.enumerated() {
      let y = y + r
      let isSelected = r == compare.selection
      let first = CompareLayout.first(in: row.borders, after: block.range.lowerBound) - 1
      let last = CompareLayout.first(in: row.borders, after: block.range.upperBound - 1) - 1
      let tokens = row.firstTokens[max(0, min(last + 1, row.firstTokens.count - 1))] - row.firstTokens[max(0, first)]
      let count = String(tokens)
      let name = TextWidth.truncate(
        r < names.count ? names[r] : row.name, to: max(1, parts.gutter - count.utf8.count - 2))
      buffer.put(name, at: Point(parts.text.x, y), style: isSelected ? theme.accent : theme.dim)
      buffer.put(
        count, rightAlignedAt: Point(parts.text.x + parts.gutter - 1, y), style: isSelected ? theme.text : theme.faint)
      var border = first
      // Tokens that begin in the same place have the same ground in every row.
      var color = 0
      for (i, atom) in block.atoms.enumerated() {
        let isBorder =
          border + 1 < row.borders.count && row.borders[border + 1] == atom.range.lowerBound
        if isBorder {
          border += 1
          color = i
        }
        var style = theme.token(color)
        if let difference = compare.difference, difference.contains(atom.range.lowerBound) {
          style = style.adding([.bold, .underline])
        }
        if i > 0 {
          let isOwn = isBorder || row.borders[max(0, border)] == atom.range.lowerBound
          buffer.put(isOwn ? "│" : " ", at: Point(x + atom.x - 1, y), style: isOwn ? theme.faint : style)
        }
        buffer.put(atom.label, at: Point(x + atom.x, y), style: style)
      }
    }
    // Below: where they differ.
    for atom in block.atoms where atom.differs {
      let isHere = compare.difference?.contains(atom.range.lowerBound) == true
      buffer.put(
        String(repeating: isHere ? "▔" : "╌", count: max(1, atom.cells)),
        at: Point(x + atom.x, y + comparison.rows.count),
        style: isHere ? theme.accent : theme.faint)
    }
  }

  private static func drawRanking(
    _ state: AppState, _ comparison: TokenizerComparison, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let compare = state.tokens.compare
    let names = names(state)
    let order = CompareState.ranking(comparison)
    let best = CompareState.best(comparison)
    let most = comparison.rows.map(\.ids.count).max() ?? 0
    var y = rect.y
    if rect.height > order.count {
      buffer.put(
        TextWidth.truncate("fewest tokens first · ★ of its size", to: rect.width), at: Point(rect.x, y),
        style: theme.dim)
      y += 1
    }
    let nameWidth = min(16, max(8, names.map { TextWidth.of($0) }.max() ?? 8))
    for row in order where y < rect.maxY {
      let value = comparison.rows[row]
      let isSelected = row == compare.selection
      var x = rect.x
      buffer.put(isSelected ? "▸" : " ", at: Point(x, y), style: theme.accent)
      buffer.put(best.contains(row) ? "★" : " ", at: Point(x + 1, y), style: theme.warning)
      x += 3
      buffer.put(
        TextWidth.pad(row < names.count ? names[row] : value.name, to: nameWidth), at: Point(x, y),
        style: isSelected ? theme.strong : theme.text)
      x += nameWidth
      x += buffer.put(
        TextWidth.pad(Figures.grouped(value.vocabularySize), to: 9, .right), at: Point(x, y), style: theme.faint)
      if value.failure != nil {
        let text = TextWidth.truncate("cannot encode this text", to: max(0, rect.maxX - x - 1))
        buffer.put(text, at: Point(x + 1, y), style: theme.error)
        y += 1
        continue
      }
      x +=
        buffer.put(
          TextWidth.pad(Figures.grouped(value.ids.count), to: 9, .right), at: Point(x, y),
          style: isSelected ? theme.strong : theme.text) + 1
      x +=
        buffer.put(
          TextWidth.pad(Figures.fixed(value.charactersPerToken, 1), to: 5, .right), at: Point(x, y), style: theme.dim)
        + 1
      let room = rect.maxX - x
      if room >= 4, most > 0 {
        ProgressBar.draw(
          Double(value.ids.count) / Double(most), in: Rect(x: x, y: y, width: min(room, 40), height: 1),
          filled: isSelected ? theme.accent : theme.series(0), rest: theme.panel, into: &buffer)
      }
      y += 1
    }
  }

  private static func drawNotes(
    _ state: AppState, _ comparison: TokenizerComparison, in rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) {
    let compare = state.tokens.compare
    guard comparison.rows.indices.contains(compare.selection), rect.height > 2 else { return }
    let row = comparison.rows[compare.selection]
    var lines: [StyledLine] = []
    let name = names(state)[min(compare.selection, names(state).count - 1)]
    lines.append(StyledLine(name, theme.strong))
    if let failure = row.failure {
      let text = SafeText.clean(failure.description, keepingNewlines: false)
      for line in TextLayout.lines(text, width: rect.width) { lines.append(StyledLine(String(line), theme.error)) }
    }
    lines.append(
      StyledLine(
        "\(Figures.fixed(row.bytesPerToken, 2)) bytes a token"
          + (row.unknownTokens > 0 ? " · \(Figures.count(row.unknownTokens, "unknown token"))" : ""), theme.dim))
    let differing = comparison.segments.lazy.filter(\.differs).count
    lines.append(
      StyledLine(
        differing == 0
          ? "all cut this text in the same way"
          : "\(Figures.count(differing, "stretch")) cut in different ways"
            .replacing("stretchs", with: "stretches"), theme.dim))
    let tokenizer = state.tokens.compared[min(compare.selection, state.tokens.compared.count - 1)].tokenizer
    let notes = tokenizer.map { VocabularyNotes.notes(on: $0) } ?? []
    for fact in notes {
      lines.append(StyledLine())
      for text in TextLayout.lines(fact, width: rect.width) { lines.append(StyledLine(String(text), theme.text)) }
    }
    for (i, line) in lines.prefix(rect.height).enumerated() {
      buffer.put(line, at: Point(rect.x, rect.y + i), maxWidth: rect.width)
    }
  }
}
