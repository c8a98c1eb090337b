import Core
import Foundation
import TestSupport
import Testing
import TUI

/// Answers that come when something else is looked at change nothing.
@Suite struct TokensLateAnswersTests {
  @Test func aTextIsNeverCutByTheTokenizerBefore() throws {
    let (small, large) = (try TokensSamples.tokenizer(270), try TokensSamples.tokenizer(420))
    let bytes = Array(TokensSamples.text.utf8)
    let worker = TokensWorker()
    let first = worker.encode(bytes, cut: false, with: small, origin: .init(text: "a", tokenizer: 1))
    // The second question is answered before the worker is told to forget: its tokenizer was chosen meanwhile.
    let second = worker.encode(bytes, cut: false, with: large, origin: .init(text: "a", tokenizer: 2))
    let fresh = TokensWorker().encode(bytes, cut: false, with: large, origin: .init(text: "a", tokenizer: 2))
    #expect(Array(second.ids) == Array(fresh.ids))
    #expect(Array(second.ids) != Array(first.ids))
    #expect(second.origin == TokenizedText.Origin(text: "a", tokenizer: 2))
  }

  @Test func aSearchOfTheVocabularyBeforeTakesNoAnswerAway() throws {
    let (small, large) = (try TokensSamples.tokenizer(270), try TokensSamples.tokenizer(420))
    let inbox = Mailbox<AppMessage>(capacity: 1024)
    let service = VocabularyService(inbox: inbox)
    func state(_ tokenizer: any Tokenizer, _ query: String) -> VocabularyState {
      var state = VocabularyState()
      state.index = VocabularyIndex(tokenizer)
      state.query.setText(query)
      return state
    }
    let (before, after) = (state(small, "th"), state(large, "the"))
    for round in 0..<50 {
      service.open(small)
      service.search(before)
      // While that is on its way, another tokenizer is chosen and searched.
      service.forget()
      service.open(large)
      service.search(after)
      var answer: VocabularyAnswer?
      for _ in 0..<1000 where answer == nil {
        for case .vocabularyFound(let found, let number) in inbox.drain() where service.isCurrent(number) {
          answer = found
        }
        usleep(2000)
      }
      #expect(answer?.query == "the", "round \(round)")
      service.forget()
    }
  }

  @Test func aComparisonIsOfWhatIsCompared() throws {
    var (state, tokenizer) = try TokensSamples.workspace(Size(120, 40))
    state.tokens.compare.others = [.init(name: "other", path: "/o", tokenizer: try TokensSamples.tokenizer(270))]
    state.tokens.view = .compare
    let worker = TokensWorker()
    TokensFollower.follow(&state, tokenizer, worker)
    #expect(state.tokens.comparison != nil)
    let (asked, key) = (try #require(state.tokens.comparison), state.tokens.compareKey)
    // The same file again, which may hold another tokenizer by now.
    state.tokens.compare.others = [.init(name: "other", path: "/o", tokenizer: try TokensSamples.tokenizer(300))]
    #expect(state.tokens.comparison == nil)
    state.tokens.take(asked, key: key)
    #expect(state.tokens.comparison == nil)
    let frame = HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
    #expect(frame.contains("comparing"))
    #expect(state.perform(.nextDifference) == [])
    #expect(state.tokens.compare.difference == nil)
    TokensFollower.follow(&state, tokenizer, worker)
    #expect(state.tokens.comparison != nil)
  }

  @Test func surprisalIsOfTheModelThatIsLoaded() throws {
    var (state, _) = try TokensSamples.workspace(Size(120, 40), text: "the quick fox")
    state.tokens.modelNumber = 1
    let plain = Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer
    let count = state.tokens.result.count
    state.tokens.showsSurprisal = true
    state.tokens.surprisal = Surprisal(
      serial: state.tokens.result.serial, model: 1, logprobs: Array(repeating: -9, count: count),
      ranks: Array(repeating: 5, count: count), limit: count, isDone: true)
    #expect(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer != plain)
    // Another model, read with the same tokenizer as before.
    state.tokens.modelNumber = 2
    let other = Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer
    state.tokens.surprisal = nil
    #expect(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer == other)
  }

  @Test func surprisalAsksForTheLoadedModelsTokenizer() {
    var state = AppState(size: Size(100, 30))
    state.chat.model = .ready
    (state.chat.modelName, state.tokens.tokenizerName) = ("final", "final")
    // The same name, from another model.
    (state.tokens.modelNumber, state.tokens.tokenizerOwner) = (2, .model(1))
    #expect(state.perform(.surprisal) == [.loadTokenizer("the model's own")])
    state.tokens.showsSurprisal = false
    state.tokens.tokenizerOwner = .model(2)
    #expect(state.perform(.surprisal) == [])
  }

  @Test func nothingIsExplainedOfTheTextBefore() throws {
    var (state, _) = try TokensSamples.workspace(Size(120, 40))
    _ = state.perform(.whySplit)
    #expect(state.overlays.count == 1)
    state.overlays = []
    state.showText(Array("another".utf8), name: "")
    _ = state.perform(.whySplit)
    #expect(state.overlays.isEmpty)
  }
}
