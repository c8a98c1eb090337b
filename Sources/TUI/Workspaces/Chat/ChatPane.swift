import Chat
import Core

/// The conversation and the box to write in.
public enum ChatPane {
  public struct Parts: Sendable, Equatable {
    public var log: Rect
    /// The text of the input box, right of its prompt mark.
    public var input: Rect
    public var separator: Int
    /// The dim line under the box, where there is room for one.
    public var hint: Int?
  }

  /// How a pane of this size is shared between log and input box.
  public static func parts(of rect: Rect, state: AppState) -> Parts {
    let inner = rect.inset(dx: 1, dy: 1)
    let roomy = rect.height >= 18
    let tail = roomy ? 2 : 0
    let most = max(1, (inner.height - tail) / 3)
    let rows = min(max(1, state.composer.rowCount), most)
    let inputTop = inner.maxY - tail - rows
    let separator = inputTop - 1
    return Parts(
      log: Rect(x: inner.x + 1, y: inner.y, width: max(1, inner.width - 2), height: max(0, separator - inner.y)),
      input: Rect(x: inner.x + 3, y: inputTop, width: max(1, inner.width - 5), height: rows),
      separator: separator, hint: roomy ? inner.maxY - 1 : nil)
  }

  /// Text lines longer than this are tiring to read.
  static let measure = 100

  static func textWidth(_ log: Rect) -> Int { max(1, min(log.width - 2, measure)) }

  /// Fits the input box and counts the log's rows, before anything is drawn.
  static func prepare(_ state: inout AppState, in rect: Rect, transcript: Transcript, theme: Theme) {
    state.composer.setWidth(max(1, rect.width - 7))
    let parts = parts(of: rect, state: state)
    TextEditorView.follow(&state.composer, rows: parts.input.height)
    let follows = state.chat.follows
    let top = state.chat.effectiveTop
    if let raw = state.chat.raw {
      state.chat.contentRows = rawRows(raw, parts.log).count
      state.chat.messageRows = []
    } else if state.chat.isCompletion {
      let text = transcript.runningText(state.chat, width: textWidth(parts.log), theme: theme)
      state.chat.messageRows = text.starts
      state.chat.contentRows =
        text.rows.count + (state.chat.prefill == nil ? 0 : 1) + (state.chat.notice == nil ? 0 : 2)
    } else {
      var row = 0
      state.chat.messageRows.removeAll(keepingCapacity: true)
      for i in state.chat.messages.indices {
        state.chat.messageRows.append(row)
        let text = transcript.rows(of: i, state: state.chat, width: textWidth(parts.log), theme: theme)
        row += text.count + 2
      }
      transcript.trim(to: state.chat.messages.count)
      if state.chat.prefill != nil { row += 1 }
      if state.chat.notice != nil { row += 2 }
      state.chat.contentRows = row
    }
    state.chat.viewRows = parts.log.height
    state.chat.follows = follows
    if !follows { state.chat.top = min(top, state.chat.maxTop) }
    if !state.chat.find.text.isEmpty || state.chat.find.jump != nil {
      state.update(matches: transcript.found(state.chat, width: textWidth(parts.log), log: parts.log, theme: theme))
    }
  }

  /// - Returns: the caret, when the input box has the focus.
  static func draw(
    _ state: AppState, in rect: Rect, transcript: Transcript, theme: Theme, into buffer: inout CellBuffer
  ) -> Point? {
    let focused = state.focus.pane == .chat
    buffer.fill(rect, style: theme.panel)
    buffer.box(
      rect, style: focused ? theme.borderFocused : theme.border, title: title(state),
      titleStyle: focused ? theme.titleFocused : theme.title, rightTitle: status(state), rightTitleStyle: theme.dim)
    let parts = parts(of: rect, state: state)
    buffer.clipped(to: parts.log) { buffer in
      if state.chat.raw != nil {
        drawRaw(state, in: parts.log, theme: theme, into: &buffer)
      } else if state.chat.messages.isEmpty {
        Welcome.draw(state, in: parts.log, theme: theme, into: &buffer)
      } else if state.chat.isCompletion {
        RunningText.draw(
          state, in: parts.log, width: textWidth(parts.log), transcript: transcript, theme: theme, into: &buffer)
      } else {
        drawLog(state, in: parts.log, transcript: transcript, theme: theme, into: &buffer)
      }
    }
    if !state.chat.find.text.isEmpty {
      let isShort = state.chat.raw == nil && state.chat.contentRows < state.chat.viewRows
      FoundText.mark(
        state.chat, in: parts.log, x: parts.log.x + (state.chat.raw == nil ? 1 : 0),
        y: parts.log.y - state.chat.effectiveTop + (isShort ? 1 : 0), theme: theme, into: &buffer)
    }
    if parts.log.height > 0, state.chat.contentRows > state.chat.viewRows {
      drawScrollMark(state, log: parts.log, x: rect.maxX - 1, theme: theme, focused: focused, into: &buffer)
    }
    return drawInput(state, parts: parts, rect: rect, theme: theme, into: &buffer)
  }

