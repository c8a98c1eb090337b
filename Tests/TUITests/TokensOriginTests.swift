import Chat
import Core
import Foundation
import Testing
import TUI

/// What the Tokens pane draws is of the text and the tokenizer it names.
@Suite struct TokensOriginTests {
  private func render(_ state: inout AppState) -> String {
    HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
  }

  @Test func aSecondFileShowsNothingOfTheFirst() throws {
    var (state, tokenizer) = try TokensSamples.workspace(Size(100, 30), text: "first words\n")
    let worker = TokensWorker()
    let first = state.tokensKey
    state.showText(Array("other thing\n".utf8), name: "two.txt")
    #expect(state.tokensKey != first)
    let between = render(&state)
    #expect(between.contains("two.txt") || between.contains("reading"))
    #expect(!between.contains("first"))
    TokensFollower.follow(&state, tokenizer, worker)
    // Tokens stand apart.
    #expect(render(&state).replacingOccurrences(of: " ", with: "").contains("other·thing"))
    #expect(!render(&state).contains("text f"))
  }

  @Test func anotherTokenizerShowsNothingOfTheOneBefore() throws {
    var (state, tokenizer) = try TokensSamples.workspace(Size(100, 30), text: "the fox\n")
    #expect(render(&state).contains("fox"))
    state.tokens.tokenizerNumber += 1
    state.tokens.tokenizerName = "another"
    #expect(!render(&state).contains("fox"))
    TokensFollower.follow(&state, tokenizer, TokensWorker())
    #expect(render(&state).contains("fox"))
  }

  @Test func surprisalIsDrawnOnItsOwnTokensOnly() throws {
    var (state, tokenizer) = try TokensSamples.workspace(Size(120, 40), text: "the quick fox")
    let worker = TokensWorker()
    state.tokens.result.bytes = []
    TokensFollower.follow(&state, tokenizer, worker)
    let plain = Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer
    let count = state.tokens.result.count
    state.tokens.showsSurprisal = true
    state.tokens.surprisal = Surprisal(
      serial: state.tokens.result.serial, logprobs: Array(repeating: -9, count: count),
      ranks: Array(repeating: 5, count: count), limit: count, isDone: true)
    let hot = Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer
    #expect(hot != plain)
    state.showText(Array("the quick fix".utf8), name: "")
    TokensFollower.follow(&state, tokenizer, worker)
    let cold = Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer
    state.tokens.surprisal = nil
    #expect(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer == cold)
  }

  @Test func whatIsTypedAfterALongReplyIsSeen() throws {
    let tokenizer = try TokensSamples.tokenizer()
    let worker = TokensWorker()
    var state = AppState(size: Size(120, 40))
    state.chat.model = .ready
    state.tokens.tokenizerName = "bpe"
    let long = (0..<400).map { "line \($0) of a long reply" }.joined(separator: "\n")
    state.chat.messages = [
      ChatMessage(id: "1", role: .user, text: "hi"), ChatMessage(id: "2", role: .assistant, text: long),
    ]
    TokensFollower.follow(&state, tokenizer, worker)
    _ = render(&state)
    // Typed until the end of a long text is shown, then sent, then a short one.
    _ = state.handle(.paste(long))
    TokensFollower.follow(&state, tokenizer, worker)
    #expect(render(&state).replacingOccurrences(of: " ", with: "").contains("line·399"))
    state.composer.clear()
    TokensFollower.follow(&state, tokenizer, worker)
    _ = render(&state)
    _ = state.handle(.paste("short question"))
    TokensFollower.follow(&state, tokenizer, worker)
    let frame = render(&state).replacingOccurrences(of: " ", with: "")
    #expect(frame.contains("short·question"), "\(frame)")
  }

  @Test func eachMergeIsAPointOfTheCurve() throws {
    let training = try TokensSamples.training()
    #expect(training.curve.count == training.merges.count + 1)
    // Not a straight line: the first merges shorten a text more than the last.
    let ys = training.curve.ys
    let middle = ys[ys.count / 2]
    #expect(abs(middle - (ys[0] + ys[ys.count - 1]) / 2) > 0.01)
  }
}
