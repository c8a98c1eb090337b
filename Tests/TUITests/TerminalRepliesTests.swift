import Foundation
import TUI
import TestSupport
import Testing

/// What comes from a terminal without anyone having typed it, and what stays away.
@Suite struct TerminalRepliesTests {
  private static let replies: [String] = [
    "\u{1B}]11;rgb:1111/2222/3333\u{1B}\\", "\u{1B}]11;rgb:1111/2222/3333\u{7}", "\u{1B}P>|WezTerm 2024\u{1B}\\",
    "\u{1B}]4;7;rgb:ff/ff/ff\u{7}", "\u{1B}]52;c;aGk=\u{1B}\\", "\u{1B}]lmy title\u{1B}\\", "\u{1B}P1$r0m\u{1B}\\",
    "\u{1B}P!|00000000\u{1B}\\", "\u{1B}_Gi=31;OK\u{1B}\\", "\u{1B}^private\u{1B}\\", "\u{1B}Xstart\u{1B}\\",
    "\u{9D}11;rgb:1/2/3\u{9C}", "\u{9F}Gi=1;OK\u{9C}", "\u{1B}[?62;1;4c", "\u{1B}[?2026;2$y", "\u{9B}?62c",
    "\u{1B}[" + String(repeating: "1;", count: 400) + "R",
  ]

  private func events(_ decoder: inout InputDecoder, _ bytes: some Collection<UInt8>) -> [Event] {
    var result: [Event] = []
    decoder.feed(bytes, into: &result)
    return result
  }

  @Test(arguments: replies) func answersAreNoKeys(reply: String) {
    var decoder = InputDecoder()
    #expect(events(&decoder, Array((reply + "k").utf8)) == [.key(Key("k"))])
    #expect(decoder.patience == nil)
  }

  /// In two pieces with a pause between them, wherever they are cut; a lone ESC before the pause is the Escape key.
  @Test(arguments: replies) func answersInPiecesAreNoKeys(reply: String) {
    let bytes = Array(reply.utf8)
    for cut in 1..<min(bytes.count, 80) {
      var decoder = InputDecoder()
      var result = events(&decoder, bytes[..<cut])
      result += events(&decoder, bytes[cut...])
      result += events(&decoder, Array("k".utf8))
      #expect(result == [.key(Key("k"))], "cut at \(cut)")
    }
    // Words begin like these.
    guard bytes[0] == 0x1B, !"^X".utf8.contains(bytes[1]) else { return }
    var decoder = InputDecoder()
    var result = events(&decoder, [0x1B])
    decoder.flush(into: &result)
    result += events(&decoder, bytes[1...])
    result += events(&decoder, Array("k".utf8))
    #expect(result == [.key(Key(.escape)), .key(Key("k"))])
  }

  @Test func answersOfTheFixtures() throws {
    for name in ["osc11-reply.bin", "osc11-reply-bel.bin", "dcs-version-reply.bin"] {
      guard let path = Fixtures.path("faults/" + name) else { return }
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      var decoder = InputDecoder()
      #expect(events(&decoder, Array(bytes)) == [], "\(name)")
      #expect(decoder.patience == nil)
    }
  }

  @Test func anAnswerWithoutEndIsGivenUp() {
    var decoder = InputDecoder()
    var result = events(&decoder, Array("\u{1B}]11;rgb:1111/22".utf8))
    #expect(decoder.patience == 1000)
    decoder.flush(into: &result)
    #expect(decoder.patience == nil)
    result += events(&decoder, Array("k".utf8))
    #expect(result == [.key(Key("k"))])
    // A control key is none of it.
    #expect(events(&decoder, Array("\u{1B}P>|Wez\u{11}x".utf8)) == [.key(Key("q", .control)), .key(Key("x"))])
  }

  /// ESC and a letter of these is Alt and the letter, where nothing like an answer follows.
  @Test func keysWithAltStay() {
    for letter in ["]", "P", "_", "^", "X"] {
      var decoder = InputDecoder()
      var result = events(&decoder, Array("\u{1B}\(letter)".utf8))
      #expect(decoder.patience == 120)
      decoder.flush(into: &result)
      #expect(result == [.key(Key(Character(letter), .alt))])
    }
    var decoder = InputDecoder()
    #expect(events(&decoder, Array("\u{1B}]x".utf8)) == [.key(Key("]", .alt)), .key(Key("x"))])
  }

  @Test func pasteWithoutEnd() throws {
    var bytes = Array("\u{1B}[200~no end here".utf8)
    if let path = Fixtures.path("faults/paste-unterminated.bin") {
      bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    var decoder = InputDecoder()
    var result = events(&decoder, bytes)
    #expect(result == [] && decoder.patience == 1000)
    decoder.flush(into: &result)
    #expect(result == [.paste("no end here")])
    #expect(events(&decoder, [0x11]) == [.key(Key("q", .control))])
    // The rest that comes late, with the end, is pasted and not typed; then keys are keys.
    #expect(events(&decoder, Array("and\rmore\u{1B}[201~k".utf8)) == [.paste("and\nmore"), .key(Key("k"))])
    #expect(events(&decoder, Array("\u{1B}[201~k".utf8)) == [.key(Key("k"))])
  }

  @Test func aCharacterWhoseBytesComeApart() {
    for text in ["用", "é", "👍"] {
      var decoder = InputDecoder()
      var result: [Event] = []
      for byte in text.utf8 {
        decoder.feed([byte], into: &result)
        // No pause makes anything else of it.
        #expect(decoder.patience == nil)
        decoder.flush(into: &result)
      }
      #expect(result == [.key(Key(Character(text)))])
    }
    // A byte that never gets its others is told as such once something else comes.
    var decoder = InputDecoder()
    #expect(events(&decoder, [0xE7]) == [])
    #expect(events(&decoder, Array("k".utf8)) == [.key(Key("\u{FFFD}")), .key(Key("k"))])
  }

  @Test func copiedTextIsInert() {
    #expect(SafeText.copyable("a\u{1B}]0;x\u{7}b\tc\r\nd\re\n\u{9B}2J\u{202E}f\u{7F}\u{0}") == "a]0;xb\tc\nd\ne\n2Jf")
    let code = "\tif x {\n\t\treturn 用 👩‍👧 \u{200F}ע\n\t}\n"
    #expect(SafeText.copyable(code) == code)
  }
}
