import Testing

@testable import TUI

/// The caret stands right after an emoji of several scalars, whatever of it is drawn.
@Suite struct EmojiCaretTests {
  static let sequences = [
    "👩‍👧", "👍🏽", "👨🏿‍🚀", "❤️‍🔥", "🏴‍☠️", "👩‍👩‍👧‍👦", "🇫🇷", "1️⃣", "e\u{301}", "用", "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
  ]

  @Test(arguments: sequences) func theCaretIsBehindWhatIsDrawn(_ text: String) {
    for isLine in [true, false] {
      var buffer = CellBuffer(width: 40, height: 1)
      var editor = TextEditor("ab" + text + "x")
      editor.setWidth(30)
      editor.move(to: editor.end)
      let area = Rect(x: 3, y: 0, width: 30, height: 1)
      func draw() -> Point {
        isLine
          ? TextEditorView.drawLine(editor, in: area, style: Style(), into: &buffer)
          : TextEditorView.draw(editor, in: area, style: Style(), into: &buffer)
      }
      let end = draw()
      #expect(buffer[end.x - 1, 0]?.text == "x" && buffer[end.x, 0]?.text == " ")
      // One to the left is before the x, two are before the whole sequence.
      _ = editor.handle(Key(.left))
      let beforeLast = draw()
      #expect(beforeLast.x == end.x - 1)
      _ = editor.handle(Key(.left))
      let beforeAll = draw()
      #expect(beforeAll.x == 5)
      #expect(end.x - 1 - 5 == TextWidth.of(text))
    }
  }

  #if canImport(Glibc)
    /// What is sent to a terminal: the whole sequence where it is known to draw it, else the first emoji and a mark.
    @Test(arguments: [(["TERM_PROGRAM=ghostty"], "👍🏽"), ([], "👍⁺")]) func whatTheTerminalGets(
      _ environment: [String], _ sent: String
    ) throws {
      guard let program = try ScreenProgram(environment: environment) else {
        print("skipped: no built program, or no pseudo-terminal")
        return
      }
      #expect(program.shows("glassbox"))
      program.type("👍🏽")
      #expect(program.shows(sent))
    }
  #endif
}
