import Core

/// The vocabulary: a box to search it, what was found, a card, and how it is made up.
enum TokensVocabularyView {
  static func parts(of rect: Rect) -> (list: Rect, card: Rect) {
    let inner = Rect(x: rect.x + 2, y: rect.y + 1, width: max(1, rect.width - 4), height: max(0, rect.height - 2))
    let side = inner.width >= 100 ? min(56, inner.width * 2 / 5) : inner.width * 9 / 20
    return (
      Rect(x: inner.x, y: inner.y, width: inner.width - side - 3, height: inner.height),
      Rect(x: inner.maxX - side, y: inner.y, width: side, height: inner.height)
    )
  }

  static func prepare(_ state: inout AppState, in rect: Rect) {
    state.tokens.vocabulary.rows = max(1, parts(of: rect).list.height - 3)
  }

  /// - Returns: the caret of the search box.
  static func draw(_ state: AppState, in rect: Rect, theme: Theme, into buffer: inout CellBuffer) -> Point? {
    let vocabulary = state.tokens.vocabulary
    let (list, card) = parts(of: rect)
    buffer.verticalLine(from: Point(card.x - 2, rect.y + 1), length: rect.height - 2, style: theme.border)
    buffer.put(
      state.ascii ? ">" : "❯", at: Point(list.x, list.y),
      style: state.focus == .tokensText ? theme.accent : theme.faint)
    let total = vocabulary.index.map { vocabulary.found == nil ? $0.count : vocabulary.count } ?? 0
    let count = Figures.grouped(total)
    buffer.put(count, rightAlignedAt: Point(list.maxX, list.y), style: theme.dim)
    let caret = TextEditorView.drawLine(
      vocabulary.query, in: Rect(x: list.x + 2, y: list.y, width: max(4, list.width - count.utf8.count - 4), height: 1),
      style: theme.text,
      placeholder: list.width > 84
        ? "text  ^begin  #id  hex:e2  kind:byte  script:Han  len:9  longest  unreachable"
        : "text  #id  hex:e2  kind:byte",
      placeholderStyle: theme.placeholder, into: &buffer)
    buffer.horizontalLine(from: Point(list.x - 1, list.y + 1), length: list.width + 2, style: theme.border)
    drawList(state, in: Rect(x: list.x, y: list.y + 2, width: list.width, height: list.height - 2), theme, &buffer)
    drawSide(state, in: card, theme, &buffer)
    return state.focus == .tokensText && state.panesTakeKeys ? caret : nil
  }

  private static func drawList(_ state: AppState, in rect: Rect, _ theme: Theme, _ buffer: inout CellBuffer) {
    let vocabulary = state.tokens.vocabulary
    guard let index = vocabulary.index else {
      buffer.put("laying the vocabulary out …", at: Point(rect.x, rect.y), style: theme.dim)
      return
    }
    if let problem = vocabulary.problem {
      for (i, line) in TextLayout.lines(SafeText.clean(problem), width: rect.width).enumerated() where i < rect.height {
        buffer.put(line, at: Point(rect.x, rect.y + i), style: theme.warning)
      }
      return
    }
    guard vocabulary.count > 0 else {
      let text = vocabulary.query.text == "unreachable" ? "none so far" : "no token is like that"
      buffer.put(text, at: Point(rect.x, rect.y), style: theme.dim)
      return
    }
    let first = OverlayViews.window(selection: vocabulary.selection, count: vocabulary.count, rows: rect.height)
    let digits = String(index.count).utf8.count
    for row in 0..<min(rect.height, vocabulary.count - first) {
      guard let id = vocabulary.id(at: first + row) else { continue }
      let y = rect.y + row
      let isSelected = first + row == vocabulary.selection
      let ground = isSelected ? theme.selection : theme.panel
      if isSelected { buffer.fill(Rect(x: rect.x - 1, y: y, width: rect.width + 2, height: 1), style: ground) }
      buffer.put(
        String(id), rightAlignedAt: Point(rect.x + digits, y), style: isSelected ? theme.text.over(ground) : theme.faint
      )
      let kind = index.kind(of: id)
      let note = kind == .normal ? index.script(of: id) : kind.words
      let room = rect.width - digits - 2
      let noteWidth = room > 40 ? min(18, TextWidth.of(note)) : 0
      if noteWidth > 0 {
        buffer.put(
          TextWidth.truncate(note, to: noteWidth), rightAlignedAt: Point(rect.maxX, y),
          style: isSelected ? theme.text.over(ground) : theme.faint)
      }
      let label = label(of: id, index: index)
      buffer.put(
        TextWidth.truncate(label, to: max(1, room - noteWidth - 2)), at: Point(rect.x + digits + 2, y),
        style: kind == .special ? TokensTextView.specialStyle(theme) : theme.token(Int(id)))
    }
  }

