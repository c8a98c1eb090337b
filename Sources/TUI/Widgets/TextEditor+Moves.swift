// Moving the caret, and the history of earlier messages.
extension TextEditor {
  public func position(before p: Position) -> Position? {
    if p.column > 0 { return Position(p.line, p.column - 1) }
    return p.line > 0 ? Position(p.line - 1, lines[p.line - 1].characters.count) : nil
  }

  public func position(after p: Position) -> Position? {
    if p.column < lines[p.line].characters.count { return Position(p.line, p.column + 1) }
    return p.line + 1 < lines.count ? Position(p.line + 1, 0) : nil
  }

  private func character(after p: Position) -> Character? {
    let line = lines[p.line].characters
    if p.column < line.count { return line[p.column] }
    return p.line + 1 < lines.count ? "\n" : nil
  }

  private static func isWord(_ c: Character) -> Bool { c.isLetter || c.isNumber || c == "_" }

  public var wordLeft: Position {
    var p = caret
    var inside = false
    while let before = position(before: p), let c = character(after: before) {
      if Self.isWord(c) { inside = true } else if inside { break }
      p = before
    }
    return p
  }

  public var wordRight: Position {
    var p = caret
    var inside = false
    while let c = character(after: p), let next = position(after: p) {
      if Self.isWord(c) { inside = true } else if inside { break }
      p = next
    }
    return p
  }

  public var lineStart: Position { Position(caret.line, 0) }
  public var lineEnd: Position { Position(caret.line, lines[caret.line].characters.count) }

  public mutating func move(to p: Position) {
    caret = clamp(p)
    goal = nil
    joins = false
  }

  public mutating func moveLeft() { if let p = position(before: caret) { move(to: p) } }
  public mutating func moveRight() { if let p = position(after: caret) { move(to: p) } }

  /// The row of the whole text that the caret stands in, and the cells left of it.
  public var caretCell: (row: Int, x: Int) {
    var row = 0
    for i in 0..<caret.line { row += lines[i].rows.count }
    let line = lines[caret.line]
    let inside = line.row(of: caret.column)
    return (row + inside, cells(in: line, from: line.rows[inside], to: caret.column))
  }

  public var rowCount: Int { lines.reduce(0) { $0 + $1.rows.count } }

  private func cells(in line: EditorLine, from: Int, to: Int) -> Int {
    line.characters[from..<to].reduce(0) { $0 + Self.cells(of: $1) }
  }

  /// The position in a row that lies nearest to a cell.
  private func position(line index: Int, row: Int, cell: Int) -> Position {
    let line = lines[index]
    let range = line.range(ofRow: row)
    var x = 0
    for column in range {
      let w = Self.cells(of: line.characters[column])
      if x + (w + 1) / 2 > cell { return Position(index, column) }
      x += w
    }
    // The end of a wrapped row is the start of the next one: stay on the last character.
    let last = row + 1 < line.rows.count ? max(range.lowerBound, range.upperBound - 1) : range.upperBound
    return Position(index, last)
  }

  /// The position under a cell of the text, for the mouse.
  public func position(row: Int, cell: Int) -> Position {
    var left = row
    for (i, line) in lines.enumerated() {
      if left < line.rows.count { return position(line: i, row: max(0, left), cell: max(0, cell)) }
      left -= line.rows.count
    }
    return end
  }

  /// A row up; false when the caret is in the first one.
  public mutating func moveUp() -> Bool {
    let line = lines[caret.line]
    let row = line.row(of: caret.column)
    let x = goal ?? cells(in: line, from: line.rows[row], to: caret.column)
    if row > 0 {
      move(to: position(line: caret.line, row: row - 1, cell: x))
    } else if caret.line > 0 {
      move(to: position(line: caret.line - 1, row: lines[caret.line - 1].rows.count - 1, cell: x))
    } else {
      return false
    }
    goal = x
    return true
  }

  /// A row down; false when the caret is in the last one.
  public mutating func moveDown() -> Bool {
    let line = lines[caret.line]
    let row = line.row(of: caret.column)
    let x = goal ?? cells(in: line, from: line.rows[row], to: caret.column)
    if row + 1 < line.rows.count {
      move(to: position(line: caret.line, row: row + 1, cell: x))
    } else if caret.line + 1 < lines.count {
      move(to: position(line: caret.line + 1, row: 0, cell: x))
    } else {
      return false
    }
    goal = x
    return true
  }

  /// Up at the first row brings the message before, down at the last one the next; what was being written comes back.
  public mutating func historyBack() -> Bool {
    let next = (historyIndex ?? history.count) - 1
    guard history.indices.contains(next) else { return false }
    if historyIndex == nil { draft = text }
    setText(history[next])
    historyIndex = next
    return true
  }

  public mutating func historyForward() -> Bool {
    guard let index = historyIndex else { return false }
    if index + 1 < history.count {
      setText(history[index + 1])
      historyIndex = index + 1
    } else {
      setText(draft)
      historyIndex = nil
    }
    return true
  }

  /// Remembers a sent text and empties the box.
  public mutating func commit() -> String {
    let sent = text
    if !sent.isEmpty, history.last != sent { history.append(sent) }
    if history.count > 500 { history.removeFirst(history.count - 500) }
    clear()
    return sent
  }

  /// What a key does in the box itself; false when it means nothing here.
  public mutating func perform(_ action: Action) -> Bool { edit(action) }

  /// A key that no binding took; false when it means nothing to a text box.
  public mutating func handle(_ stroke: Key, multiline: Bool = true) -> Bool {
    if let c = stroke.text {
      insert(String(c), typed: true)
      return true
    }
    guard stroke.modifiers.isEmpty || stroke.modifiers == .shift else { return false }
    switch stroke.code {
    case .backspace: backspace()
    case .delete: deleteForward()
    case .left: moveLeft()
    case .right: moveRight()
    case .home: move(to: lineStart)
    case .end: move(to: lineEnd)
    case .up: return multiline && (moveUp() || historyBack())
    case .down: return multiline && (moveDown() || historyForward())
    default: return false
    }
    return true
  }
}
