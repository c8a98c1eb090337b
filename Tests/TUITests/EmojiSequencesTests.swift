@testable import TUI
import Testing

/// Emoji of several scalars: whole where the terminal draws them so, else the first and a mark.
@Suite(.serialized) struct EmojiSequencesTests {
  @Test(arguments: ["👩‍👧", "👍🏽", "👨🏿‍🚀", "❤️‍🔥", "🏴‍☠️", "👩‍👩‍👧‍👦", "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}"])
  func aSequenceIsNotTakenForItsFirst(text: String) {
    var glyphs = GlyphScanner((text + "x").unicodeScalars.makeIterator())
    let base = glyphs.next()
    #expect(base?.scalar == text.unicodeScalars.first?.value && base?.mark1 == 0)
    #expect(glyphs.next() == Glyph(scalar: 0x207A, width: 1))
    #expect(glyphs.next() == Glyph(scalar: 0x78, width: 1))
    #expect(glyphs.next() == nil)
  }

  @Test(arguments: ["👩", "🇫🇷", "1️⃣", "❤️", "e\u{301}", "用", "👩x\u{200D}y"])
  func whatIsWholeHasNoMark(text: String) {
    var glyphs = GlyphScanner(text.unicodeScalars.makeIterator())
    while let glyph = glyphs.next() { #expect(glyph.scalar != 0x207A) }
  }

  @Test func terminalsThatDrawThemWhole() {
    func drawn(_ environment: [String: String]) -> Bool { EmojiSequences.areDrawn(environment: environment) }
    #expect(drawn(["TERM": "xterm-kitty"]) && drawn(["TERM": "foot"]))
    #expect(drawn(["TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"]))
    #expect(!drawn(["TERM": "xterm-256color"]))
    #expect(!drawn(["TERM": "tmux-256color", "TERM_PROGRAM": "WezTerm"]))
    #expect(!drawn(["TERM": "xterm-kitty", "TMUX": "/tmp/tmux"]))
  }

  /// What a cell can hold goes into it; the width is that of the first.
  @Test func aCellHoldsASequence() {
    var rest = EmojiSequences.Rest()
    for value: UInt32 in [0x200D, 0x1F467] { rest.append(value) }
    var glyph = Glyph(scalar: 0x1F469, width: 2)
    rest.add(to: &glyph)
    #expect(rest.isWhole && glyph.mark1 == 0x200D && glyph.mark2 == 0x1F467 && glyph.mark3 == 0 && glyph.width == 2)
    for value: UInt32 in [0x200D, 0x1F467, 0x200D] { rest.append(value) }
    #expect(!rest.isWhole)
  }
}
