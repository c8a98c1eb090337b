import Testing
import TUI

@Suite struct ScreenCellBufferTests {
  @Test func boxWithTitles() {
    var buffer = CellBuffer(width: 24, height: 3)
    buffer.box(buffer.bounds, style: Style(), title: "Chat", rightTitle: "7")
    buffer.put("用a\u{1B}👩‍👩‍👧‍👦e\u{301}🇫🇷", at: Point(2, 1), style: Style())
    #expect(
      HeadlessScreen.text(buffer) == """
        ╭─ Chat ─────────── 7 ─╮
        │ 用a␛👩e\u{301}🇫🇷            │
        ╰──────────────────────╯

        """)
  }

  @Test func builtInThemesLoad() throws {
    for name in ["midnight", "paper", "terminal"] {
      let theme = try ThemeLoader.load(name)
      #expect(theme.name == name)
    }
  }
}
