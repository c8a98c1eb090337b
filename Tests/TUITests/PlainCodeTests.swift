import TUI
import Testing

/// What is drawn of things that say too little about themselves, or too much.
@Suite struct PlainCodeTests {
  private let theme = Theme.midnight

  /// Code of a language that nobody named is shown as it is.
  @Test func unlabelledCodeIsNotColoured() {
    let code = "let x = func(\"a\", 12)  // def None\n# self"
    for fence in ["```\n\(code)\n```", "~~~\n\(code)\n~~~", "```text\n\(code)\n```"] {
      let spans = Markdown.rows(fence, width: 200, theme: theme, isStreaming: false).flatMap(\.spans)
      #expect(spans.contains { $0.text.contains("let x = func(\"a\", 12)") && $0.style == theme.code })
      for style in [theme.codeKeyword, theme.codeString, theme.codeComment, theme.codeNumber, theme.codeFunction] {
        #expect(!spans.contains { $0.style == style && !$0.text.allSatisfy(\.isWhitespace) })
      }
    }
    let swift = Markdown.rows("```swift\n\(code)\n```", width: 200, theme: theme, isStreaming: false).flatMap(\.spans)
    #expect(swift.contains { $0.text == "let" && $0.style == theme.codeKeyword })
  }

  @Test func theContextMeterDoesNotPassItsEnd() {
    var state = Samples.chat(Size(120, 40))
    state.chat.model = .ready
    state.chat.contextSize = 512
    state.chat.contextUsed = 700
    var buffer = CellBuffer(width: 120, height: 1)
    HeaderBar.draw(state, in: Rect(x: 0, y: 0, width: 120, height: 1), theme: theme, into: &buffer)
    let line = (0..<120).compactMap { buffer[$0, 0]?.text }.joined()
    #expect(line.contains("512/512") && !line.contains("700"))
  }
}
