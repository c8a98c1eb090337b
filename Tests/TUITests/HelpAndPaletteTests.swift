import Testing

@testable import TUI

/// Keys and commands are found by what people call them.
@Suite struct HelpAndPaletteTests {
  private func shown(_ state: AppState, _ help: HelpState) -> String {
    var buffer = CellBuffer(size: state.size, style: Theme.midnight.background)
    _ = HelpView.draw(state, help, theme: .midnight, into: &buffer)
    return HeadlessScreen.text(buffer)
  }

  @Test func helpBeginsWithThePresentPane() {
    for (focus, title) in [(Focus.input, "Input box"), (.log, "Chat log"), (.train, "Train"), (.tokens, "Tokens")] {
      var state = AppState(size: Size(80, 24))
      state.focus = focus
      #expect(HelpView.sections(state).first?.first?.title == title)
      #expect(HelpView.sections(state).count == Scope.allCases.count)
    }
  }

  @Test(arguments: [Size(80, 24), Size(48, 20), Size(200, 50)])
  func helpCutsNothing(_ size: Size) {
    let state = AppState(size: size)
    var help = HelpState()
    var all = ""
    for _ in 0..<60 {
      all += shown(state, help)
      help.scroll(by: size.height - 8)
    }
    for action in Action.allCases where !state.keys.strokes(of: action).isEmpty {
      for word in action.info.title.split(separator: " ") { #expect(all.contains(word), "\(action) \(word)") }
    }
    #expect(!all.contains("…"))
  }

  @Test func helpIsSearched() {
    var state = AppState(size: Size(100, 30))
    _ = state.perform(.help)
    for letter in "train" { _ = state.handle(.key(Key(.character(letter)))) }
    guard case .help(let help) = state.overlays.last else {
      Issue.record("help is closed")
      return
    }
    let sections = HelpView.sections(state, query: help.query.text)
    let count = sections.reduce(0) { $0 + $1.count - 1 }
    #expect(count > 2 && count < 40 && shown(state, help).contains("\(count) found"))
    // By a key, in either spelling, and by a word people use.
    for query in ["^P", "ctrl-p", "palette"] {
      #expect(
        HelpView.sections(state, query: query).joined().contains { $0.title == Action.palette.info.title }, "\(query)")
    }
    #expect(HelpView.sections(state, query: "xyzzy").isEmpty)
    // Esc empties the line, then closes.
    _ = state.handle(.key(Key(.escape)))
    #expect(state.overlays.count == 1)
    _ = state.handle(.key(Key(.escape)))
    #expect(state.overlays.isEmpty)
  }

  @Test(arguments: [
    ("quit", Action.quit), ("exit", .quit), ("export", .transcript), ("system prompt", .systemPrompt),
    ("temperature", .sampling), ("sampling", .sampling), ("adapter", .chooseModel), ("lora", .chooseModel),
    ("history", .conversations), ("theme", .chooseTheme), ("dark", .nextTheme), ("retry", .regenerate),
    ("new chat", .newConversation), ("undo", .undoDeletion), ("delete", .deleteMessage), ("open model", .chooseModel),
    ("fine-tune", .newRun), ("start a training run", .newRun), ("copy", .copyReply), ("find", .find), ("help", .help),
    ("keys", .help), ("vim", .externalEditor), ("cancel", .stop), ("template", .chooseTemplate),
    ("load tokenizer", .chooseTokenizer), ("full screen", .zoom), ("mouse", .mouse), ("pause", .pauseRun),
    ("checkpoint", .checkpoint), ("edit", .editMessage),
  ])
  func commandsAreFound(_ query: String, _ action: Action) {
    let state = AppState(size: Size(80, 24))
    var picker = state.palette()
    picker.query.insert(query)
    picker.search()
    #expect(picker.selected?.id == action.rawValue, "\(query): \(picker.selected?.id ?? "nothing")")
    // What was typed is marked: in the title, in a word beside it, or in the detail.
    let match = picker.matches[0]
    #expect(!match.positions.isEmpty || !match.words.isEmpty || !match.inDetail.isEmpty)
  }

  @Test func wordsThatAreNotInTheTitleAreShown() {
    var state = AppState(size: Size(80, 24))
    _ = state.perform(.palette)
    _ = state.handle(.paste("gree"))
    guard case .picker(let picker) = state.overlays.last else { return }
    var buffer = CellBuffer(size: state.size, style: Theme.midnight.background)
    _ = OverlayViews.drawPicker(picker, theme: .midnight, into: &buffer)
    let lines = HeadlessScreen.text(buffer).split(separator: "\n")
    #expect(lines.contains { $0.contains(Action.sampling.info.title.prefix(20)) && $0.contains("greedy") })
  }
}
