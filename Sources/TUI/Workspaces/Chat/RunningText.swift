import Core

/// A conversation with a base model: one text, written by turns, in which each message goes on where the one before
/// ended. What the user wrote is bold.
struct RunningText {
  let rows: [StyledLine]
  /// The row in which each message begins.
  let starts: [Int]

  init(_ state: ChatState, width: Int, theme: Theme) {
    var spans: [Span] = []
    var offsets: [Int] = []
    var length = 0
    for (i, message) in state.messages.enumerated() {
      offsets.append(length)
      let own: [Span]
      if message.role == .assistant, state.xray, !message.marks.isEmpty {
        own = Transcript.xraySpans(message, token: state.selectedIndex == i ? state.xrayToken : nil, theme: theme)
      } else {
        own = [Span(SafeText.clean(message.text), message.role == .assistant ? theme.text : theme.strong)]
      }
      spans += own
      length += own.reduce(0) { $0 + $1.text.utf8.count }
    }
    let (rows, begins) = StyledLine.wrapped(spans, width: width)
    self.rows = rows
    starts = offsets.map { offset in max(0, (begins.firstIndex { $0 > offset } ?? begins.count) - 1) }
  }

  /// The rows that have something of a message.
  func rows(of message: Int) -> Range<Int> {
    let end = message + 1 < starts.count ? starts[message + 1] + 1 : rows.count
    return starts[message]..<max(end, starts[message] + 1)
  }

  static func draw(
    _ state: AppState, in log: Rect, width: Int, transcript: Transcript, theme: Theme, into buffer: inout CellBuffer
  ) {
    let text = transcript.runningText(state.chat, width: width, theme: theme)
    let first = state.chat.effectiveTop
    let selected = state.focus == .log ? state.chat.selectedIndex.map { text.rows(of: $0) } : nil
    let origin = log.y - first + (state.chat.contentRows < state.chat.viewRows ? 1 : 0)
    for row in first..<max(first, text.rows.count) where origin + row < log.maxY {
      let y = origin + row
      if selected?.contains(row) == true { buffer.put("▌", at: Point(log.x, y), style: theme.accent) }
      buffer.put(text.rows[row], at: Point(log.x + 1, y), maxWidth: log.width - 1)
    }
    if state.chat.messages.last?.streaming == true, let last = text.rows.last {
      let y = origin + text.rows.count - 1
      if y < log.maxY { buffer.put(" ", at: Point(min(log.x + 1 + last.width, log.maxX - 1), y), style: theme.caret) }
    }
    var y = origin + text.rows.count
    if let prefill = state.chat.prefill {
      ChatPane.drawPrefill(prefill, at: Point(log.x + 1, y), width: width, theme: theme, into: &buffer)
      y += 1
    }
    if let notice = state.chat.notice {
      buffer.put("· " + TextWidth.truncate(notice, to: width - 2), at: Point(log.x + 1, y + 1), style: theme.warning)
    }
  }
}