  /// A token's text, or its name where it stands for none.
  static func label(of id: TokenID, index: VocabularyIndex) -> String {
    let bytes = index.bytes(of: id)
    let kind = index.kind(of: id)
    guard bytes.isEmpty || kind == .special || kind == .unused || kind == .unknown else { return TokenLabel.of(bytes) }
    let written = TokenLabel.written(index.tokenizer.token(of: id) ?? "")
    return written.isEmpty ? "(no token)" : written
  }

  private static func drawSide(_ state: AppState, in rect: Rect, _ theme: Theme, _ buffer: inout CellBuffer) {
    let vocabulary = state.tokens.vocabulary
    var y = rect.y
    if let card = vocabulary.card, let tokenizer = vocabulary.index?.tokenizer {
      let facts = TokensCard.facts(of: card, tokenizer: tokenizer, theme: theme)
      y = TokensCard.draw(
        facts, in: Rect(x: rect.x, y: y, width: rect.width, height: rect.maxY - y), into: &buffer, theme: theme)
      y += 1
    }
    guard let index = vocabulary.index else { return }
    let checked =
      vocabulary.checked < index.count
      ? "unreachable \(Figures.grouped(vocabulary.unreachable.count)) · \(100 * vocabulary.checked / max(1, index.count)) % looked at"
      : "unreachable \(Figures.grouped(vocabulary.unreachable.count))"
    if rect.maxY - y > 1 {
      buffer.put(TextWidth.truncate(checked, to: rect.width), at: Point(rect.x, rect.maxY - 1), style: theme.dim)
    }
    let bottom = rect.maxY - 2
    let room = bottom - y
    if room >= 5 {
      // Lengths above, scripts below, each as far as there is room.
      let height = min(8, max(4, room / 3))
      drawLengths(index, in: Rect(x: rect.x, y: y, width: rect.width, height: height), theme, &buffer)
      y += height + 1
    }
    if bottom - y >= 2 {
      drawScripts(index, in: Rect(x: rect.x, y: y, width: rect.width, height: bottom - y), theme, &buffer)
    }
  }

  /// How many tokens have how many bytes, as columns.
  private static func drawLengths(
    _ index: VocabularyIndex, in rect: Rect, _ theme: Theme, _ buffer: inout CellBuffer
  ) {
    let lengths = index.byteLengths
    let title = "bytes: mean \(Figures.fixed(lengths.mean, 1)) · median \(lengths.median) · most \(lengths.longest)"
    buffer.put(TextWidth.truncate(title, to: rect.width), at: Point(rect.x, rect.y), style: theme.dim)
    let columns = min(rect.width / 2, 32)
    guard columns > 3, rect.height > 2 else { return }
    var counts = Array(lengths.counts.dropFirst().prefix(columns))
    if lengths.counts.count > columns + 1 { counts[counts.count - 1] = lengths.counts[columns...].reduce(0, +) }
    let most = max(1, counts.max() ?? 1)
    let rows = rect.height - 2
    for (c, count) in counts.enumerated() {
      let eighths = count == 0 ? 0 : max(1, count * rows * 8 / most)
      for row in 0..<rows {
        let here = min(8, max(0, eighths - row * 8))
        guard here > 0 else { continue }
        buffer.put(
          String(Sparkline.steps[here - 1]), at: Point(rect.x + c * 2, rect.maxY - 2 - row), style: theme.series(0))
      }
      let label = c + 1
      if label == 1 || label % 4 == 0, c * 2 + 3 < rect.width {
        let isLast = c == counts.count - 1 && lengths.counts.count > columns + 1
        buffer.put("\(label)\(isLast ? "+" : "")", at: Point(rect.x + c * 2, rect.maxY - 1), style: theme.axisLabel)
      }
    }
  }

  private static func drawScripts(
    _ index: VocabularyIndex, in rect: Rect, _ theme: Theme, _ buffer: inout CellBuffer
  ) {
    let most = index.scripts.first?.tokens ?? 1
    for (row, script) in index.scripts.prefix(rect.height).enumerated() {
      let y = rect.y + row
      buffer.put(TextWidth.pad(script.script, to: 14), at: Point(rect.x, y), style: theme.dim)
      buffer.put(Figures.grouped(script.tokens), rightAlignedAt: Point(rect.x + 22, y), style: theme.text)
      let room = rect.width - 24
      if room >= 4 {
        ProgressBar.draw(
          Double(script.tokens) / Double(max(1, most)), in: Rect(x: rect.x + 24, y: y, width: room, height: 1),
          filled: theme.series(row), rest: theme.panel, into: &buffer)
      }
    }
  }
}

extension TokenKind {
  /// In words.
  var words: String {
    switch self {
    case .normal: "text"
    case .byte: "byte"
    case .special: "special"
    case .unknown: "unknown"
    case .userDefined: "user-defined"
    case .unused: "not used"
    }
  }
}
