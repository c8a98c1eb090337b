import Core
import Testing

import TUI

/// The text of the Tokens workspace: writing, encoding what changed, rows.
@Suite struct TokensTextTests {
  private static let snippets = [
    "a", " ", "the ", "\n", "é", "e\u{301}", "🎵", "用一", "\t\t", "<|end|>", "12", "\u{200D}", "👩",
  ]

  /// What joins with its neighbours to one character.
  private static let clusters = [
    "🇩🇪", "🇩", "\u{1F3FD}", "\u{FE0F}", "ᄀ", "ᅡ", "각", "क", "\u{94D}", "ष", "\u{600}", "\r", "\r\n", "か", "\u{3099}",
  ]

  @Test(arguments: 0..<8) func editsAreThoseOfAString(seed: Int) {
    var random = SeededGenerator(UInt64(seed) + 5)
    var document = TokensDocument("the text 用")
    var bytes = Array("the text 用".utf8)
    var versions: [[UInt8]] = [bytes]
    for _ in 0..<200 {
      let text = Self.snippets.randomElement(using: &random) ?? "a"
      document.move(to: Int.random(in: 0...bytes.count, using: &random))
      let at = document.caret
      if Bool.random(using: &random) {
        document.insert(text)
        bytes.insert(contentsOf: text.utf8, at: at)
      } else {
        let before = document.offset(before: at)
        guard before < at else { continue }
        document.delete(to: before)
        bytes.removeSubrange(before..<at)
      }
      versions.append(bytes)
      #expect(document.bytes == bytes)
      #expect(String(validating: document.bytes, as: UTF8.self) != nil)
    }
    for version in versions.dropLast().reversed() {
      document.undo()
      #expect(document.bytes == version)
    }
    for version in versions.dropFirst() {
      document.redo()
      #expect(document.bytes == version)
    }
  }

  @Test func theCaretMovesByCharacters() {
    var document = TokensDocument("a👩‍👩‍👧e\u{301}用")
    var places: [Int] = [document.caret]
    while document.caret > 0 {
      document.move(to: document.offset(before: document.caret))
      places.append(document.caret)
    }
    #expect(places.count == 5)
    for place in places.reversed().dropFirst() {
      document.move(to: document.offset(after: document.caret))
      #expect(document.caret == place)
    }
  }

  @Test(arguments: 0..<12) func whatChangedIsEncodedAsTheWhole(seed: Int) throws {
    let tokenizer = try TokensSamples.tokenizer()
    let worker = TokensWorker()
    var random = SeededGenerator(UInt64(seed) + 31)
    var text = Array(TokensSamples.text.utf8)
    for _ in 0..<150 {
      var at = Int.random(in: 0...text.count, using: &random)
      while at > 0, at < text.count, text[at] & 0xC0 == 0x80 { at -= 1 }
      var end = min(text.count, at + Int.random(in: 0...6, using: &random))
      while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
      let new = (Self.snippets + Self.clusters).randomElement(using: &random) ?? ""
      text.replaceSubrange(at..<end, with: new.utf8)
      let result = worker.encode(text, cut: false, with: tokenizer)
      let whole = try tokenizer.encodeWithOffsets(String(decoding: text, as: UTF8.self))
      #expect(Array(result.ids) == whole.ids)
      #expect(Array(result.offsets) == whole.offsets)
      #expect(result.characters == String(decoding: text, as: UTF8.self).count)
    }
  }

