import Core

/// A text as coloured tokens with their ids, and a card about the one under the cursor.
public enum TokensPane {
  struct Placed: Equatable {
    var index: Int
    var x: Int
    var width: Int
    var label: String
  }

  static func parts(of rect: Rect, state: AppState) -> (text: Rect?, tokens: Rect, card: Int) {
    let inner = Rect(x: rect.x + 2, y: rect.y + 1, width: max(1, rect.width - 4), height: max(0, rect.height - 2))
    let card = inner.maxY - 1
    var top = inner.y
    var box: Rect?
    if state.tokens.source == .own {
      let rows = min(max(1, state.tokens.editor.rowCount), max(1, inner.height / 3))
      box = Rect(x: inner.x + 2, y: inner.y, width: max(1, inner.width - 3), height: rows)
      top += rows + 1
    }
    return (box, Rect(x: inner.x, y: top, width: inner.width, height: max(0, card - 1 - top)), card)
  }

  static func prepare(_ state: inout AppState, in rect: Rect) {
    state.tokens.editor.setWidth(max(1, rect.width - 8))
    let parts = parts(of: rect, state: state)
    if let box = parts.text { TextEditorView.follow(&state.tokens.editor, rows: box.height) }
    state.tokens.cursor = min(state.tokens.cursor, max(0, state.tokens.result.tokens.count - 1))
    let rows = layout(state.tokens, width: parts.tokens.width)
    state.tokens.rows = rows.map { row in
      (row.first?.index ?? 0)..<((row.last?.index ?? -1) + 1)
    }
    let visible = max(1, (parts.tokens.height + 1) / rowHeight(parts.tokens))
    if state.focus == .tokens, let row = state.tokens.rows.firstIndex(where: { $0.contains(state.tokens.cursor) }) {
      if row < state.tokens.scroll { state.tokens.scroll = row }
      if row >= state.tokens.scroll + visible { state.tokens.scroll = row - visible + 1 }
    } else if state.tokens.source == .live, state.focus == .input {
      // While one types, the end of the text is what matters.
      state.tokens.scroll = max(0, rows.count - visible)
    }
    state.tokens.scroll = min(max(0, state.tokens.scroll), max(0, rows.count - visible))
  }

  /// Tokens, ids, and a free row where there is room for it.
  static func rowHeight(_ rect: Rect) -> Int { rect.height >= 8 ? 3 : 2 }

  /// Which tokens stand in which row.
  static func layout(_ state: TokensState, width: Int) -> [[Placed]] {
    var rows: [[Placed]] = []
    var row: [Placed] = []
    var x = 0
    for (i, token) in state.result.tokens.enumerated() {
      let label = TextWidth.truncate(label(of: token, state: state), to: max(1, width))
      let cells = max(TextWidth.of(label), String(token.id).utf8.count)
      if x > 0, x + cells > width {
        rows.append(row)
        row = []
        x = 0
      }
      row.append(Placed(index: i, x: x, width: cells, label: label))
      x += cells + 1
      if token.bytes.last == 0x0A {
        rows.append(row)
        row = []
        x = 0
      }
    }
    if !row.isEmpty { rows.append(row) }
    return rows
  }

  /// What a token shows: its text with spaces made visible, or its bytes where they are only part of a character.
  static func label(of token: TokenizedText.Token, state: TokensState) -> String {
    if state.hex || token.text == nil && !token.special {
      return "‹" + token.bytes.map(hexadecimal).joined(separator: "·") + "›"
    }
    if token.special || token.bytes.isEmpty { return SafeText.clean(token.written, keepingNewlines: false) }
    var label = ""
    for scalar in (token.text ?? "").unicodeScalars {
      switch scalar {
      case " ": label += state.spaces ? "·" : " "
      case "\n": label += state.spaces ? "↵" : " "
      case "\t": label += state.spaces ? "→" : " "
      default: label.unicodeScalars.append(scalar)
      }
    }
    label = SafeText.clean(label, keepingNewlines: false)
    return TextWidth.of(label) == 0 ? "‹" + token.bytes.map(hexadecimal).joined(separator: "·") + "›" : label
  }

