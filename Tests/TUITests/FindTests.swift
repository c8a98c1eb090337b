import Chat
import Core
import Testing

@testable import TUI

/// What is looked for is counted and marked wherever it stands in what is shown.
@Suite struct FindTests {
  private func lines(_ rows: [String]) -> [StyledLine] { rows.map { StyledLine($0, Style()) } }

  @Test func placesInRows() {
    let found = FoundText.all("glass", in: lines(["Glass glass", "a 窓 GLASS"]), width: 20)
    #expect(
      found.map(\.pieces) == [
        [.init(row: 0, x: 0, width: 5)], [.init(row: 0, x: 6, width: 5)], [.init(row: 1, x: 5, width: 5)],
      ])
    #expect(FoundText.all("", in: lines(["x"]), width: 9).isEmpty && FoundText.all("x", in: [], width: 9).isEmpty)
    // No overlaps, and letters of several scalars.
    #expect(FoundText.all("aa", in: lines(["aaaaa"]), width: 9).count == 2)
    #expect(FoundText.all("é", in: lines(["e\u{301} É"]), width: 9).count == 2)
    #expect(FoundText.all("窓", in: lines(["x窓"]), width: 9).map(\.pieces) == [[.init(row: 0, x: 1, width: 2)]])
  }

  @Test func placesOverTheEndsOfRows() {
    // A space stands for the end of a row and the indent after it …
    let wrapped = FoundText.all("two three", in: lines(["one two", "  three four"]), width: 12)
    #expect(wrapped.map(\.pieces) == [[.init(row: 0, x: 4, width: 3), .init(row: 1, x: 2, width: 5)]])
    // … a word that fills its row goes on, and others do not.
    #expect(FoundText.all("abcdef", in: lines(["xxabc", "def"]), width: 5).count == 1)
    #expect(FoundText.all("abcdef", in: lines(["abc", "def"]), width: 12).isEmpty)
  }

  private func state(_ texts: [String], _ size: Size = Size(80, 24)) -> AppState {
    var state = AppState(size: size)
    state.chat.messages = texts.enumerated().map {
      ChatMessage(id: "m\($0.offset)", role: $0.offset % 2 == 0 ? .user : .assistant, text: $0.element)
    }
    return state
  }

  private func screen(_ state: inout AppState) -> Frame.Result {
    Frame.render(&state, theme: .midnight, transcript: Transcript())
  }

  private func find(_ text: String, _ state: inout AppState) {
    _ = state.perform(.find)
    _ = state.handle(.paste(text))
    _ = state.handle(.key(.control("s")))
  }

  @Test func matchesAreCountedAndGoneThrough() {
    let long = (0..<60).map { "line \($0)\n" }.joined() + "a needle here"
    var state = state(["first needle, second Needle", long, "no more", "needle **need**le"])
    _ = screen(&state)
    find("needle", &state)
    var shown = HeadlessScreen.text(screen(&state).buffer)
    // The end of the conversation was in sight: the first match from there on.
    #expect(shown.contains("3 of 5") && state.chat.selection == 1)
    #expect(state.focus == .log)
    for (key, count) in [("n", "4 of 5"), ("n", "5 of 5"), ("n", "1 of 5"), ("n", "2 of 5"), ("N", "1 of 5")] {
      _ = state.handle(.key(Key(.character(Character(key)))))
      shown = HeadlessScreen.text(screen(&state).buffer)
      #expect(shown.contains(count), "\(key) \(shown)")
    }
    #expect(state.chat.selection == 0 && shown.contains("first needle, second Needle"))
    // All in sight are marked, the one gone to differently.
    let buffer = screen(&state).buffer
    let marked = { (style: Style) in
      (0..<buffer.height).reduce(0) { sum, y in
        sum + (0..<buffer.width).count { buffer[Point($0, y)]?.style.background == style.background }
      }
    }
    #expect(marked(Theme.midnight.match) == 6 && marked(Theme.midnight.selection) == 6)
    // Esc ends it.
    _ = state.handle(.key(Key(.escape)))
    #expect(!HeadlessScreen.text(screen(&state).buffer).contains("of 5") && state.focus == .input)
    #expect(state.chat.find.last == "needle")
  }

  @Test func whatIsNowhereIsSaid() {
    var state = state(["some text"])
    find("absent\u{1B}", &state)
    let shown = HeadlessScreen.text(screen(&state).buffer)
    #expect(state.toast?.text.contains("is nowhere") == true && !shown.contains("\u{1B}"))
    #expect(state.focus == .input && state.chat.find.count == nil)
  }

  @Test func rawAndRunningTextsAreSearched() {
    var state = state(["one two", " three two"])
    state.chat.template = "raw"
    find("two three", &state)
    #expect(HeadlessScreen.text(screen(&state).buffer).contains("1 of 1"))
    state.chat.raw = "<|im_start|>user\ntwo<|im_end|>\ntwo"
    _ = state.handle(.key(Key(.escape)))
    state.chat.raw = "<|im_start|>user\ntwo<|im_end|>\ntwo"
    find("two", &state)
    #expect(HeadlessScreen.text(screen(&state).buffer).contains("1 of 2"))
  }
}
