import Core

/// A text as coloured tokens, and a card about the one under the cursor.
public enum TokensPane {
  /// How a pane's room is shared.
  struct Parts {
    var text: Rect
    /// Ids and tokens one below the other, beside the text.
    var list: Rect?
    /// Beside the text on wide screens: figures and the card.
    var side: Rect?
    /// Below the text: the card in a few lines.
    var card: Rect?
  }

  static func parts(of rect: Rect, state: AppState) -> Parts {
    var inner = Rect(x: rect.x + 2, y: rect.y + 1, width: max(1, rect.width - 4), height: max(0, rect.height - 2))
    var parts = Parts(text: inner)
    if inner.width >= 100, inner.height >= 14 {
      let width = min(48, max(36, inner.width * 3 / 10))
      parts.side = Rect(x: inner.maxX - width, y: inner.y, width: width, height: inner.height)
      inner.width -= width + 3
    } else {
      let rows = inner.height >= 16 && inner.width >= 60 ? 4 : 1
      if inner.height > rows + 2 {
        parts.card = Rect(x: inner.x, y: inner.maxY - rows, width: inner.width, height: rows)
        inner.height -= rows + 1
      }
    }
    if state.tokens.ids == .list, inner.width >= 50 {
      let width = min(34, inner.width * 2 / 5)
      parts.list = Rect(x: inner.maxX - width, y: inner.y, width: width, height: inner.height)
      inner.width -= width + 2
    }
    // A free row below the frame where there is room for it.
    if inner.height >= 12 {
      inner.y += 1
      inner.height -= 1
    }
    parts.text = inner
    return parts
  }

