import Core
import Testing

import TUI

/// A text that the tokenizer cannot encode, in the Tokens workspace.
@Suite struct TokensFailureTests {
  private static let lacking = """
    {"pre_tokenizer": {"type": "Whitespace"},
     "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "[UNK]"}}
    """

  @Test func thePaneSaysWhyThereAreNoTokens() throws {
    let tokenizer = try TokenizerLoader.load(json: Array(Self.lacking.utf8), name: "lacking")
    var (state, _) = try TokensSamples.workspace(Size(120, 40), text: "a zz")
    let worker = TokensWorker()
    state.tokens.result = .empty
    TokensFollower.follow(&state, tokenizer, worker)
    #expect(state.tokens.result.failure?.reason == .noToken("zz", byte: 2, unknown: "[UNK]"))
    let frame = HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
    #expect(frame.contains("The tokenizer lacking has no token for \"zz\""))
  }

  @Test func aComparisonGoesOnWithTheOthers() throws {
    let lacking = try TokenizerLoader.load(json: Array(Self.lacking.utf8), name: "lacking")
    let words = WordTokenizer(words: ["a", "zz", " "])
    let text = try TokenizedText("a zz", tokenizer: words)
    let comparison = CompareService.compare(text, [words, lacking])
    #expect(comparison.rows[0].failure == nil && comparison.rows[0].rank == 1)
    #expect(comparison.rows[1].failure?.reason == .noToken("zz", byte: 2, unknown: "[UNK]"))
    #expect(comparison.rows[1].rank == 2)
  }
}
