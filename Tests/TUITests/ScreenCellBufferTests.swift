import Testing

@testable import TUI

@Suite struct ScreenCellBufferTests {
  @Test func boxWithTitles() {
    var buffer = CellBuffer(width: 24, height: 3)
    buffer.box(buffer.bounds, style: Style(), title: "Chat", rightTitle: "7")
    buffer.put("用a\u{1B}👩‍👩‍👧‍👦e\u{301}🇫🇷", at: Point(2, 1), style: Style())
    #expect(
      HeadlessScreen.text(buffer) == """
        ╭─ Chat ─────────── 7 ─╮
        │ 用a␛👩⁺e\u{301}🇫🇷           │
        ╰──────────────────────╯

        """)
    #expect(
      HeadlessScreen.text(buffer, ascii: true) == """
        +- Chat ----------- 7 -+
        | ??a^??+e??           |
        +----------------------+

        """)
  }

  @Test func titlesGiveWay() {
    var buffer = CellBuffer(width: 14, height: 2)
    buffer.box(buffer.bounds, style: Style(), title: "A long title", rightTitle: "right")
    #expect(buffer.text(row: 0) == "╭─ A long … ─╮")
    buffer.box(Rect(x: 0, y: 0, width: 3, height: 2), style: Style(), title: "x")
    #expect(buffer.text(row: 0).hasPrefix("╭─╮"))
  }

  @Test func wideCharactersAreNeverHalf() {
    var buffer = CellBuffer(width: 4, height: 1)
    buffer.put("用句", at: Point(0, 0), style: Style())
    buffer.put("x", at: Point(1, 0), style: Style())
    #expect(buffer.text(row: 0) == " x句")
    buffer.put("y", at: Point(2, 0), style: Style())
    #expect(buffer.text(row: 0) == " xy ")
    buffer.put("用", at: Point(3, 0), style: Style())
    #expect(buffer.text(row: 0) == " xy ")
    buffer.put("用b", at: Point(-1, 0), style: Style())
    #expect(buffer.text(row: 0) == " by ")
    #expect(buffer.put("用用", at: Point(0, 0), style: Style(), maxWidth: 3) == 2)
  }

  @Test func clippingKeepsInside() {
    var buffer = CellBuffer(width: 6, height: 3)
    buffer.clipped(to: Rect(x: 1, y: 1, width: 3, height: 1)) { inner in
      inner.fill(inner.bounds, "#", style: Style())
      #expect(inner.put("用用用", at: Point(0, 1), style: Style()) == 6)
    }
    #expect(HeadlessScreen.text(buffer) == "\n  用\n\n")
    #expect(buffer.clip == buffer.bounds)
  }

  /// Whatever is drawn over whatever, every row stays as wide as the buffer, and halves stay together.
  @Test func rowsAlwaysSumToTheWidth() {
    var random = SplitMix(seed: 11)
    let pieces = ["a", "用", "한", "👍", "e\u{301}", "🇫🇷", "\u{301}", "─", "\u{1B}", " ", "longer 用 text"]
    func number(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    var buffer = CellBuffer(width: 13, height: 4)
    var other = CellBuffer(width: 5, height: 2)
    other.put("用a用", at: Point(0, 0), style: Style())
    other.put("a用b", at: Point(0, 1), style: Style())
    for _ in 0..<3000 {
      let point = Point(number(17) - 2, number(6) - 1)
      let rect = Rect(x: number(17) - 2, y: number(6) - 1, width: number(9), height: number(4))
      switch number(6) {
      case 0: buffer.fill(rect, Character(pieces[number(5)]), style: Style(.ansi(UInt8(number(16)))))
      case 1: buffer.draw(other, at: point)
      case 2: buffer.restyle(rect) { $0.adding(.bold) }
      case 3: buffer.put(pieces[number(pieces.count)], at: point, style: Style(), clip: rect)
      case 4: buffer.clipped(to: rect) { $0.draw(other, at: point) }
      default: buffer.put(pieces[number(pieces.count)], at: point, style: Style(), maxWidth: number(5))
      }
      for y in 0..<buffer.height {
        var width = 0
        for x in 0..<buffer.width {
          guard let cell = buffer[x, y] else { continue }
          if cell.isContinuation {
            #expect(buffer[x - 1, y]?.isWide == true)
            #expect(buffer[x - 1, y]?.style == cell.style)
          } else {
            #expect(TextWidth.of(cell.text) == (cell.isWide ? 2 : 1))
            width += TextWidth.of(cell.text)
          }
          if cell.isWide { #expect(buffer[x + 1, y]?.isContinuation == true) }
        }
        #expect(width == buffer.width)
      }
    }
  }

  @Test func ansiFramesAreTheSameBytes() {
    var buffer = CellBuffer(width: 4, height: 1, style: Style(.rgb(200, 206, 220), on: .rgb(15, 17, 23)))
    buffer.put("ok", at: Point(0, 0), style: Style(.ansi(9), on: .standard, [.bold, .underline]))
    let expected =
      "\u{1B}[0;1;4;91mok\u{1B}[0;38;2;200;206;220;48;2;15;17;23m  \u{1B}[0m\n"
    #expect(HeadlessScreen.ansi(buffer) == expected)
    #expect(HeadlessScreen.ansi(buffer) == HeadlessScreen.ansi(buffer))
    #expect(HeadlessScreen.ansi(buffer, depth: .mono) == "\u{1B}[0;1;4mok\u{1B}[0m  \u{1B}[0m\n")
    #expect(HeadlessScreen.ansi(buffer, depth: .ansi256).contains("38;5;"))
  }
}

@Suite struct ScreenColorDepthTests {
  @Test func nearestOf256IsTheNearest() {
    var random = SplitMix(seed: 5)
    for _ in 0..<4000 {
      let value = random.next()
      let (r, g, b) = (UInt8(value & 255), UInt8(value >> 8 & 255), UInt8(value >> 16 & 255))
      guard case .ansi(let found) = ColorDepth.ansi256.nearest(.rgb(r, g, b)) else {
        Issue.record("not an index")
        return
      }
      let wanted = PerceivedColor((Int(r), Int(g), Int(b)))
      func distance(_ index: UInt8) -> Double {
        wanted.difference(PerceivedColor(ColorDepth.components(ofIndex: index)))
      }
      let least = (16...255).map { distance(UInt8($0)) }.min()
      #expect(distance(found) == least)
    }
    // A dark blue is no grey.
    #expect(ColorDepth.ansi256.nearest(.rgb(0x3E, 0x48, 0x70)) == .ansi(60))
    #expect(ColorDepth.ansi16.nearest(.rgb(250, 5, 5)) == .ansi(9))
    #expect(ColorDepth.mono.nearest(.ansi(3)) == .standard)
    #expect(ColorDepth.truecolor.nearest(.rgb(1, 2, 3)) == .rgb(1, 2, 3))
  }

  @Test(arguments: [
    (["TERM": "xterm-256color"], ColorDepth.ansi256),
    (["TERM": "xterm-256color", "COLORTERM": "truecolor"], .truecolor),
    (["TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"], .mono),
    (["TERM": "xterm-256color", "NO_COLOR": ""], .ansi256), (["TERM": "linux"], .ansi16), (["TERM": "screen"], .ansi16),
    (["TERM": "vt100"], .mono), ([:], .mono), (["TERM": "xterm-direct"], .truecolor),
  ])
  func fromTheEnvironment(_ environment: [String: String], _ depth: ColorDepth) {
    #expect(ColorDepth.detect(environment: environment) == depth)
  }
}