  static func prepare(_ state: inout AppState, in rect: Rect) {
    switch state.tokens.view {
    case .text: break
    case .merges: return state.tokens.clampCursor()
    case .training: return
    case .compare: return TokensCompareView.prepare(&state, in: rect)
    case .vocabulary: return TokensVocabularyView.prepare(&state, in: rect)
    }
    let parts = parts(of: rect, state: state)
    state.tokens.clampCursor()
    state.placeTokenCursor()
    let hasIDs = state.tokens.ids == .under
    var page = TokensPage()
    page.area = parts.text
    page.hasIDs = hasIDs
    page.rowHeight = hasIDs ? (parts.text.height >= 8 ? 3 : 2) : 1
    let visible = max(1, (parts.text.height + (page.rowHeight == 3 ? 1 : 0)) / page.rowHeight)
    let layout = TokensLayout(state.tokens, width: page.area.width, hasIDs: hasIDs)
    state.tokens.top = layout.valid(state.tokens.top)
    func lay() { (page.rows, page.next) = layout.rows(from: state.tokens.top, count: visible) }
    lay()
    let isWriting = state.focus == .tokensText
    if state.tokens.follows, isWriting || state.focus == .tokens {
      let token = state.tokens.cursor
      let target =
        isWriting ? TokensPlace(state.tokens.document.caret, token) : layout.place(of: token)
      let isSeen = isWriting ? page.row(at: target.offset) != nil : page.row(of: token) != nil
      if !isSeen, !state.tokens.result.isEmpty {
        let start = layout.rowStart(of: target)
        let isNear = layout.rows(from: state.tokens.top, count: visible * 2).rows.contains { $0.place == start }
        let before = start < state.tokens.top ? 0 : isNear ? visible - 1 : visible / 2
        state.tokens.top = before == 0 ? start : layout.rows(before: start, count: before).first?.place ?? start
        lay()
        if page.row(of: token) == nil, !isWriting {
          state.tokens.top = target
          lay()
        }
      }
    } else if state.tokens.source == .live, state.focus == .input, page.next != nil {
      // While one types, the end of the text is what matters.
      let end = TokensPlace(state.tokens.result.bytes.count, state.tokens.result.count)
      state.tokens.top = layout.rows(before: end, count: visible).first?.place ?? TokensPlace()
      lay()
    }
    state.tokens.page = page
  }

  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) -> Point? {
    let focused = state.focus.pane == .tokens
    buffer.fill(rect, style: theme.panel)
    let name = SafeText.clean(state.tokens.tokenizerName)
    buffer.box(
      rect, style: focused ? theme.borderFocused : theme.border, title: title(state, name),
      titleStyle: focused ? theme.titleFocused : theme.title, rightTitle: status(state), rightTitleStyle: theme.dim)
    let parts = parts(of: rect, state: state)
    let writing = state.focus == .tokensText && state.panesTakeKeys
    if state.tokens.view == .vocabulary, state.tokens.result.tokenizer != nil || state.tokens.vocabulary.index != nil {
      return TokensVocabularyView.draw(state, in: rect, theme: theme, into: &buffer)
    }
    if state.tokens.view == .training {
      TokenizerTrainingView.draw(state, in: rect, theme: theme, into: &buffer)
      return nil
    }
    if let message = emptyMessage(state) {
      for (row, line) in TextLayout.lines(message, width: parts.text.width).prefix(parts.text.height).enumerated() {
        buffer.put(String(line), at: Point(parts.text.x, parts.text.y + row), style: theme.dim)
      }
      return writing ? Point(parts.text.x, parts.text.y) : nil
    }
    switch state.tokens.view {
    case .text, .vocabulary, .training: break
    case .merges:
      let inner = Rect(x: rect.x + 2, y: rect.y + 2, width: max(1, rect.width - 4), height: max(0, rect.height - 3))
      TokensMergesView.draw(state, in: inner, theme: theme, into: &buffer)
      return nil
    case .compare:
      TokensCompareView.draw(state, in: rect, theme: theme, into: &buffer)
      return nil
    }
    TokensTextView.draw(state, focused: focused, theme: theme, into: &buffer)
    TokensTextView.drawScrollMark(state, in: rect, theme: theme, into: &buffer)
    if let list = parts.list { TokensTextView.drawList(state, in: list, focused: focused, theme: theme, into: &buffer) }
    if let side = parts.side {
      buffer.verticalLine(from: Point(side.x - 2, side.y), length: side.height, style: theme.border)
      TokensCard.drawSide(state, in: side, theme: theme, into: &buffer)
    }
    if let card = parts.card { TokensCard.drawFoot(state, in: card, focused: focused, theme: theme, into: &buffer) }
    return writing ? TokensTextView.caret(state.tokens) : nil
  }

  private static func title(_ state: AppState, _ name: String) -> String {
    let view =
      switch state.tokens.view {
      case .text: ""
      case .merges: " · steps of a word"
      case .compare: " · compared"
      case .vocabulary: " · vocabulary"
      case .training: ""
      }
    if state.tokens.view == .training { return "Tokens · training a tokenizer" }
    return (name.isEmpty ? "Tokens" : "Tokens · \(name)") + view
  }

  private static func emptyMessage(_ state: AppState) -> String? {
    if let problem = state.tokens.problem { return problem }
    if state.tokens.loading { return "loading the tokenizer …" }
    if state.tokens.tokenizerName.isEmpty {
      if case .loading = state.chat.model { return "the tokenizer comes with the model …" }
      return "no tokenizer: \(state.keys.label(of: .chooseTokenizer, typing: true) ?? "the palette") chooses one"
    }
    // Nothing is drawn that is of another text, or of another tokenizer than the one named above.
    if !state.tokensAreCurrent { return "reading the text …" }
    if let failure = state.tokens.result.failure, state.tokens.view != .compare {
      return SafeText.clean(failure.description, keepingNewlines: false)
    }
    guard state.tokens.result.bytes.isEmpty else { return nil }
    if state.focus == .tokensText { return "write, or paste a text" }
    if state.focus == .tokens {
      let ways = [(Action.editText, "writes here"), (.openText, "opens a file"), (.sampleText, "shows a sample")]
      let known = ways.compactMap { action, words in
        state.keys.label(of: action, ascii: state.ascii).map { "\($0) \(words)" }
      }
      return (known + ["or paste"]).joined(separator: " · ")
    }
    return "what you write is shown here as tokens"
  }

  private static func status(_ state: AppState) -> String {
    let result = state.tokens.result
    guard !result.isEmpty, result.failure == nil, state.tokensAreCurrent, state.tokens.view != .vocabulary,
      state.tokens.view != .training
    else { return "" }
    let perToken = Double(result.characters) / Double(result.count)
    var text = "\(Figures.count(result.count, "token")) · \(Figures.fixed(perToken, 1)) ch/tok"
    if result.cut { text = "first " + text }
    return state.focus.pane == .tokens ? "\(state.tokensSourceName) · \(text)" : text
  }
}
