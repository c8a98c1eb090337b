/// Draws a text box and says where the caret stands.
public enum TextEditorView {
  /// Keeps the caret in sight of a view of so many rows.
  public static func follow(_ editor: inout TextEditor, rows: Int) {
    let rows = max(1, rows)
    let caret = editor.caretCell.row
    if caret < editor.scroll { editor.scroll = caret }
    if caret >= editor.scroll + rows { editor.scroll = caret - rows + 1 }
    editor.scroll = min(max(0, editor.scroll), max(0, editor.rowCount - rows))
  }

  /// - Returns: the caret's cell.
  @discardableResult
  public static func draw(
    _ editor: TextEditor, in rect: Rect, style: Style, placeholder: String = "", placeholderStyle: Style? = nil,
    into buffer: inout CellBuffer
  ) -> Point {
    if editor.isEmpty, !placeholder.isEmpty {
      buffer.put(
        TextWidth.truncate(placeholder, to: rect.width), at: Point(rect.x, rect.y), style: placeholderStyle ?? style)
    }
    var row = 0
    outer: for line in editor.lines {
      if row + line.rows.count <= editor.scroll {
        row += line.rows.count
        continue
      }
      for r in 0..<line.rows.count {
        defer { row += 1 }
        if row < editor.scroll { continue }
        if row >= editor.scroll + rect.height { break outer }
        var x = rect.x
        for c in line.characters[line.range(ofRow: r)] {
          let cells = TextEditor.cells(of: c)
          if x + cells > rect.maxX + 1 { break }
          buffer.put(c == "\t" ? "  " : String(c), at: Point(x, rect.y + row - editor.scroll), style: style)
          x += cells
        }
      }
    }
    let caret = editor.caretCell
    return Point(min(rect.x + caret.x, rect.maxX), rect.y + caret.row - editor.scroll)
  }

  /// A single-line box: the text slides so that the caret stays in sight; … stands where it goes on.
  @discardableResult
  public static func drawLine(
    _ editor: TextEditor, in rect: Rect, style: Style, placeholder: String = "", placeholderStyle: Style? = nil,
    into buffer: inout CellBuffer
  ) -> Point {
    let characters = editor.lines[0].characters
    if characters.isEmpty, !placeholder.isEmpty {
      buffer.put(
        TextWidth.truncate(placeholder, to: rect.width), at: Point(rect.x, rect.y), style: placeholderStyle ?? style)
    }
    let caret = min(editor.caret.column, characters.count)
    var first = caret
    var used = 0
    while first > 0, used + TextEditor.cells(of: characters[first - 1]) < rect.width {
      first -= 1
      used += TextEditor.cells(of: characters[first])
    }
    let caretX = rect.x + used
    var x = rect.x
    var shown = first
    for c in characters[first...] {
      let cells = TextEditor.cells(of: c)
      if x + cells > rect.maxX { break }
      let isMark = shown == first && first > 0 && first < caret
      let text = isMark ? TextWidth.pad("…", to: cells) : c == "\t" ? "  " : String(c)
      buffer.put(text, at: Point(x, rect.y), style: style)
      x += cells
      shown += 1
    }
    // Not over the character that the caret stands on.
    if shown < characters.count, caretX < rect.maxX - 1 {
      buffer.put("…", at: Point(rect.maxX - 1, rect.y), style: style)
    }
    return Point(caretX, rect.y)
  }
}
