import Core
import Testing

import TUI

@Suite struct ScreenTextWidthTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("用一句", 6), ("한국어", 6), ("かな", 4), ("e\u{301}", 1), ("é", 1), ("👍", 2), ("👍🏽", 3),
    ("👩‍👩‍👧‍👦", 3), ("❤️", 1), ("🇫🇷", 2), ("🇫🇷🇩🇪", 4), ("1️⃣", 1), ("ไทย", 3), ("กี่", 1), ("⣿", 1), ("▏", 1),
    ("\u{301}", 1), ("a\u{200B}b", 2), ("\u{FEFF}x", 1), ("ｆｕｌｌ", 8), ("ﾊﾝ", 2), ("\u{1160}", 1), ("각", 2),
    ("\u{1B}", 1), ("\t", 1), ("x\u{AD}y", 3), ("Z\u{335}\u{321}\u{327}\u{322}\u{323}\u{324}algo", 5), ("क्षि", 3),
    ("🏳️‍🌈", 2), ("👨🏿‍🚀", 3), ("…", 1), ("\u{E000}", 1),
  ])
  func cells(_ text: String, _ width: Int) {
    #expect(TextWidth.of(text) == width)
    var buffer = CellBuffer(width: 12, height: 1)
    #expect(buffer.put(text, at: Point(0, 0), style: Style()) == width)
    // A text is as wide as its characters together: carets count on it.
    #expect(text.reduce(0) { $0 + TextWidth.of($1) } == width)
  }

  @Test func marksAreKeptUpToFour() {
    var buffer = CellBuffer(width: 3, height: 1)
    buffer.put("a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}b", at: Point(0, 0), style: Style())
    #expect(Array((buffer[0, 0]?.text ?? "").unicodeScalars).count == 5)
    #expect(buffer[1, 0]?.text == "b")
  }

  @Test func cuttingAndPadding() {
    #expect(TextWidth.truncate("用一句话", to: 5) == "用一…")
    #expect(TextWidth.truncate("用一句话", to: 4) == "用…")
    #expect(TextWidth.truncate("short", to: 5) == "short")
    #expect(TextWidth.truncate("short", to: 0) == "")
    #expect(TextWidth.truncateMiddle("/home/someone/models/file.gguf", to: 14) == "/hom…file.gguf")
    #expect(TextWidth.pad("用", to: 4, .right) == "  用")
    #expect(TextWidth.pad("abc", to: 6, .center) == " abc  ")
    #expect(TextWidth.prefix("a用b", width: 2).text == "a")
    #expect(TextWidth.suffix("a用b", width: 3).text == "用b")
  }
}

@Suite struct ScreenSafeTextTests {
  @Test func shownAsSymbols() {
    #expect(SafeText.clean("a\u{1B}[31mb\u{7F}\u{9B}0m\u{202E}x") == "a␛[31mb␡‹9B›0m‹202E›x")
    #expect(SafeText.clean("a\tb\n\tc", tabWidth: 4) == "a   b\n    c")
    #expect(SafeText.clean("用\tb", tabWidth: 4) == "用  b")
    #expect(SafeText.clean("one\r\ntwo\rthree") == "one\ntwo␍three")
    #expect(SafeText.clean("one\ntwo", keepingNewlines: false) == "one␊two")
    #expect(SafeText.clean(bytes: [0x61, 0xFF, 0xE4, 0xB8, 0x62, 0xE7, 0x94, 0xA8]) == "a‹FF›‹E4›‹B8›b用")
    #expect(SafeText.clean("nothing to do 用") == "nothing to do 用")
  }

  @Test func randomBytesNeverSteerATerminal() {
    var random = SplitMix(seed: 7)
    for _ in 0..<400 {
      let bytes = (0..<Int(random.next() % 60)).map { _ in
        random.next() % 3 == 0
          ? [0x1B, 0x9B, 0xC2, 0xE2, 0x80, 0xAE, 0x07, 0x0D][Int(random.next() % 8)]
          : UInt8(truncatingIfNeeded: random.next())
      }
      let text = SafeText.clean(bytes: bytes)
      for scalar in text.unicodeScalars where scalar != "\n" {
        #expect(scalar.value >= 0x20 && !(0x7F...0x9F ~= scalar.value))
        #expect(!(0x202A...0x202E ~= scalar.value) && !(0x2066...0x2069 ~= scalar.value))
      }
      // And not even without being cleaned first.
      var buffer = CellBuffer(width: 20, height: 1)
      buffer.put(String(decoding: bytes, as: UTF8.self), at: Point(-3, 0), style: Style())
      for scalar in HeadlessScreen.text(buffer).unicodeScalars where scalar != "\n" {
        #expect(scalar.value >= 0x20 && !(0x7F...0x9F ~= scalar.value) && !(0x202A...0x202E ~= scalar.value))
      }
    }
  }
}

@Suite struct ScreenTextLayoutTests {
  @Test func words() {
    #expect(
      TextLayout.lines("The capital of France is Paris.", width: 12) == ["The capital", "of France is", "Paris."])
    #expect(TextLayout.lines("a\n\nb\n", width: 9) == ["a", "", "b", ""])
    #expect(TextLayout.lines("", width: 9) == [""])
    #expect(TextLayout.lines("abcdefghij", width: 4) == ["abcd", "efgh", "ij"])
    #expect(TextLayout.lines("用一句话回答", width: 5) == ["用一", "句话", "回答"])
    #expect(TextLayout.lines("ab 用一句", width: 6) == ["ab 用", "一句"])
    #expect(TextLayout.lines("    def f():", width: 8) == ["    def", "f():"])
    #expect(TextLayout.lines("one two three", width: 7, hang: 2) == ["one two", "three"])
    #expect(TextLayout.lines("a  b", width: 1) == ["a", "b"])
  }

  @Test func linesAreNeverWiderThanAsked() {
    var random = SplitMix(seed: 3)
    let pieces = ["a", "word", " ", "  ", "用", "한국", "👍🏽", "e\u{301}", "\n", "🇫🇷", "longerword", "-", "।", "\u{301}"]
    for _ in 0..<600 {
      let text = (0..<Int(random.next() % 40)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
      // The widest character: an emoji with the mark of a sequence.
      let width = 3 + Int(random.next() % 20)
      let hang = Int(random.next() % 3)
      let lines = TextLayout.wrap(text, width: width, hang: min(hang, width - 2))
      for line in lines {
        #expect(TextWidth.of(text[line.range]) == line.width)
        #expect(line.width <= width)
      }
      // Nothing but spaces and line ends is left out.
      let kept = lines.map { text[$0.range] }.joined().filter { $0 != " " }
      #expect(kept == text.filter { $0 != " " && !$0.isNewline })
    }
  }
}

/// A small random generator, so that failures can be repeated.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
