import Chat
import Testing

@Suite struct ContextWindowTests {
  @Test func dropsDownToSixtyPerCentAtOnce() {
    let window = ContextWindow(limit: 1000, maxTokens: nil)
    #expect(window.reserve == 250)
    #expect(!window.isFull(750))
    #expect(window.isFull(751))
    // Ten questions of 80 tokens with their replies, and a system prompt of 50.
    let starts = Array(stride(from: 0, to: 20, by: 2))
    let tokens = { (from: Int) in 50 + (20 - from) * 40 }
    let start = window.start(among: starts, tokens: tokens)
    #expect(start == 8)
    #expect(tokens(8) <= window.target && tokens(6) > window.target)
  }

  @Test func keepsTheLastQuestionWhateverItTakes() {
    let window = ContextWindow(limit: 1000, maxTokens: 10)
    #expect(window.start(among: [0, 2, 4], tokens: { $0 == 4 ? 900 : 2000 }) == 4)
    #expect(window.start(among: [0, 2, 4], tokens: { _ in 1000 }) == nil)
    #expect(window.start(among: [], tokens: { _ in 0 }) == nil)
  }
}
