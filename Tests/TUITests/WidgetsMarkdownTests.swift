import Testing
import TUI

@Suite struct WidgetsMarkdownTests {
  private let theme = Theme.midnight

  private func text(_ markdown: String, width: Int = 40, isStreaming: Bool = false) -> [String] {
    Markdown.rows(markdown, width: width, theme: theme, isStreaming: isStreaming).map { row in
      var line = row.spans.map(\.text).joined()
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private func styles(_ markdown: String, isStreaming: Bool = false) -> [Span] {
    Markdown.rows(markdown, width: 200, theme: theme, isStreaming: isStreaming).flatMap(\.spans)
  }

  @Test func blocks() {
    #expect(
      text(
        "# Title\nText that is **long** enough to be wrapped here.\n\n- one\n- two\n  - three\n1. four\n\n> said\n\n---"
      )
        == [
          "Title", "", "Text that is long enough to be wrapped", "here.", "", "• one", "• two", "  • three", "1. four",
          "",
          "▏ said", "", String(repeating: "─", count: 40),
        ])
    #expect(text("Title\n=====\nSo:\n- [x] a\n- [ ] b") == ["Title", "", "So:", "☑ a", "☐ b"])
    #expect(text("a\nb\n\n\n\nc") == ["a", "b", "", "c"])
    #expect(text("") == [""])
    #expect(!text("- x\n\n      # y").isEmpty)
    #expect(text("#no heading\n1.no item\n-no item") == ["#no heading", "1.no item", "-no item"])
  }

  @Test func codeKeepsEveryCharacter() {
    #expect(
      text("```swift\nlet a = [\"x\"] // ok\n\n  b\n```\nafter") == [
        "  let a = [\"x\"] // ok", "", "    b", "", "after",
      ])
    #expect(text("```\n**not bold**") == ["  **not bold**"])
    #expect(
      text("1. x\n   ```py\n   def f():\n       pass\n   ```\n2. y") == [
        "1. x", "     def f():", "         pass", "2. y",
      ])
    #expect(text("```\n" + String(repeating: "x", count: 50) + "\n```", width: 20).map(\.count) == [20, 20, 16])
    let spans = styles("```python\ndef merge(x):  # why\n    return 'a' + 2\n```")
    #expect(spans.contains(Span("def", theme.codeKeyword)) && spans.contains(Span("merge", theme.codeFunction)))
    #expect(spans.contains(Span("# why", theme.codeComment)) && spans.contains(Span("'a'", theme.codeString)))
    #expect(spans.contains(Span("2", theme.codeNumber)))
    let block = styles("```c\n/* one\ntwo */ int x;\n```")
    #expect(block.contains(Span("two */", theme.codeComment)) && block.contains(Span("int", theme.codeKeyword)))
    #expect(Markdown.codeBlocks("a\n```js\nx\ty\n\n```\n~~~\nz").map(\.code) == ["x\ty\n", "z"])
  }

  @Test func inline() {
    #expect(styles("a **b** c") == [Span("a ", theme.text), Span("b", theme.strong), Span(" c", theme.text)])
    #expect(
      styles("*i* _j_") == [
        Span("i", theme.text.adding(.italic)), Span(" ", theme.text), Span("j", theme.text.adding(.italic)),
      ])
    #expect(styles("snake_case_name 2 * 3 * 4") == [Span("snake_case_name 2 * 3 * 4", theme.text)])
    #expect(styles("`` a`b `` \\*x\\*") == [Span("a`b", theme.codeFunction), Span(" *x*", theme.text)])
    #expect(styles("[t](http://u)") == [Span("t", theme.link), Span(" (http://u)", theme.faint)])
    #expect(
      styles("see https://x.y/z_a.") == [
        Span("see ", theme.text), Span("https://x.y/z_a", theme.link), Span(".", theme.text),
      ])
    #expect(styles("**open") == [Span("**open", theme.text)])
    #expect(styles("**open", isStreaming: true) == [Span("open", theme.strong)])
    #expect(styles("a `open", isStreaming: true).last == Span("open", theme.codeFunction))
  }

  @Test func tables() {
    #expect(
      text("| a | bb |\n|---|--:|\n| x `|` y | 1 |\n| z |") == ["a     │ bb", "──────┼───", "x | y │  1", "z     │"])
    let narrow = text("|one|two|\n|-|-|\n|some words that wrap|short|", width: 16)
    #expect(narrow.allSatisfy { TextWidth.of($0) <= 16 })
    #expect(narrow.count > 3)
    #expect(text("a | b\nno table") == ["a | b", "no table"])
  }

  /// Letter by letter or at once: the same rows.
  @Test func streamingEndsAsTheWhole() {
    let source =
      "# Head\nSome **bold** text\nover lines\n\n- a\n- b\n\n  more of b\n\n```py\nx = 1\n\ny = 2\n```\n\nText\n\n> q\n> - r\n\n"
      + "1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nTitle\n---\nlast `code` 用一句\tx\n- e\n\u{1B}[31m\n\n---\n\nend"
    var stream = MarkdownStream()
    var rows: [StyledLine] = []
    for end in source.indices {
      let part = String(source[...end])
      rows = stream.rows(part, width: 30, theme: theme, isStreaming: false)
      #expect(rows == Markdown.rows(part, width: 30, theme: theme))
      for row in rows { #expect(row.width <= 30) }
    }
    #expect(stream.rows("other", width: 30, theme: theme) == Markdown.rows("other", width: 30, theme: theme))
  }

  @Test func anythingIsLaidOut() {
    var random = SplitMix(seed: 41)
    let pieces = [
      "*", "**", "_", "`", "```", "\n", "\n\n", "    ", "- ", "1. ", "> ", "|", "|-|-|", "a", "word ", "用", "[", "](",
      ")", "#",
      "# ", "~~", "\\", "http://", "<", "---", "\u{1B}", "\t", "👍🏽",
    ]
    for _ in 0..<200 {
      let source = (0..<Int(random.next() % 60)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
      let width = 6 + Int(random.next() % 40)
      for row in Markdown.rows(source, width: width, theme: theme, isStreaming: true) {
        #expect(row.width <= max(width, 2 * 64 + 3 * 64))
        #expect(!row.spans.contains { $0.text.contains("\u{1B}") || $0.text.contains("\n") })
      }
    }
    // Costs stay linear: these would take minutes otherwise.
    for mark in ["*a ", "`a ``b ", "[", "> ", "_a", "**a", "~~~~ "] {
      #expect(!Markdown.rows(String(repeating: mark, count: 4000), width: 80, theme: theme).isEmpty)
    }
  }
}
