import Chat

/// Messages as rows for a width, remembered until the message, the width or the theme changes: while a reply streams,
/// only that one is laid out again.
public final class Transcript {
  private struct Key: Equatable {
    var id: String
    var version: Int
    var width: Int
    var theme: String
    var xray: Bool
    var token: Int?
    var length: Int
    var streaming: Bool
  }

  private struct Entry {
    var key: Key
    var rows: [StyledLine]
    /// What is settled of a reply that streams.
    var stream: MarkdownStream?
    /// Where a text was looked for and found in these rows.
    var found: (text: String, places: [FoundText])?
  }

  private var entries: [Entry?] = []
  private var running: (keys: [Key], text: RunningText)?

  public init() {}

  /// Rows of a message's text, without its heading.
  func rows(of index: Int, state: ChatState, width: Int, theme: Theme) -> [StyledLine] {
    let message = state.messages[index]
    let key = key(of: index, state: state, width: width, theme: theme)
    while entries.count <= index { entries.append(nil) }
    if let entry = entries[index], entry.key == key { return entry.rows }
    var stream = entries[index].flatMap { $0.key.id == key.id ? $0.stream : nil }
    let rows = Self.layout(message, xray: state.xray, token: key.token, width: width, theme: theme, stream: &stream)
    entries[index] = Entry(key: key, rows: rows, stream: message.streaming ? stream : nil)
    return rows
  }

  private func key(of index: Int, state: ChatState, width: Int, theme: Theme) -> Key {
    let message = state.messages[index]
    let token = state.xray && state.selectedIndex == index ? state.xrayToken : nil
    return Key(
      id: message.key + message.id, version: message.version, width: width, theme: theme.name, xray: state.xray,
      token: token,
      length: message.text.utf8.count,
      streaming: message.streaming)
  }

  /// All messages as one text that goes on from one to the next.
  func runningText(_ state: ChatState, width: Int, theme: Theme) -> RunningText {
    let keys = state.messages.indices.map { key(of: $0, state: state, width: width, theme: theme) }
    if let running, running.keys == keys { return running.text }
    let text = RunningText(state, width: width, theme: theme)
    running = (keys, text)
    return text
  }

  /// All places of the text that is looked for, by rows of the whole log.
  func found(_ state: ChatState, width: Int, log: Rect, theme: Theme) -> [FoundText] {
    let text = state.find.text
    if let raw = state.raw {
      return FoundText.all(
        text, in: ChatPane.rawRows(raw, log).map { StyledLine(String($0), theme.text) }, width: log.width - 1)
    }
    if state.isCompletion {
      let running = runningText(state, width: width, theme: theme)
      return FoundText.all(text, in: running.rows, width: width).map { place in
        place.moved(by: 0, message: running.starts.lastIndex { $0 <= place.row } ?? 0)
      }
    }
    var all: [FoundText] = []
    for i in state.messages.indices where state.messageRows.indices.contains(i) {
      let rows = rows(of: i, state: state, width: width, theme: theme)
      if entries[i]?.found?.text != text { entries[i]?.found = (text, FoundText.all(text, in: rows, width: width)) }
      all += (entries[i]?.found?.places ?? []).map { $0.moved(by: state.messageRows[i] + 1, message: i) }
    }
    return all
  }

  func trim(to count: Int) {
    if entries.count > count { entries.removeLast(entries.count - count) }
  }

  private static func layout(
    _ message: ChatMessage, xray: Bool, token: Int?, width: Int, theme: Theme, stream: inout MarkdownStream?
  ) -> [StyledLine] {
    if xray, !message.marks.isEmpty { return xrayRows(message, token: token, width: width, theme: theme) }
    var text = message.text
    if message.streaming, !text.isEmpty, text.last?.isNewline == true { text.removeLast() }
    if text.isEmpty { return message.streaming ? [StyledLine()] : [StyledLine("(empty)", theme.faint)] }
    if message.role == .assistant {
      guard message.streaming else { return Markdown.rows(text, width: width, theme: theme) }
      var growing = stream ?? MarkdownStream()
      defer { stream = growing }
      return growing.rows(text, width: width, theme: theme)
    }
    return plainRows(text, width: width, style: theme.text)
  }

  static func plainRows(_ text: String, width: Int, style: Style) -> [StyledLine] {
    TextLayout.lines(SafeText.clean(text), width: width).map { StyledLine(String($0), style) }
  }

  /// Each token in the colour of its probability.
  private static func xrayRows(_ message: ChatMessage, token: Int?, width: Int, theme: Theme) -> [StyledLine] {
    StyledLine.wrap(xraySpans(message, token: token, theme: theme), width: width)
  }

  static func xraySpans(_ message: ChatMessage, token: Int?, theme: Theme) -> [Span] {
    var spans: [Span] = []
    for (i, mark) in message.marks.enumerated() where !mark.text.isEmpty {
      // 0 where it was certain, 1 from about 1 in 150 on.
      let surprise = Double(-mark.logprob) / 5
      var style = theme.scale(surprise)
      if i == token { style = style.adding(.reverse) }
      spans.append(Span(SafeText.clean(mark.text), style))
    }
    return spans
  }
}
