import Chat
import Core
import Testing
import Trainer

import TUI

@Suite struct AppStateTests {
  private func keys(_ names: String..., in state: inout AppState) -> [Effect] {
    names.flatMap { name in Key(name as String).map { state.handle(.key($0)) } ?? [] }
  }

  private func render(_ state: inout AppState) -> String {
    HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
  }

  @Test func enterSendsAndEmptiesTheBox() {
    var state = AppState(size: Size(80, 24))
    state.chat.model = .ready
    #expect(state.handle(.paste("hello\nthere")) == [])
    #expect(keys("Enter", in: &state) == [.send("hello\nthere")])
    #expect(state.composer.isEmpty)
    #expect(keys("Enter", in: &state) == [])
  }

  @Test func withoutAModelNothingTypedIsLost() {
    var state = AppState(size: Size(80, 24))
    _ = state.handle(.paste("hello"))
    #expect(keys("Enter", in: &state) == [])
    #expect(state.composer.text == "hello")
    #expect(state.toast != nil)
  }

  @Test func escapeStopsAReplyAndTwiceEditsTheLastMessage() {
    var state = Samples.chat(Size(120, 40))
    #expect(keys("Esc", in: &state) == [.stopReply])
    state.chat.busy = false
    state.composer.clear()
    #expect(keys("Esc", in: &state) == [])
    #expect(state.chat.editing == nil)
    #expect(keys("Esc", in: &state) == [])
    #expect(state.chat.editing == "5")
    #expect(state.composer.text == "Show me BPE in a few lines.")
    #expect(keys("!", "Enter", in: &state) == [.edit(message: "5", text: "Show me BPE in a few lines.!")])
    #expect(state.chat.editing == nil)
  }

  @Test func controlCStopsThenHintsThenQuits() {
    var state = Samples.chat(Size(120, 40))
    #expect(keys("Ctrl-C", in: &state) == [.stopReply])
    state.chat.busy = false
    #expect(keys("Ctrl-C", in: &state) == [])
    #expect(state.toast != nil)
    #expect(keys("a", "Ctrl-C", in: &state) == [])
    #expect(keys("Ctrl-C", in: &state) == [.quit])
  }

  @Test func quittingAsksOnlyWhileTraining() {
    var state = AppState(size: Size(80, 24))
    #expect(keys("Ctrl-Q", in: &state) == [.quit])
    state.train.run = Samples.run(steps: 10, of: 100)
    #expect(keys("Ctrl-Q", in: &state) == [])
    #expect(render(&state).contains("A run is training"))
    #expect(keys("Esc", "Ctrl-Q", in: &state) == [])
    #expect(keys("s", in: &state) == [.quit])
    #expect(state.quitting)
  }

  @Test func tabGoesThroughThePanes() {
    var state = AppState(size: Size(120, 40))
    var seen: [Focus] = []
    for _ in 0..<4 {
      _ = keys("Tab", in: &state)
      seen.append(state.focus)
    }
    #expect(seen == [.log, .train, .tokens, .input])
    _ = keys("Shift-Tab", in: &state)
    #expect(state.focus == .tokens)
  }

