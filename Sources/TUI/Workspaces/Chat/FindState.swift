/// A text looked for in the conversation, and where it stands in what is shown.
public struct FindState: Sendable {
  /// Nothing is looked for while this is empty.
  public var text = ""
  /// What was looked for last; offered again.
  public var last = ""
  /// All of them from top to bottom; kept by ``Frame``, which alone knows how texts are laid out.
  var matches: [FoundText] = []
  /// The one that was gone to.
  var current: Int?
  /// Where to go as soon as the matches are known: forward or back, and from which part of the screen this was asked.
  var jump: (direction: Int, from: Focus)?

  /// "3 of 12", "12 found"; nil while nothing is looked for.
  var count: String? {
    if text.isEmpty { return nil }
    guard let current, matches.indices.contains(current) else { return "\(matches.count) found" }
    return "\(current + 1) of \(matches.count)"
  }
}

extension AppState {
  /// Goes to the next match or the one before, round the ends, from the one that was gone to last, else from what is seen.
  mutating func findMatch(_ direction: Int) {
    guard !chat.find.text.isEmpty else {
      say("nothing is looked for: \(keys.label(of: .find) ?? "the palette") does")
      return
    }
    chat.find.jump = (direction, focus)
    setFocus(.log)
  }

  mutating func endFinding() {
    if !chat.find.text.isEmpty { chat.find.last = chat.find.text }
    chat.find.text = ""
    chat.find.matches = []
    chat.find.current = nil
  }

  /// Takes the matches of what is laid out now, and goes where a key asked to go.
  mutating func update(matches: [FoundText]) {
    if let current = chat.find.current, current >= matches.count { chat.find.current = nil }
    chat.find.matches = matches
    guard let jump = chat.find.jump else { return }
    chat.find.jump = nil
    guard !matches.isEmpty else {
      say("“\(SafeText.clean(chat.find.text, keepingNewlines: false))” is nowhere in what is shown", .warning)
      endFinding()
      setFocus(jump.from)
      return
    }
    let count = matches.count
    let next: Int
    if let current = chat.find.current {
      next = (current + jump.direction + count) % count
    } else if jump.direction > 0 {
      next = matches.firstIndex { $0.row >= chat.effectiveTop } ?? 0
    } else {
      next = matches.lastIndex { $0.row < chat.effectiveTop + chat.viewRows } ?? count - 1
    }
    chat.find.current = next
    if let message = matches[next].message { chat.selection = message }
    let (first, last) = (matches[next].row, matches[next].pieces.last?.row ?? matches[next].row)
    if first < chat.effectiveTop || last >= chat.effectiveTop + chat.viewRows {
      // With something of what stands around it.
      chat.scroll(by: first - chat.viewRows / 3 - chat.effectiveTop)
    }
  }
}
