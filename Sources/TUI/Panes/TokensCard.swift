import Core

/// What there is to say about the text, and about the token under the cursor.
enum TokensCard {
  struct Fact: Equatable {
    var name: String
    var value: String
    var style: Style
  }

  static func figures(_ state: AppState) -> [String] {
    let result = state.tokens.result
    var lines = [
      Figures.count(result.count, "token"),
      "\(Figures.count(result.characters, "character")) · \(Figures.count(result.bytes.count, "byte"))",
    ]
    if result.count > 0 {
      let count = Double(result.count)
      lines.append(
        "\(Figures.fixed(Double(result.characters) / count, 2)) characters · "
          + "\(Figures.fixed(Double(result.bytes.count) / count, 2)) bytes a token")
    }
    if state.chat.contextSize > 0, result.count > 0 {
      let share = 100 * Double(result.count) / Double(state.chat.contextSize)
      lines.append("\(Figures.fixed(share, share < 10 ? 1 : 0)) % of a context of \(Figures.grouped(state.chat.contextSize))")
    }
    return lines
  }

  static func facts(_ state: AppState, theme: Theme) -> [Fact] {
    let tokens = state.tokens
    let result = tokens.result
    guard tokens.cursor < result.count else { return [] }
    let id = result.ids[tokens.cursor]
    let bytes = result.tokenBytes(tokens.cursor)
    var facts = [Fact(name: "id", value: "\(id)", style: theme.strong)]
    var flow = TokensFlow(
      result, hex: false, spaces: true, width: 64,
      from: TokensPlace(result.offsets[tokens.cursor].lowerBound, tokens.cursor))
    if let piece = flow.next(), piece.kind == .text || piece.kind == .special {
      facts.append(Fact(name: "text", value: piece.label, style: theme.text))
    } else {
      facts.append(Fact(name: "text", value: "part of a character", style: theme.dim))
    }
    let shown = bytes.prefix(12).map(TokenLabel.byte).joined(separator: " ")
    facts.append(Fact(name: "bytes", value: shown + (bytes.count > 12 ? " …" : ""), style: theme.text))
    let written = TokenLabel.written(result.written(tokens.cursor))
    if !written.isEmpty { facts.append(Fact(name: "written", value: written, style: theme.text)) }
    if result.isSpecial(tokens.cursor) { facts.append(Fact(name: "kind", value: "special", style: theme.special)) }
    let times = result.occurrences(of: id)
    facts.append(Fact(name: "here", value: times == 1 ? "once" : "\(Figures.grouped(times)) times", style: theme.text))
    facts.append(
      Fact(name: "at byte", value: Figures.grouped(result.offsets[tokens.cursor].lowerBound), style: theme.dim))
    return facts
  }

  /// Figures above, the card below, on the right of a wide pane.
  static func drawSide(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    var y = rect.y
    func line(_ line: StyledLine) {
      if y < rect.maxY { buffer.put(line, at: Point(rect.x, y), maxWidth: rect.width) }
      y += 1
    }
    for (i, text) in figures(state).enumerated() { line(StyledLine(text, i == 0 ? theme.strong : theme.dim)) }
    line(StyledLine())
    let tokens = state.tokens
    line(
      StyledLine([
        Span("token ", theme.dim), Span(Figures.grouped(tokens.cursor + 1), theme.text),
        Span(" of \(Figures.grouped(tokens.result.count))", theme.dim),
      ]))
    let facts = facts(state, theme: theme)
    let widest = facts.map { TextWidth.of($0.name) }.max() ?? 0
    for fact in facts {
      line(
        StyledLine([
          Span(TextWidth.pad(fact.name, to: widest + 2), theme.faint),
          Span(TextWidth.truncate(fact.value, to: max(1, rect.width - widest - 2)), fact.style),
        ]))
    }
    let why = why(state, width: rect.width)
    guard !why.isEmpty, y + 2 < rect.maxY else { return }
    line(StyledLine())
    for text in why { line(StyledLine(text, theme.dim)) }
  }

  /// Why the token begins where it does, as long as it is known.
  static func why(_ state: AppState, width: Int) -> [String] {
    guard let border = state.tokens.explanation?.border else { return [] }
    return TextLayout.lines(SafeText.clean(border.sentence, keepingNewlines: false), width: width).map(String.init)
  }

  /// The same below the text: a line where there is little room, else a few.
  static func drawFoot(
    _ state: AppState, in rect: Rect, focused: Bool, theme: Theme, into buffer: inout CellBuffer
  ) {
    guard focused else {
      let text = figures(state).dropFirst().first ?? ""
      buffer.put(
        TextWidth.truncate("\(text) · \(state.tokensSourceName)", to: rect.width), at: Point(rect.x, rect.y),
        style: theme.faint)
      return
    }
    var y = rect.y
    if rect.height > 1 {
      buffer.put(
        TextWidth.truncate(figures(state).dropFirst().joined(separator: " · "), to: rect.width), at: Point(rect.x, y),
        style: theme.dim)
      y += 1
    }
    var line = StyledLine(
      "\(Figures.grouped(state.tokens.cursor + 1))/\(Figures.grouped(state.tokens.result.count))  ", theme.faint)
    for fact in facts(state, theme: theme) {
      let spans = [Span(fact.name + " ", theme.dim), Span(fact.value + "  ", fact.style)]
      let width = StyledLine(spans).width
      if line.width + width - 2 > rect.width, !line.spans.isEmpty {
        buffer.put(line, at: Point(rect.x, y), maxWidth: rect.width)
        y += 1
        line = StyledLine()
        if y >= rect.maxY { return }
      }
      line.spans += spans
    }
    buffer.put(line, at: Point(rect.x, y), maxWidth: rect.width)
    for text in why(state, width: rect.width) {
      y += 1
      if y >= rect.maxY { return }
      buffer.put(text, at: Point(rect.x, y), style: theme.dim)
    }
  }
}