  @Test func lettersTypeInTheBoxAndActInTheLog() {
    var state = Samples.chat(Size(120, 40))
    state.chat.busy = false
    _ = keys("r", in: &state)
    #expect(state.composer.text.hasSuffix("r"))
    _ = keys("Tab", in: &state)
    #expect(keys("r", in: &state) == [.regenerate(message: "6")])
    #expect(keys("k", "k", "]", in: &state) == [.switchSibling(message: "4", by: 1)])
    #expect(keys("y", in: &state) == [.copy(state.chat.messages[3].text, what: "message")])
    state.chat.selection = 5
    #expect(
      keys("Y", in: &state) == [
        .copy(
          "def merge(ids, pair, new):\n    out, i = [], 0\n    while i < len(ids):\n"
            + "        if tuple(ids[i:i+2]) == pair:\n            out.append(new); i += 2",
          what: "code")
      ])
  }

  @Test func trainKeysControlTheRun() {
    var state = Samples.chat(Size(120, 40))
    state.setFocus(.train)
    var now = 100.0
    /// A key alone: nothing else comes until it acts.
    func alone(_ key: String) -> [Effect] {
      #expect(keys(key, in: &state) == [])
      _ = state.tick(now: now, clock: "")
      #expect(state.takeDue() == [])
      now += 0.31
      _ = state.tick(now: now, clock: "")
      return state.takeDue()
    }
    #expect(alone("p") == [.run(.pause)])
    #expect(state.train.run?.status == .paused)
    #expect(alone("p") == [.run(.resume)])
    #expect(alone("C") == [.run(.checkpoint)])
    #expect(alone("E") == [.run(.evaluate)])
    #expect(alone("G") == [.run(.sample)])
    #expect(alone("S") == [.run(.stop)])
    state.train.run?.apply(.done(.init(reason: .stopped, out: "x", step: 610)))
    #expect(alone("p") == [])
    #expect(state.toast?.tone == .warning)
  }

  @Test(arguments: ["pause", "Stop", "hello", "Go", "test"])
  func aWordTypedOverTrainGoesToTheInputBox(word: String) {
    var state = Samples.chat(Size(120, 40))
    state.composer.setText("")
    state.setFocus(.train)
    let before = state.train.run?.status
    for letter in word {
      #expect(state.handle(.key(Key(letter))) == [])
      _ = state.tick(now: 100, clock: "")
      #expect(state.takeDue() == [])
    }
    _ = state.tick(now: 200, clock: "")
    #expect(state.takeDue() == [])
    #expect(state.focus == .input && state.composer.text == word)
    #expect(state.train.run?.status == before)
  }

  @Test(arguments: [
    ("quit", "quit"), ("exit", "quit"), ("export", "transcript"), ("system prompt", "system-prompt"),
    ("temperature", "sampling-settings"), ("adapter", "choose-model"), ("history", "conversations"),
    ("fine-tune", "new-run"), ("clipboard", "copy-reply"),
  ])
  func thePaletteKnowsWhatPeopleSay(words: String, action: String) {
    var state = Samples.chat(Size(120, 40))
    _ = keys("Ctrl-P", in: &state)
    for letter in words { _ = state.handle(.key(Key(letter))) }
    guard case .picker(let picker)? = state.overlays.last else {
      Issue.record("no palette")
      return
    }
    #expect(picker.selected?.id == action)
  }

  @Test func theRunFormAnswersWithTrainingKeys() throws {
    var state = AppState(size: Size(100, 40))
    _ = keys("Ctrl-T", "Tab", in: &state)
    _ = state.handle(.paste("data/tinyshakespeare.txt"))
    let effects = keys("Ctrl-S", in: &state)
    guard case .startRun(let settings)? = effects.first else {
      Issue.record("no run was started: \(effects)")
      return
    }
    #expect(settings["data"] == "data/tinyshakespeare.txt")
    #expect(settings["model.layers"] == "4")
    #expect(settings["base"] == nil)
    for key in settings.keys { #expect(ConfigurationKey.named(key) != nil, "\(key) is no training key") }
  }

  @Test func theRunFormSaysWhatIsMissing() {
    var state = AppState(size: Size(100, 40))
    _ = keys("Ctrl-T", "Ctrl-S", in: &state)
    #expect(render(&state).contains("Data is needed"))
  }

  @Test func thePaletteRunsWhatItShows() {
    var state = AppState(size: Size(100, 40))
    _ = keys("Ctrl-P", in: &state)
    _ = state.handle(.paste("log y"))
    _ = keys("Ctrl-U", in: &state)
    _ = state.handle(.paste("logarithmic"))
    _ = keys("Enter", in: &state)
    #expect(state.train.logScale)
    #expect(state.focus == .train)
    #expect(state.overlays.isEmpty)
  }

  @Test func clicksFocusAndSplittersMove() {
    var state = Samples.chat(Size(120, 40))
    let train = state.screen.rect(of: .train)
    _ = state.handle(.mouse(.press, Point(100, 8)))
    #expect(state.focus == .train)
    let grip = state.screen.splitters[0].grip
    _ = state.handle(.mouse(.press, Point(grip.x, 20)))
    _ = state.handle(.mouse(.drag, Point(grip.x - 12, 20)))
    _ = state.handle(.mouse(.release, Point(grip.x - 12, 20)))
    #expect((state.screen.rect(of: .train)?.width ?? 0) == (train?.width ?? 0) + 12)
  }

  @Test func controlCharactersNeverReachTheScreen() {
    var state = AppState(size: Size(120, 40))
    let evil = "\u{1B}[2J\u{7}\u{9B}31m\u{202E}evil\u{0}"
    state.chat.model = .ready
    state.chat.modelName = evil
    state.chat.title = evil
    state.chat.notice = evil
    state.chat.messages = [
      ChatMessage(id: "1", role: .user, text: evil),
      ChatMessage(id: "2", role: .assistant, text: "`\(evil)` **\(evil)**\n# \(evil)"),
    ]
    state.composer.insert(evil)
    state.tokens.tokenizerName = evil
    state.tokens.result = Samples.tokens([evil, "\u{1B}"])
    state.train.run = RunView(name: evil)
    state.train.run?.apply(.alert(.init(step: 1, kind: .spike, message: evil)))
    state.train.run?.apply(.sample(.init(step: 1, prompt: evil, text: evil)))
    state.fail(evil, evil)
    for _ in 0..<2 {
      let text = render(&state)
      for scalar in text.unicodeScalars {
        #expect(scalar == "\n" || scalar.properties.generalCategory != .control, "U+\(String(scalar.value, radix: 16))")
        #expect(scalar.value != 0x202E)
      }
      state.overlays = []
    }
  }

  @Test(arguments: 0..<24) func anyKeysAtAnySizeLeaveAWholeScreen(seed: Int) {
    var random = SeededGenerator(UInt64(seed) + 77)
    var state = Samples.chat(Size(120, 40))
    let transcript = Transcript()
    var all = Action.allCases.flatMap { state.keys.strokes(of: $0) }
    all += [Key(.enter), Key(.escape), Key(.backspace), Key(.up), Key(.down), Key(.left), Key("a"), Key("用"), Key(" ")]
    for step in 0..<220 {
      switch Int.random(in: 0..<14, using: &random) {
      case 0:
        let size = Size(Int.random(in: 1...210, using: &random), Int.random(in: 1...60, using: &random))
        _ = state.handle(.resize(size))
      case 1: _ = state.handle(.paste(["用一句话\n", "plain text ", "e\u{301}👩‍👩‍👧\t"].randomElement(using: &random) ?? ""))
      case 2:
        let kinds: [InputEvent.Mouse] = [.press, .drag, .release, .wheelUp, .wheelDown]
        let at = Point(Int.random(in: 0..<210, using: &random), Int.random(in: 0..<60, using: &random))
        _ = state.handle(.mouse(kinds.randomElement(using: &random) ?? .press, at))
      case 3:
        state.chat.busy.toggle()
        state.chat.messages[5].text += " more **text** 用"
        state.chat.messages[5].version += 1
      case 4: state.train.run?.apply(.alert(.init(step: step, kind: .spike, message: "the loss doubled")))
      default: _ = state.handle(.key(all.randomElement(using: &random) ?? Key("a")))
      }
      if step % 4 == 0 {
        let frame = Frame.render(&state, theme: .midnight, transcript: transcript)
        expectWhole(frame, state)
      }
    }
  }

  private func expectWhole(_ frame: Frame.Result, _ state: AppState) {
    #expect(frame.buffer.size == state.size)
    if let cursor = frame.cursor { #expect(frame.buffer.bounds.contains(cursor), "\(cursor) at \(state.size)") }
    for y in 0..<frame.buffer.height {
      #expect(TextWidth.of(frame.buffer.text(row: y)) == frame.buffer.width, "row \(y): \(frame.buffer.text(row: y))")
    }
  }
}
