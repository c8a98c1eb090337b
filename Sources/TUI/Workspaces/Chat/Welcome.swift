/// What an empty conversation shows: what there is, and the few keys to begin with.
enum Welcome {
  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) {
    var rows: [StyledLine] = []
    let name = SafeText.clean(state.chat.modelName)
    switch state.chat.model {
    case .ready: rows.append(StyledLine([Span("chat with ", theme.dim), Span(name, theme.text)]))
    case .loading(let name):
      rows.append(
        StyledLine([Span("loading ", theme.dim), Span(SafeText.clean(name), theme.text), Span(" …", theme.dim)]))
    case .failed(let name):
      rows.append(StyledLine([Span(SafeText.clean(name), theme.text), Span(" could not be loaded", theme.warning)]))
    case .none: rows.append(StyledLine("no model", theme.dim))
    }
    rows.append(StyledLine())
    let actions: [Action] = [.chooseModel, .conversations, .systemPrompt, .sampling, .newRun, .palette, .help]
    let typing = state.focus.isTyping
    let width =
      actions.compactMap { state.keys.label(of: $0, typing: typing, ascii: state.ascii) }.map { TextWidth.of($0) }.max()
      ?? 0
    for action in actions {
      guard let key = state.keys.label(of: action, typing: typing, ascii: state.ascii) else { continue }
      rows.append(
        StyledLine([
          Span(TextWidth.pad(key, to: width + 3), theme.accent.removing(.bold)),
          Span(TextWidth.truncate(action.info.title, to: max(1, rect.width - width - 5)), theme.faint),
        ]))
    }
    let widest = rows.map(\.width).max() ?? 0
    let x = rect.x + max(1, (rect.width - widest) / 2)
    let y = rect.y + max(0, (rect.height - rows.count) / 2)
    for (i, row) in rows.enumerated() where y + i < rect.maxY { buffer.put(row, at: Point(x, y + i)) }
  }
}
