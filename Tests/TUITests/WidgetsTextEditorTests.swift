import Testing

import TUI

@Suite struct WidgetsTextEditorTests {
  private func editor(_ text: String = "", width: Int = 20) -> TextEditor {
    var editor = TextEditor()
    editor.setWidth(width)
    editor.insert(text)
    return editor
  }

  private func type(_ text: String, into editor: inout TextEditor) {
    for c in text { _ = editor.handle(.init(.character(c))) }
  }

  /// What the incremental wrap must equal.
  private func expectFreshWrap(_ editor: TextEditor, _ comment: String = "") {
    for line in editor.lines {
      #expect(line.rows == EditorLine(line.characters, width: editor.width).rows, "\(comment)")
    }
  }

  @Test func typesAndDeletesGraphemes() {
    var e = editor()
    type("e", into: &e)
    e.insert("\u{301}", typed: true)
    e.insert("👩‍👩‍👧", typed: true)
    #expect(e.caret == .init(0, 2))
    e.backspace()
    #expect(e.text == "e\u{301}")
    e.backspace()
    #expect(e.isEmpty)
  }

  @Test func aFlagTypedInHalvesIsOneCharacter() {
    var e = editor()
    e.insert("🇫", typed: true)
    e.insert("🇷", typed: true)
    #expect(e.caret.column == 1)
    #expect(e.text == "🇫🇷")
  }

  @Test func everyKindOfLineEndIsOne() {
    let e = editor("a\r\nb\rc\nd")
    #expect(e.lines.count == 4)
    #expect(e.text == "a\nb\nc\nd")
  }

  @Test func undoTakesBackWordsAndRedoBringsThemAgain() {
    var e = editor()
    type("one two", into: &e)
    e.undo()
    #expect(e.text == "one")
    e.undo()
    #expect(e.text == "")
    e.redo()
    e.redo()
    #expect(e.text == "one two")
    e.insert("x\ny")
    e.undo()
    #expect(e.text == "one two")
    #expect(e.caret == .init(0, 7))
  }

  @Test func wordMovesAndDeletions() {
    var e = editor("let x = call(one)")
    e.move(to: e.wordLeft)
    #expect(e.caret.column == 13)
    e.move(to: e.wordLeft)
    #expect(e.caret.column == 8)
    e.delete(to: e.wordRight)
    #expect(e.text == "let x = (one)")
    _ = e.perform(.deleteToEnd)
    #expect(e.text == "let x = ")
    _ = e.perform(.deleteWordLeft)
    #expect(e.text == "let ")
  }

  @Test func wrapsAtSpacesAndCutsLongWords() {
    let e = editor("the quick brown fox", width: 10)
    #expect(e.lines[0].rows == [0, 10])
    let long = editor(String(repeating: "x", count: 25), width: 10)
    #expect(long.lines[0].rows == [0, 10, 20])
    let wide = editor("用一句话回答", width: 5)
    #expect(wide.lines[0].rows == [0, 2, 4])
  }

  @Test func upAndDownKeepTheColumn() {
    var e = editor("abcdef\nab\nabcdef")
    e.move(to: .init(0, 5))
    _ = e.moveDown()
    #expect(e.caret == .init(1, 2))
    _ = e.moveDown()
    #expect(e.caret == .init(2, 5))
    let further = e.moveDown()
    #expect(!further)
    _ = e.moveUp()
    _ = e.moveUp()
    #expect(e.caret == .init(0, 5))
    let above = e.moveUp()
    #expect(!above)
  }

  @Test func upMovesThroughWrappedRowsOfWideCharacters() {
    var e = editor("用一句话回答用一句话回答", width: 8)
    e.move(to: e.end)
    let before = e.caretCell
    _ = e.moveUp()
    #expect(e.caretCell.row == before.row - 1)
  }

  @Test func historyComesAtTheEdgesAndTheDraftReturns() {
    var e = editor()
    e.history = ["first", "second"]
    type("draft", into: &e)
    _ = e.handle(Key(.up))
    #expect(e.text == "second")
    _ = e.handle(Key(.up))
    #expect(e.text == "first")
    let older = e.handle(Key(.up))
    #expect(!older)
    _ = e.handle(Key(.down))
    _ = e.handle(Key(.down))
    #expect(e.text == "draft")
  }

  @Test func sentTextsAreRememberedOnce() {
    var e = editor("hello")
    let sent = e.commit()
    #expect(sent == "hello")
    #expect(e.isEmpty)
    e.insert("hello")
    _ = e.commit()
    #expect(e.history == ["hello"])
  }

  @Test func editingAnEnormousLineWrapsAsIfFresh() {
    var e = editor(String(repeating: "lorem ipsum dolor ", count: 3000), width: 37)
    e.move(to: .init(0, 20_000))
    type("inserted words and", into: &e)
    expectFreshWrap(e)
    for _ in 0..<30 { e.backspace() }
    expectFreshWrap(e)
    e.move(to: .init(0, 3))
    e.insert("用一句话回答")
    expectFreshWrap(e)
  }

  @Test func aLongPasteIsOneChange() {
    var e = editor()
    let text = String(repeating: "line of text\n", count: 5000)
    e.insert(text)
    #expect(e.lines.count == 5001)
    e.undo()
    #expect(e.isEmpty)
  }

  @Test(arguments: 0..<40) func randomEditsKeepEverythingInOrder(seed: Int) {
    var random = SeededGenerator(UInt64(seed))
    var e = editor("", width: Int.random(in: 1...30, using: &random))
    let pieces = ["a", "word ", "\n", "用", "e\u{301}", "👩‍👩‍👧", "\t", " ", "long-long-long-word", "\u{301}", "\u{1B}[31m"]
    for _ in 0..<300 {
      switch Int.random(in: 0..<12, using: &random) {
      case 0...4: e.insert(pieces.randomElement(using: &random) ?? "", typed: Bool.random(using: &random))
      case 5: e.backspace()
      case 6: e.deleteForward()
      case 7: e.move(to: .init(Int.random(in: 0..<9, using: &random), Int.random(in: 0..<40, using: &random)))
      case 8: if Bool.random(using: &random) { _ = e.moveUp() } else { _ = e.moveDown() }
      case 9: e.undo()
      case 10: e.redo()
      default: e.setWidth(Int.random(in: 1...30, using: &random))
      }
      #expect(e.caret == e.clamp(e.caret))
    }
    expectFreshWrap(e, "seed \(seed)")
    let text = e.text
    var undone = e
    for _ in 0..<500 { undone.undo() }
    #expect(undone.text == "" || undone.undoStack.isEmpty)
    for _ in 0..<500 where !undone.redoStack.isEmpty { undone.redo() }
    #expect(undone.text == text)
  }
}

/// The same numbers everywhere (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
