/// The list of all keys: what is searched for in it, and how far it is scrolled.
public struct HelpState: Sendable {
  var query = TextEditor()
  /// The first line shown; the view knows how many there are.
  private(set) var first = 0

  /// - Returns: false where the key closes the list.
  mutating func handle(_ stroke: Key, page: Int) -> Bool {
    switch (stroke.code, stroke.modifiers) {
    case (.escape, _):
      if query.isEmpty { return false }
      query.setText("")
      first = 0
    case (.character("c"), .control), (.enter, _): return false
    case (.up, _), (.character("p"), .control): scroll(by: -1)
    case (.down, _), (.character("n"), .control): scroll(by: 1)
    case (.pageUp, _): scroll(by: -page)
    case (.pageDown, _): scroll(by: page)
    case (.home, _): first = 0
    case (.end, _): first = Int.max / 2
    case (.character("u"), .control): query.setText("")
    default:
      let version = query.version
      _ = query.handle(stroke, multiline: false)
      if query.version != version { first = 0 }
    }
    return true
  }

  mutating func scroll(by lines: Int) { first = max(0, first + lines) }

  mutating func paste(_ text: String) {
    query.insert(text.split(whereSeparator: \.isNewline).joined(separator: " "))
    first = 0
  }

  /// Scrolling beyond the end would have to be taken back before anything is seen to move.
  func first(of lines: Int, rows: Int) -> Int { min(first, max(0, lines - rows)) }
}
