import Core
import Testing
import TUI

/// Messages that come by themselves, and models that are still being loaded, take nothing from what is typed.
@Suite struct LateMessagesTests {
  private func keys(_ names: String..., in state: inout AppState) -> [Effect] {
    names.flatMap { name in Key(name as String).map { state.handle(.key($0)) } ?? [] }
  }

  @discardableResult private func render(_ state: inout AppState) -> String {
    HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
  }

  private func state(at now: Double = 100) -> AppState {
    var state = AppState(size: Size(100, 30))
    state.chat.model = .ready
    _ = state.tick(now: now, clock: "")
    return state
  }

  @Test func aKeyOnItsWayIsNotTakenByAMessage() {
    var state = state()
    _ = keys("h", "i", in: &state)
    state.fail("The run failed", "The disk is full.")
    // Not drawn yet, just drawn, and while one types on: all is the input box's.
    _ = keys("!", in: &state)
    render(&state)
    #expect(keys("Enter", in: &state) == [.send("hi!")])
    _ = state.tick(now: 100.5, clock: "")
    #expect(keys("Esc", in: &state) == [])
    #expect(render(&state).contains("The disk is full."))
    _ = keys("o", "k", " ", in: &state)
    #expect(state.composer.text == "ok ")
    // One who typed on has not seen it: Enter still sends. Esc puts it away once nothing is typed.
    _ = state.tick(now: 105, clock: "")
    #expect(keys("Enter", in: &state) == [.send("ok ")])
    #expect(keys("Esc", in: &state) == [])
    #expect(!state.overlays.isEmpty)
    _ = state.tick(now: 110, clock: "")
    _ = keys("Esc", in: &state)
    #expect(state.overlays.isEmpty)
  }

  @Test func whoReadsAMessagePutsItAwayWithEnter() {
    var state = state()
    state.fail("Conversations", "The store is locked.")
    render(&state)
    #expect(keys("Enter", in: &state) == [])
    #expect(state.overlays.count == 1)
    _ = state.tick(now: 101, clock: "")
    _ = keys("Enter", in: &state)
    #expect(state.overlays.isEmpty)
  }

  @Test func messagesWaitUnderWhatIsOpenInTheirOrder() {
    var state = state()
    _ = keys("Ctrl-T", "Tab", in: &state)
    state.fail("First", "one")
    state.fail("Second", "two")
    _ = keys("d", "a", "t", "a", in: &state)
    #expect(render(&state).contains("New training run"))
    #expect(render(&state).contains("data"))
    _ = keys("Esc", in: &state)
    for word in ["one", "two"] {
      #expect(render(&state).contains(word))
      _ = state.tick(now: state.now + 2, clock: "")
      _ = keys("Esc", in: &state)
    }
    #expect(state.overlays.isEmpty)
  }

  @Test func overAMessageEverythingElseCanBeDone() {
    var state = state()
    state.fail("The run failed", "The disk is full.")
    render(&state)
    _ = keys("Ctrl-P", in: &state)
    #expect(render(&state).contains("Commands"))
    _ = keys("Esc", in: &state)
    #expect(render(&state).contains("The disk is full."))
    _ = state.handle(.paste("pasted"))
    #expect(state.composer.text == "pasted")
    // A question that a key asked for takes keys at once.
    state.train.run = Samples.run(steps: 10, of: 100)
    _ = keys("Ctrl-Q", in: &state)
    #expect(keys("s", in: &state) == [.quit])
  }

  @Test func aPaneThatOnlyLooksLosesNoFirstKeys() {
    var state = Samples.chat(Size(100, 30))
    state.chat.busy = false
    state.setFocus(.log)
    _ = state.tick(now: 10, clock: "")
    state.fail("Late", "news")
    render(&state)
    #expect(keys("r", in: &state) == [.regenerate(message: "6")])
    _ = state.tick(now: 11, clock: "")
    #expect(keys("Enter", in: &state) == [])
    #expect(state.overlays.isEmpty)
  }

  @Test func whatWasSentWaitsForTheModel() {
    var state = state()
    state.chat.model = .loading("smol")
    #expect(!render(&state).contains("no model"))
    _ = state.handle(.paste("hello"))
    #expect(keys("Enter", in: &state) == [])
    #expect(state.composer.text == "hello")
    #expect(state.sendWaiting() == [], "there is no model yet")
    _ = keys("Enter", in: &state)
    #expect(render(&state).contains("goes when the model is loaded"))
    state.chat.model = .ready
    #expect(state.sendWaiting() == [.send("hello")])
    #expect(state.composer.isEmpty)
    #expect(state.sendWaiting() == [])
  }

  @Test func whatWasChangedWhileItWaitedStays() {
    var state = state()
    state.chat.model = .loading("smol")
    _ = state.handle(.paste("hello"))
    _ = keys("Enter", "!", in: &state)
    state.chat.model = .ready
    #expect(state.sendWaiting() == [])
    #expect(state.composer.text == "hello!")
    state.chat.model = .loading("smol")
    _ = keys("Enter", "Esc", in: &state)
    state.chat.model = .ready
    #expect(state.sendWaiting() == [])
    #expect(state.composer.text == "hello!")
  }
}