  private static func title(_ state: AppState) -> String {
    if state.chat.raw != nil { return "Chat · exactly what is sent" }
    let title = SafeText.clean(state.chat.title, keepingNewlines: false)
    return title.isEmpty ? "Chat" : "Chat · \(title)"
  }

  private static func status(_ state: AppState) -> String {
    var parts: [String] = []
    if let count = state.chat.find.count { parts.append(count) }
    if state.chat.isCompletion { parts.append("completion") }
    if state.chat.xray { parts.append("X-ray") }
    if let message = state.chat.selected, message.siblings > 1 {
      parts.append("‹\(message.sibling + 1)/\(message.siblings)›")
    }
    if !state.chat.messages.isEmpty { parts.append(Figures.count(state.chat.messages.count, "message")) }
    return parts.joined(separator: "  ")
  }

  private static func drawLog(
    _ state: AppState, in log: Rect, transcript: Transcript, theme: Theme, into buffer: inout CellBuffer
  ) {
    let chat = state.chat
    let first = chat.effectiveTop
    let width = textWidth(log)
    // A short conversation stands at the top, under one free row.
    let origin = log.y - first + (chat.contentRows < chat.viewRows ? 1 : 0)
    let start = max(0, (chat.messageRows.lastIndex { $0 <= first } ?? 0))
    for i in start..<chat.messages.count {
      let y = origin + chat.messageRows[i]
      if y >= log.maxY { return }
      let rows = transcript.rows(of: i, state: chat, width: width, theme: theme)
      drawMessage(
        chat.messages[i], rows: rows, at: y, in: log, width: width,
        selected: state.focus == .log && chat.selectedIndex == i, state: state, theme: theme, into: &buffer)
    }
    var y = origin + (chat.messageRows.last ?? 0)
    if let last = chat.messages.indices.last {
      y += transcript.rows(of: last, state: chat, width: width, theme: theme).count + 2
    }
    if let prefill = chat.prefill {
      drawPrefill(prefill, at: Point(log.x + 1, y - 2), width: width, theme: theme, into: &buffer)
      y += 1
    }
    if let notice = chat.notice {
      buffer.put("· " + TextWidth.truncate(notice, to: width - 2), at: Point(log.x + 1, y), style: theme.warning)
    }
  }

  private static func drawMessage(
    _ message: ChatMessage, rows: [StyledLine], at y: Int, in log: Rect, width: Int, selected: Bool, state: AppState,
    theme: Theme, into buffer: inout CellBuffer
  ) {
    let (name, style) = speaker(message.role, theme)
    let textX = log.x + 1
    buffer.put("▌", at: Point(log.x, y), style: style)
    var x = textX + buffer.put(name, at: Point(textX, y), style: style) + 1
    if message.siblings > 1 {
      x += buffer.put("‹\(message.sibling + 1)/\(message.siblings)›", at: Point(x, y), style: theme.dim) + 1
    }
    let note = note(message, state: state)
    if TextWidth.of(note) + x + 1 <= textX + width {
      buffer.put(note, rightAlignedAt: Point(textX + width, y), style: theme.faint)
    }
    for (i, row) in rows.enumerated() {
      let rowY = y + 1 + i
      if rowY >= log.maxY { break }
      if rowY < log.y { continue }
      if selected { buffer.put("▌", at: Point(log.x, rowY), style: style) }
      buffer.put(row, at: Point(textX, rowY), maxWidth: log.maxX - textX)
    }
    if message.streaming, let last = rows.last {
      buffer.put(" ", at: Point(min(textX + last.width, log.maxX - 1), y + rows.count), style: theme.caret)
    }
  }

  private static func speaker(_ role: Role, _ theme: Theme) -> (String, Style) {
    switch role {
    case .user: ("you", theme.user)
    case .assistant: ("assistant", theme.assistant)
    case .system: ("system", theme.system)
    case .tool: ("tool", theme.system)
    }
  }

  private static func note(_ message: ChatMessage, state: AppState) -> String {
    if message.streaming {
      guard let speed = state.chat.tokensPerSecond, !message.text.isEmpty else { return "…" }
      return "streaming · \(Figures.fixed(speed, speed < 20 ? 1 : 0)) tok/s"
    }
    var parts: [String] = []
    if let ending = message.ending { parts.append(ending) }
    if let count = message.tokenCount, message.role == .assistant { parts.append("\(count) tok") }
    if let seconds = message.seconds { parts.append(Figures.duration(seconds)) }
    if state.chat.xray, let perplexity = message.perplexity { parts.append("ppl \(Figures.short(perplexity))") }
    return parts.joined(separator: " · ")
  }

