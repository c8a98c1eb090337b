import Core
import Testing
import TUI

/// While a model is being loaded nothing says that there is none.
@Suite struct LoadingModelTests {
  private func render(_ state: inout AppState) -> String {
    HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
  }

  @Test func whatNeedsAModelSaysThatItIsBeingLoaded() {
    var state = Samples.chat(Size(160, 40))
    state.tokens.tokenizerName = ""
    state.chat.busy = false
    state.chat.model = .loading("smol")
    for action in [Action.regenerate, .surprisal] {
      let effects = state.perform(action)
      #expect(effects.isEmpty)
      #expect(render(&state).contains("smol is still being loaded"), "\(action)")
      state.toast = nil
    }
    let frame = render(&state)
    for words in ["no model", "no tokenizer"] { #expect(!frame.contains(words), "\(frame)") }
    // Once it is known that there is none, it is said, with the key that chooses one.
    state.chat.model = .none
    _ = state.perform(.regenerate)
    #expect(render(&state).contains("no model: ^O chooses one"))
    #expect(render(&state).contains("no tokenizer:"))
  }
}