  @Test(arguments: [true, false], [12, 23, 40, 76, 140]) func rowsTileTheText(hasIDs: Bool, width: Int) throws {
    let tokenizer = try TokensSamples.tokenizer()
    let text = TokensWorker().encode(Array((TokensSamples.text + TokensSamples.text).utf8), cut: false, with: tokenizer)
    let layout = TokensLayout(text, width: width, hex: false, spaces: true, hasIDs: hasIDs)
    let all = layout.rows(from: TokensPlace(), count: .max)
    #expect(all.next == nil)
    var at = 0
    var seen: Set<Int> = []
    for row in all.rows {
      var x = 0
      for placed in row.pieces {
        #expect(placed.piece.range.lowerBound == at)
        at = placed.piece.range.upperBound
        #expect(placed.x >= x)
        x = placed.x + placed.piece.cells
        #expect(placed.piece.cells == TextWidth.of(placed.piece.label))
        if placed.piece.isFirst { #expect(seen.insert(placed.piece.token).inserted) }
      }
      // The sign of a line's end may hang over the edge.
      #expect(x <= width + 1)
    }
    #expect(at == text.bytes.count)
    #expect(seen.count == text.count)
    // From any row on, and back from it, the same rows.
    for i in stride(from: 1, to: all.rows.count - 1, by: 3) {
      let later = layout.rows(from: all.rows[i].place, count: 4).rows.map(\.place)
      #expect(later == all.rows[i..<min(i + 4, all.rows.count)].map(\.place))
      let before = layout.rows(before: all.rows[i].place, count: 3).map(\.place)
      #expect(before == all.rows[max(0, i - 3)..<i].map(\.place))
      #expect(layout.rowStart(of: all.rows[i].place) == all.rows[i].place)
    }
  }

  @Test func anEnormousLineIsLaidOutFromAnywhere() throws {
    let tokenizer = try TokensSamples.tokenizer()
    let text = TokensWorker().encode(
      Array(String(repeating: "the other fox 用 ", count: 20_000).utf8), cut: false, with: tokenizer)
    let layout = TokensLayout(text, width: 60, hex: false, spaces: true, hasIDs: false)
    let place = TokensPlace(text.offsets[text.count / 2].lowerBound, text.count / 2)
    let rows = layout.rows(from: place, count: 5).rows
    #expect(rows.count == 5)
    #expect(rows.first?.place == place)
    let before = layout.rows(before: place, count: 5)
    #expect(before.count == 5)
    #expect(before.last?.end == place.offset)
  }

  @Test func partsOfACharacterAreHexadecimal() throws {
    let (state, _) = try TokensSamples.workspace(Size(100, 30), text: "🎵 x")
    var shown = state
    let frame = HeadlessScreen.text(Frame.render(&shown, theme: .midnight, transcript: Transcript()).buffer)
    #expect(frame.contains("‹F0›"))
    #expect(!frame.contains("\u{FFFD}"))
  }

  @Test(arguments: [10, 25, 60]) func comparedBytesStandInTheSameColumns(width: Int) throws {
    let text = Array(TokensSamples.text.utf8)
    let tokenizers = [
      try TokensSamples.tokenizer(), try TokensSamples.tokenizer(300), try TokensSamples.tokenizer(257),
    ]
    let first = TokensWorker().encode(text, cut: false, with: tokenizers[0])
    let comparison = CompareService.compare(first, tokenizers)
    let layout = CompareLayout(bytes: text, comparison: comparison, width: width, spaces: true)
    let all = layout.blocks(from: 0, count: .max)
    #expect(all.next == nil)
    var at = 0
    for block in all.blocks {
      #expect(block.range.lowerBound == at)
      var x = 0
      for atom in block.atoms {
        #expect(atom.range.lowerBound == at)
        at = atom.range.upperBound
        #expect(atom.x == x)
        x += atom.cells + 1
        // No tokenizer cuts inside.
        for row in comparison.rows {
          #expect(!row.borders.contains { $0 > atom.range.lowerBound && $0 < atom.range.upperBound })
        }
      }
      #expect(block.range.upperBound == at)
    }
    #expect(at == text.count)
    for (i, block) in all.blocks.enumerated().dropFirst() {
      #expect(layout.start(before: block.range.lowerBound) == all.blocks[i - 1].range.lowerBound)
    }
  }
}