  static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count < 2 ? "0" + digits : digits
  }

  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) -> Point? {
    let focused = state.focus.pane == .tokens
    buffer.fill(rect, style: theme.panel)
    let name = SafeText.clean(state.tokens.tokenizerName)
    buffer.box(
      rect, style: focused ? theme.borderFocused : theme.border, title: name.isEmpty ? "Tokens" : "Tokens · \(name)",
      titleStyle: focused ? theme.titleFocused : theme.title, rightTitle: status(state), rightTitleStyle: theme.dim)
    let parts = parts(of: rect, state: state)
    var caret: Point?
    if let box = parts.text {
      buffer.put(
        state.ascii ? ">" : "❯", at: Point(box.x - 2, box.y),
        style: state.focus == .tokensText ? theme.accent : theme.faint)
      let at = TextEditorView.draw(
        state.tokens.editor, in: box, style: theme.text, placeholder: "a text to look at",
        placeholderStyle: theme.placeholder, into: &buffer)
      if state.focus == .tokensText, state.overlays.isEmpty { caret = at }
    }
    if let message = emptyMessage(state) {
      buffer.put(
        TextWidth.truncate(message, to: parts.tokens.width),
        at: Point(parts.tokens.x, parts.tokens.y + (parts.tokens.height > 2 ? 1 : 0)),
        style: theme.dim)
      return caret
    }
    drawTokens(state, in: parts.tokens, focused: focused, theme: theme, into: &buffer)
    drawCard(state, y: parts.card, in: rect, focused: focused, theme: theme, into: &buffer)
    return caret
  }

  private static func emptyMessage(_ state: AppState) -> String? {
    if let problem = state.tokens.problem { return problem }
    if state.tokens.loading { return "loading the tokenizer …" }
    if state.tokens.tokenizerName.isEmpty {
      return "no tokenizer: \(state.keys.label(of: .chooseTokenizer, typing: true) ?? "the palette") chooses one"
    }
    return state.tokens.result.tokens.isEmpty ? "what you write is shown here as tokens" : nil
  }

  private static func status(_ state: AppState) -> String {
    let result = state.tokens.result
    guard !result.tokens.isEmpty else { return "" }
    let perToken = Double(result.characters) / Double(result.tokens.count)
    var text = "\(Figures.count(result.tokens.count, "token")) · \(Figures.fixed(perToken, 1)) ch/tok"
    if result.cut { text = "first " + text }
    return state.focus.pane == .tokens ? "\(state.tokensSourceName) · \(text)" : text
  }

  private static func drawTokens(
    _ state: AppState, in rect: Rect, focused: Bool, theme: Theme, into buffer: inout CellBuffer
  ) {
    let height = rowHeight(rect)
    let rows = layout(state.tokens, width: rect.width)
    buffer.clipped(to: rect) { buffer in
      var y = rect.y + (rect.height > height + 1 && state.tokens.source == .live ? 1 : 0)
      for row in rows[min(state.tokens.scroll, rows.count)...] {
        if y >= rect.maxY { break }
        for token in row {
          let selected = focused && token.index == state.tokens.cursor
          var style = theme.token(token.index)
          if state.tokens.result.tokens[token.index].special {
            style = Style(theme.special.foreground, on: style.background)
          }
          if selected { style = theme.caret.adding(.bold) }
          buffer.put(token.label, at: Point(rect.x + token.x, y), style: style)
          buffer.put(
            String(state.tokens.result.tokens[token.index].id), at: Point(rect.x + token.x, y + 1),
            style: selected ? theme.text : theme.faint)
        }
        y += height
      }
    }
  }

  /// One line about the token under the cursor.
  private static func drawCard(
    _ state: AppState, y: Int, in rect: Rect, focused: Bool, theme: Theme, into buffer: inout CellBuffer
  ) {
    let result = state.tokens.result
    guard result.tokens.indices.contains(state.tokens.cursor), rect.height > 5 else { return }
    let x = rect.x + 2
    let width = rect.width - 4
    guard focused else {
      let text =
        Figures.count(result.characters, "character") + " · " + Figures.count(result.bytes, "byte")
        + " · \(state.tokensSourceName)"
      buffer.put(TextWidth.truncate(text, to: width), at: Point(x, y), style: theme.faint)
      return
    }
    let token = result.tokens[state.tokens.cursor]
    let bytes = token.bytes.prefix(12).map(hexadecimal).joined(separator: " ") + (token.bytes.count > 12 ? " …" : "")
    var line = StyledLine([
      Span("\(state.tokens.cursor + 1)/\(result.tokens.count)  ", theme.faint), Span("id ", theme.dim),
      Span("\(token.id)", theme.text), Span("  bytes ", theme.dim), Span(bytes, theme.text),
    ])
    if token.special { line.spans.append(Span("  special", theme.special)) }
    if !token.written.isEmpty {
      line.spans += [
        Span("  written ", theme.dim), Span(SafeText.clean(token.written, keepingNewlines: false), theme.text),
      ]
    }
    line.spans.append(Span("  at byte \(token.offset)", theme.faint))
    buffer.put(line, at: Point(x, y), maxWidth: width)
  }
}
