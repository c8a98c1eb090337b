import Testing
import TUI

@Suite struct TerminalInputDecoderTests {
  private func events(_ bytes: String, terminfo: [[UInt8]: Key] = [:]) -> [Event] {
    events(Array(bytes.utf8), terminfo: terminfo)
  }

  private func events(_ bytes: [UInt8], terminfo: [[UInt8]: Key] = [:]) -> [Event] {
    var decoder = InputDecoder(terminfo: terminfo)
    var result: [Event] = []
    decoder.feed(bytes, into: &result)
    decoder.flush(into: &result)
    return result
  }

  @Test(arguments: [
    ("a", Key("a")), ("Z", Key("Z")), ("用", Key("用")), ("\r", Key(.enter)), ("\n", Key("j", .control)),
    ("\t", Key(.tab)), ("\u{7F}", Key(.backspace)), ("\u{10}", Key("p", .control)), ("\u{1A}", Key("z", .control)),
    ("\u{0}", Key(" ", .control)), ("\u{1B}", Key(.escape)), ("\u{1B}z", Key("z", .alt)), ("\u{1B}用", Key("用", .alt)),
    ("\u{1B}\r", Key(.enter, .alt)), ("\u{1B}[A", Key(.up)), ("\u{1B}OB", Key(.down)),
    ("\u{1B}[1;5C", Key(.right, .control)), ("\u{1B}[1;3D", Key(.left, .alt)), ("\u{1B}[H", Key(.home)),
    ("\u{1B}[4~", Key(.end)), ("\u{1B}[5~", Key(.pageUp)), ("\u{1B}[3;2~", Key(.delete, .shift)),
    ("\u{1B}OP", Key(.function(1))), ("\u{1B}[15~", Key(.function(5))), ("\u{1B}[24~", Key(.function(12))),
    ("\u{1B}[[C", Key(.function(3))), ("\u{1B}[Z", Key(.tab, .shift)), ("\u{1B}[13;2u", Key(.enter, .shift)),
    ("\u{1B}[27;2;13~", Key(.enter, .shift)), ("\u{1B}[27u", Key(.escape)), ("\u{1B}[112;5u", Key("p", .control)),
    ("\u{1B}[97;2u", Key("A")), ("\u{1B}[122;3u", Key("z", .alt)), ("\u{1B}[9;2u", Key(.tab, .shift)),
    ("\u{1B}[", Key("[", .alt)), ("\u{1B}O", Key("O", .alt)), ("\u{1B}[97;1:1u", Key("a")),
    ("\u{1B}[P", Key(.function(1))), ("\u{8}", Key("h", .control)),
  ])
  func keys(_ bytes: String, _ key: Key) {
    #expect(events(bytes) == [.key(key)])
  }

  @Test func twoEscapes() {
    #expect(events("\u{1B}\u{1B}") == [.key(Key(.escape)), .key(Key(.escape))])
    #expect(events("\u{1B}\u{1B}[A") == [.key(Key(.escape)), .key(Key(.up))])
  }

  @Test func terminfoFillsIn() {
    let keys: [[UInt8]: Key] = [Array("\u{1B}[[X".utf8): Key(.home), Array("\u{1B}Ox".utf8): Key(.end)]
    #expect(events("\u{1B}[[X", terminfo: keys).contains(.key(Key(.home))))
    #expect(events("\u{1B}[A", terminfo: keys) == [.key(Key(.up))])
  }

  @Test func mouse() {
    #expect(events("\u{1B}[<0;10;5M") == [.mouse(MouseEvent(.press, .left, at: Point(9, 4)))])
    #expect(events("\u{1B}[<2;300;1m") == [.mouse(MouseEvent(.release, .right, at: Point(299, 0)))])
    #expect(events("\u{1B}[<32;3;3M") == [.mouse(MouseEvent(.drag, .left, at: Point(2, 2)))])
    #expect(events("\u{1B}[<65;3;3M") == [.mouse(MouseEvent(.wheelDown, at: Point(2, 2)))])
    #expect(events("\u{1B}[<16;1;1M") == [.mouse(MouseEvent(.press, .left, at: Point(0, 0), .control))])
    #expect(events([0x1B, 0x5B, 0x4D, 0x20, 0x21, 0x22]) == [.mouse(MouseEvent(.press, .left, at: Point(0, 1)))])
    #expect(events("\u{1B}[<0;0;5M").isEmpty)
    #expect(events("\u{1B}[I\u{1B}[O") == [.focus(true), .focus(false)])
  }

  @Test func paste() {
    let text = "\u{1B}[200~two\rlines \u{1B}[A 用\r\n\u{1B}[201~x"
    #expect(events(text) == [.paste("two\nlines \u{1B}[A 用\n"), .key(Key("x"))])
    #expect(events("\u{1B}[200~\u{1B}[201~") == [.paste("")])
  }

  /// The same bytes in any portions are the same events.
  @Test func portionsDoNotMatter() {
    let bytes = Array("a用\u{1B}[1;5C\u{1B}[200~p\r\u{1B}[20用\u{1B}[201~\u{1B}[<0;10;5M\u{1B}zé\u{1B}OA👍q".utf8)
    let whole = events(bytes)
    #expect(whole.count == 10)
    for cut in 1..<bytes.count {
      var decoder = InputDecoder()
      var result: [Event] = []
      decoder.feed(bytes[..<cut], into: &result)
      decoder.feed(bytes[cut...], into: &result)
      decoder.flush(into: &result)
      #expect(result == whole, "cut at \(cut)")
    }
    var decoder = InputDecoder()
    var result: [Event] = []
    for byte in bytes { decoder.feed([byte], into: &result) }
    #expect(result == whole)
    #expect(decoder.patience == nil)
  }

  @Test func anythingIsSurvived() {
    var random = SplitMix(seed: 23)
    for _ in 0..<2000 {
      let bytes = (0..<Int(random.next() % 40)).map { _ in
        random.next() % 2 == 0
          ? UInt8(truncatingIfNeeded: random.next())
          : Array("\u{1B}[<;0129~MOu".utf8)[Int(random.next() % 12)]
      }
      var decoder = InputDecoder()
      var result: [Event] = []
      decoder.feed(bytes, into: &result)
      decoder.flush(into: &result)
      decoder.feed(Array("\u{1B}[201~k".utf8), into: &result)
      decoder.flush(into: &result)
      #expect(decoder.patience == nil)
      #expect(!result.isEmpty)
    }
    var decoder = InputDecoder()
    var result: [Event] = []
    decoder.feed([0x1B, 0x5B] + [UInt8](repeating: 0x31, count: 100_000), into: &result)
    decoder.flush(into: &result)
    #expect(decoder.patience == nil)
  }

  @Test func names() {
    #expect(Key("p", .control).description == "Ctrl-P")
    #expect(Key(.tab, .shift).description == "Shift-Tab")
    for text in ["Ctrl-P", "Alt-Enter", "Shift-Tab", "F1", "?", "Esc", "PgUp", "Alt-z", "Space", "Ctrl-Alt-Del", "-"] {
      #expect(Key(text)?.description == text)
    }
    #expect(Key("^P") == Key("p", .control))
    #expect(Key("C-M-x") == Key("x", [.control, .alt]))
    #expect(Key("M-Return") == Key(.enter, .alt))
    #expect(Key("nonsense") == nil)
  }
}