  static func drawPrefill(
    _ prefill: (read: Int, of: Int), at point: Point, width: Int, theme: Theme, into buffer: inout CellBuffer
  ) {
    let label = "reading \(Figures.grouped(prefill.read)) of \(Figures.grouped(prefill.of)) tokens"
    let used = buffer.put(label, at: point, style: theme.dim)
    let bar = min(24, width - used - 2)
    guard bar > 4, prefill.of > 0 else { return }
    ProgressBar.draw(
      Double(prefill.read) / Double(prefill.of), in: Rect(x: point.x + used + 2, y: point.y, width: bar, height: 1),
      filled: theme.gaugeFull, rest: theme.gaugeEmpty, into: &buffer)
  }

  static func rawRows(_ raw: String, _ log: Rect) -> [Substring] {
    TextLayout.lines(SafeText.clean(raw), width: max(1, log.width - 1))
  }

  private static func drawRaw(_ state: AppState, in log: Rect, theme: Theme, into buffer: inout CellBuffer) {
    let lines = rawRows(state.chat.raw ?? "", log)
    let first = state.chat.effectiveTop
    for row in 0..<log.height where first + row < lines.count {
      let y = log.y + row
      var rest = lines[first + row][...]
      var x = log.x
      // Special tokens stand out: <|…|>, <s>, [INST].
      while let open = rest.firstIndex(where: { $0 == "<" || $0 == "[" }) {
        x += buffer.put(rest[..<open], at: Point(x, y), style: theme.text)
        let close: Character = rest[open] == "<" ? ">" : "]"
        guard let end = rest[open...].firstIndex(of: close), rest.distance(from: open, to: end) < 32 else {
          rest = rest[open...]
          break
        }
        let piece = rest[open...end]
        let special = piece.hasPrefix("<|") || !piece.dropFirst().dropLast().contains(" ")
        x += buffer.put(piece, at: Point(x, y), style: special ? theme.special : theme.text)
        rest = rest[rest.index(after: end)...]
      }
      buffer.put(rest, at: Point(x, y), style: theme.text)
    }
  }

  /// How far the log is scrolled, on the pane's own right border.
  private static func drawScrollMark(
    _ state: AppState, log: Rect, x: Int, theme: Theme, focused: Bool, into buffer: inout CellBuffer
  ) {
    let rows = state.chat.contentRows
    let size = max(1, log.height * log.height / max(1, rows))
    let top = state.chat.maxTop > 0 ? (log.height - size) * state.chat.effectiveTop / state.chat.maxTop : 0
    buffer.fill(
      Rect(x: x, y: log.y + top, width: 1, height: size), "┃", style: focused ? theme.borderFocused : theme.dim)
    if !state.chat.follows {
      buffer.put(" ↓ more ", at: Point(log.maxX - 9, log.maxY), style: theme.dim)
    }
  }

  private static func drawInput(
    _ state: AppState, parts: Parts, rect: Rect, theme: Theme, into buffer: inout CellBuffer
  ) -> Point? {
    guard parts.separator > rect.y else { return nil }
    let focused = state.focus == .input
    buffer.horizontalLine(from: Point(rect.x + 2, parts.separator), length: rect.width - 4, style: theme.border)
    if state.chat.editing != nil {
      buffer.put(" editing your message · Esc leaves it ", at: Point(rect.x + 3, parts.separator), style: theme.warning)
    } else if !state.chat.follows {
      buffer.put(" ↓ more below ", rightAlignedAt: Point(rect.maxX - 3, parts.separator), style: theme.dim)
    }
    buffer.put(
      state.ascii ? ">" : "❯", at: Point(parts.input.x - 2, parts.input.y), style: focused ? theme.accent : theme.faint)
    let caret = TextEditorView.draw(
      state.composer, in: parts.input, style: theme.text, placeholder: placeholder(state),
      placeholderStyle: theme.placeholder, into: &buffer)
    if let y = parts.hint, focused {
      let hint = TextWidth.truncate(self.hint(state), to: parts.input.width)
      buffer.put(hint, at: Point(parts.input.x, y), style: theme.faint)
    }
    return focused && state.panesTakeKeys ? caret : nil
  }

  private static func placeholder(_ state: AppState) -> String {
    switch state.chat.model {
    case .ready: state.chat.isCompletion ? "write a text: the model goes on with it" : "write a message"
    case .loading: "write while the model is loaded"
    case .none, .failed:
      "no model yet: \(state.keys.label(of: .chooseModel, typing: true) ?? "the palette") chooses one"
    }
  }

  private static func hint(_ state: AppState) -> String {
    func part(_ action: Action, _ label: String) -> String? {
      state.keys.label(of: action, typing: true, ascii: state.ascii).map { "\($0) \(label)" }
    }
    if state.chat.waiting == state.composer.version {
      return ["goes when the model is loaded", part(.stop, "keeps it here")].compactMap { $0 }.joined(separator: " · ")
    }
    let parts =
      state.chat.busy
      ? [part(.stop, "stop")]
      : [part(.send, state.chat.editing == nil ? "send" : "send as a branch"), part(.newline, "new line")]
    return parts.compactMap { $0 }.joined(separator: " · ")
  }
}
