import Core

/// The page of tokens: text on coloured grounds, ids below.
enum TokensTextView {
  static func draw(_ state: AppState, focused: Bool, theme: Theme, into buffer: inout CellBuffer) {
    let tokens = state.tokens
    let page = tokens.page
    let special = specialStyle(theme)
    let chosen = cursorStyle(theme)
    let surprisal = tokens.shownSurprisal
    buffer.clipped(to: page.area) { buffer in
      var colors = Colors(tokens, theme: theme)
      for (i, row) in page.rows.enumerated() {
        let y = page.area.y + i * page.rowHeight
        for placed in row.pieces {
          let piece = placed.piece
          let isSelected = focused && piece.token == tokens.cursor && piece.kind != .gap
          var style: Style
          switch piece.kind {
          case .gap, .virtual: style = theme.faint
          case .special: style = special
          case .text, .hex: style = colors.style(of: piece)
          }
          if let surprisal, piece.kind != .gap { style = heat(surprisal, piece.token, theme) }
          if isSelected { style = chosen }
          buffer.put(piece.label, at: Point(page.area.x + placed.x, y), style: style)
          guard page.hasIDs, piece.isFirst, piece.kind != .gap else { continue }
          buffer.put(
            String(tokens.result.ids[piece.token]), at: Point(page.area.x + placed.x, y + 1),
            style: isSelected ? theme.text : theme.faint)
        }
      }
    }
  }

  /// Grounds in turn, from the start of each line of the text: a change recolours its own line only.
  struct Colors {
    private let theme: Theme
    private var base: Int

    init(_ tokens: TokensState, theme: Theme) {
      self.theme = theme
      base = tokens.layout(tokens.page).firstToken(ofLine: tokens.top)
    }

    mutating func style(of piece: TokensFlow.Piece) -> Style {
      let style = theme.token(piece.token - base)
      if piece.endsLine { base = piece.isLast ? piece.token + 1 : piece.token }
      return style
    }
  }

  /// The ground tells how little a token was expected; what is not read yet has none.
  static func heat(_ surprisal: Surprisal, _ token: Int, _ theme: Theme) -> Style {
    guard token < surprisal.logprobs.count, let logprob = surprisal.logprobs[token] else { return theme.dim }
    let style = theme.scale(Surprisal.heat(logprob))
    return style.foreground == .standard ? style : Style(theme.panel.background, on: style.foreground)
  }

  static func specialStyle(_ theme: Theme) -> Style {
    guard theme.special.foreground != .standard else { return theme.special.adding([.bold, .reverse]) }
    return Style(theme.panel.background, on: theme.special.foreground, .bold)
  }

  /// Without colour every second token is in reverse: the cursor is then bold and underlined besides.
  static func cursorStyle(_ theme: Theme) -> Style {
    theme.caret.background == .standard ? theme.caret.adding([.bold, .underline]) : theme.caret.adding(.bold)
  }

  /// Where the caret stands on the screen; nil when it is not in sight.
  static func caret(_ tokens: TokensState) -> Point? {
    let page = tokens.page
    let offset = min(tokens.document.caret, tokens.result.bytes.count)
    guard let row = page.row(at: offset) else { return nil }
    let flow = TokensFlow(
      tokens.result, hex: tokens.hex, spaces: tokens.spaces, width: page.area.width, from: TokensPlace())
    let x = min(page.rows[row].x(of: offset, flow), page.area.width)
    return Point(page.area.x + x, min(page.area.y + row * page.rowHeight, max(page.area.y, page.area.maxY - 1)))
  }

  /// What of the text is seen, on the frame's right line.
  static func drawScrollMark(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    let page = state.tokens.page
    let total = state.tokens.result.bytes.count
    guard total > 0, page.next != nil || state.tokens.top.offset > 0, let last = page.rows.last else { return }
    let length = rect.height - 2
    guard length > 2 else { return }
    let from = min(length - 1, length * state.tokens.top.offset / total)
    let to = min(length, max(from + 1, (length * last.end + total - 1) / total))
    let style = state.focus.pane == .tokens ? theme.borderFocused : theme.dim
    buffer.verticalLine(from: Point(rect.maxX - 1, rect.y + 1 + from), length: to - from, style: style, character: "┃")
  }

  /// Ids with their tokens one below the other, the cursor's in the middle.
  static func drawList(
    _ state: AppState, in rect: Rect, focused: Bool, theme: Theme, into buffer: inout CellBuffer
  ) {
    let tokens = state.tokens
    buffer.verticalLine(from: Point(rect.x - 1, rect.y), length: rect.height, style: theme.border)
    let count = tokens.result.count
    let first = OverlayViews.window(selection: tokens.cursor, count: count, rows: rect.height)
    var colors = Colors(tokens, theme: theme)
    for row in 0..<min(rect.height, count - first) {
      let index = first + row
      let y = rect.y + row
      let isSelected = focused && index == tokens.cursor
      buffer.put(
        String(tokens.result.ids[index]), rightAlignedAt: Point(rect.x + 8, y),
        style: isSelected ? theme.text : theme.dim)
      var flow = TokensFlow(
        tokens.result, hex: tokens.hex, spaces: tokens.spaces, width: max(4, rect.width - 10),
        from: TokensPlace(tokens.result.offsets[index].lowerBound, index))
      guard let piece = flow.next() else { continue }
      var style = piece.kind == .special ? specialStyle(theme) : colors.style(of: piece)
      if piece.kind == .virtual { style = theme.faint }
      if isSelected { style = cursorStyle(theme) }
      buffer.put(piece.label, at: Point(rect.x + 10, y), style: style, maxWidth: rect.width - 10)
    }
  }
}
