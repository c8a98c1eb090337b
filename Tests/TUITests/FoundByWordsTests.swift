import Testing

@testable import TUI

/// What is typed finds whole words first, and shows the word where the title has not got it.
@Suite struct FoundByWordsTests {
  private func found(_ query: String, _ items: [PickerItem]) -> [String] {
    var picker = Picker(.palette, title: "", items: items)
    picker.query.insert(query)
    picker.search()
    return picker.matches.map { items[$0.index].id }
  }

  @Test func wholeWordsThenBeginningsThenLetters() {
    func item(_ title: String, words: String = "") -> PickerItem {
      var item = PickerItem(id: title, title: title)
      item.words = words
      return item
    }
    let titles = [item("Sit tall and rest"), item("Start it now"), item("See a star")]
    #expect(found("star", titles) == ["See a star", "Start it now", "Sit tall and rest"])
    // The same by other words: a whole one beats the beginning of a title's.
    let words = [item("Sit tall and rest"), item("Start it now"), item("Sun", words: "bright star")]
    #expect(found("star", words) == ["Sun", "Start it now", "Sit tall and rest"])
  }

  @Test(arguments: [
    ("settings", Action.sampling), ("theme", .chooseTheme), ("stop", .stop), ("clear", .newConversation),
    ("persona", .systemPrompt), ("save chat", .transcript), ("bye", .quit), ("chats", .conversations),
    ("answer again", .regenerate), ("resume", .resumeRun), ("keyboard", .help),
  ])
  func commandsByWhatPeopleTypeElse(_ query: String, _ action: Action) {
    let state = AppState(size: Size(80, 24))
    var picker = state.palette()
    picker.query.insert(query)
    picker.search()
    #expect(picker.selected?.id == action.rawValue, "\(query): \(picker.selected?.id ?? "nothing")")
  }

  /// Of two that are called the same, the one of the pane that the user is in.
  @Test(arguments: [(Focus.input, Action.stop), (.log, .stop), (.train, .stopRun), (.tokens, .stopTokenizer)])
  func theNearestComesFirst(_ focus: Focus, _ action: Action) {
    var state = AppState(size: Size(80, 24))
    state.focus = focus
    var picker = state.palette()
    picker.query.insert("stop")
    picker.search()
    #expect(picker.selected?.id == action.rawValue)
  }

  /// Every line of the help that is counted shows, marked, why it was found.
  @Test(arguments: ["exit", "train", "lora", "branch version"]) func helpMarksEveryLineItCounts(_ query: String) {
    let state = AppState(size: Size(80, 24))
    let rows = HelpView.sections(state, query: query).joined().filter { !$0.isHeading }
    #expect(!rows.isEmpty)
    for row in rows {
      let text = ([row.keys, row.title] + row.also).joined(separator: " ").lowercased()
      for word in query.split(separator: " ") { #expect(text.contains(word), "\(row)") }
    }
    var help = HelpState()
    help.paste(query)
    var buffer = CellBuffer(size: state.size, style: Theme.midnight.background)
    _ = HelpView.draw(state, help, theme: .midnight, into: &buffer)
    let marked = (0..<buffer.height).flatMap { y in (0..<buffer.width).map { Point($0, y) } }.filter {
      buffer[$0]?.style.background == Theme.midnight.match.background
    }
    #expect(Set(marked.map(\.y)).count >= min(rows.count, 8))
  }
}
