/// A multi-line text box: what is typed, where the caret stands, what can be undone. Positions count graphemes, so
/// that one press moves over one character as people see it. Knows nothing of the screen but a width to wrap at.
public struct TextEditor: Sendable {
  public struct Position: Sendable, Equatable, Comparable {
    public var line: Int
    public var column: Int
    public init(_ line: Int, _ column: Int) {
      self.line = line
      self.column = column
    }
    public static func < (a: Position, b: Position) -> Bool {
      a.line != b.line ? a.line < b.line : a.column < b.column
    }
  }

  package struct Change: Sendable {
    var at: Position
    var removed: [[Character]]
    var inserted: [[Character]]
    var caretBefore: Position
  }

  public internal(set) var lines: [EditorLine] = [EditorLine()]
  public internal(set) var caret = Position(0, 0)
  /// Changes with every edit: what follows the text can compare it.
  public private(set) var version = 0
  /// Cells a row holds.
  public private(set) var width = 80
  /// First row shown; kept by the view so that the caret stays in sight.
  public var scroll = 0

  package private(set) var undoStack: [Change] = []
  package private(set) var redoStack: [Change] = []
  /// Whether the next typed character joins the change before it.
  var joins = false
  var goal: Int?
  /// Earlier messages, oldest first.
  public var history: [String] = []
  var historyIndex: Int?
  var draft = ""

  public init(_ text: String = "") {
    if !text.isEmpty { setText(text) }
  }

  public var isEmpty: Bool { lines.count == 1 && lines[0].characters.isEmpty }

  public var text: String {
    if lines.count == 1 { return String(lines[0].characters) }
    var result = ""
    for (i, line) in lines.enumerated() {
      if i > 0 { result.append("\n") }
      result.append(contentsOf: line.characters)
    }
    return result
  }

  /// The first graphemes only: for those who follow a text that may be enormous.
  public func prefix(_ limit: Int) -> String {
    var result = ""
    var left = limit
    for (i, line) in lines.enumerated() {
      if left <= 0 { break }
      if i > 0 { result.append("\n") }
      result.append(contentsOf: line.characters.prefix(left))
      left -= line.characters.count + 1
    }
    return result
  }

  /// Replaces everything; can be undone.
  public mutating func setText(_ text: String) {
    joins = false
    replace(Position(0, 0), end, with: Self.split(text))
    joins = false
  }

  public mutating func clear() {
    lines = [EditorLine()]
    caret = Position(0, 0)
    undoStack = []
    redoStack = []
    joins = false
    goal = nil
    historyIndex = nil
    scroll = 0
    version += 1
  }

  public mutating func setWidth(_ new: Int) {
    let new = max(1, new)
    guard new != width else { return }
    width = new
    for i in lines.indices { lines[i].wrap(width: width) }
  }

  public var end: Position { Position(lines.count - 1, lines[lines.count - 1].characters.count) }

  /// Puts a text in at the caret. A single typed character joins the word being typed, for undo.
  public mutating func insert(_ text: String, typed: Bool = false) {
    let pieces = Self.split(text)
    let single = typed && pieces.count == 1 && pieces[0].count == 1
    if !single { joins = false }
    if let c = pieces.first?.first, single, c.isWhitespace { joins = false }
    replace(caret, caret, with: pieces)
    joins = single
  }

  public mutating func backspace() {
    guard let before = position(before: caret) else { return }
    joins = false
    replace(before, caret, with: [[]])
  }

  public mutating func deleteForward() {
    guard let after = position(after: caret) else { return }
    joins = false
    replace(caret, after, with: [[]])
  }

  public mutating func delete(to other: Position) {
    guard other != caret else { return }
    joins = false
    replace(min(other, caret), max(other, caret), with: [[]])
  }

  public mutating func undo() {
    guard let change = undoStack.popLast() else { return }
    joins = false
    apply(at: change.at, removing: change.inserted, inserting: change.removed)
    redoStack.append(change)
    caret = clamp(change.caretBefore)
  }

  public mutating func redo() {
    guard let change = redoStack.popLast() else { return }
    joins = false
    caret = apply(at: change.at, removing: change.removed, inserting: change.inserted)
    undoStack.append(change)
  }

  /// Newlines of every kind as one, each line apart.
  static func split(_ text: String) -> [[Character]] {
    var result: [[Character]] = [[]]
    for c in text {
      if c == "\n" || c == "\r\n" || c == "\r" {
        result.append([])
      } else {
        result[result.count - 1].append(c)
      }
    }
    return result
  }

  private mutating func replace(_ from: Position, _ to: Position, with pieces: [[Character]]) {
    var from = from
    var to = to
    var pieces = pieces
    merge(&from, &to, &pieces)
    let removed = slice(from, to)
    let before = caret
    let after = apply(at: from, removing: removed, inserting: pieces)
    redoStack = []
    if joins, var last = undoStack.last, removed == [[]], last.removed == [[]], last.inserted.count == 1,
      pieces.count == 1, last.at.line == from.line, last.at.column + last.inserted[0].count == from.column
    {
      last.inserted[0] += pieces[0]
      undoStack[undoStack.count - 1] = last
    } else {
      undoStack.append(Change(at: from, removed: removed, inserted: pieces, caretBefore: before))
      if undoStack.count > 500 { undoStack.removeFirst(100) }
    }
    caret = after
    goal = nil
  }

  /// A combining mark, a joiner or half a flag belongs to its neighbour: takes that in, so that graphemes stay whole.
  private func merge(_ from: inout Position, _ to: inout Position, _ pieces: inout [[Character]]) {
    if from.column > 0, let first = pieces[0].first {
      let neighbour = lines[from.line].characters[from.column - 1]
      let joined = Array(String(neighbour) + String(first))
      if joined.count < 2 {
        from.column -= 1
        pieces[0].replaceSubrange(0..<1, with: joined)
      }
    }
    let tail = pieces.count - 1
    if to.column < lines[to.line].characters.count, let last = pieces[tail].last {
      let neighbour = lines[to.line].characters[to.column]
      let joined = Array(String(last) + String(neighbour))
      if joined.count < 2 {
        to.column += 1
        pieces[tail].replaceSubrange(pieces[tail].count - 1..<pieces[tail].count, with: joined)
      }
    }
  }

  private func slice(_ from: Position, _ to: Position) -> [[Character]] {
    if from.line == to.line { return [Array(lines[from.line].characters[from.column..<to.column])] }
    var result = [Array(lines[from.line].characters[from.column...])]
    for i in from.line + 1..<to.line { result.append(lines[i].characters) }
    result.append(Array(lines[to.line].characters[..<to.column]))
    return result
  }

  @discardableResult
  private mutating func apply(
    at start: Position, removing removed: [[Character]], inserting inserted: [[Character]]
  ) -> Position {
    version += 1
    let lastLine = start.line + removed.count - 1
    let lastColumn = (removed.count == 1 ? start.column : 0) + removed[removed.count - 1].count
    if removed.count == 1, inserted.count == 1 {
      lines[start.line].replace(start.column..<lastColumn, with: inserted[0], width: width)
      return Position(start.line, start.column + inserted[0].count)
    }
    let head = Array(lines[start.line].characters[..<start.column])
    let tail = Array(lines[lastLine].characters[lastColumn...])
    var fresh = inserted
    fresh[0] = head + fresh[0]
    let endColumn = fresh[fresh.count - 1].count
    fresh[fresh.count - 1] += tail
    let width = width
    lines.replaceSubrange(start.line...lastLine, with: fresh.map { EditorLine($0, width: width) })
    return Position(start.line + inserted.count - 1, endColumn)
  }

  package func clamp(_ p: Position) -> Position {
    let line = min(max(0, p.line), lines.count - 1)
    return Position(line, min(max(0, p.column), lines[line].characters.count))
  }
}

/// One line of the text with the rows it is wrapped into.
public struct EditorLine: Sendable {
  public private(set) var characters: [Character] = []
  /// Where each row begins; at least one.
  public private(set) var rows: [Int] = [0]

  init() {}

  package init(_ characters: [Character], width: Int) {
    self.characters = characters
    wrap(width: width)
  }

  mutating func wrap(width: Int) {
    rows = [0]
    while let next = nextRow(after: rows[rows.count - 1], width: width) { rows.append(next) }
  }

  /// Changes a part and wraps anew only as far as the change reaches: an enormous pasted line stays quick to edit.
  mutating func replace(_ range: Range<Int>, with new: [Character], width: Int) {
    let shift = new.count - range.count
    characters.replaceSubrange(range, with: new)
    // One row back: its end may now take in a word, or give one up.
    let from = max(0, row(of: range.lowerBound) - 1)
    let old = rows
    rows = Array(old[...from])
    var following = from + 1
    while let next = nextRow(after: rows[rows.count - 1], width: width) {
      rows.append(next)
      guard next > range.lowerBound + new.count else { continue }
      while following < old.count, old[following] + shift < next { following += 1 }
      if following < old.count, old[following] + shift == next {
        rows.append(contentsOf: old[(following + 1)...].map { $0 + shift })
        return
      }
    }
  }

  /// The row that holds a column; the end of a row belongs to the next one.
  func row(of column: Int) -> Int {
    var low = 0
    var high = rows.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if rows[middle] <= column { low = middle } else { high = middle - 1 }
    }
    return low
  }

  func range(ofRow row: Int) -> Range<Int> {
    rows[row]..<(row + 1 < rows.count ? rows[row + 1] : characters.count)
  }

  /// Where the row after one begins; nil when the rest fits. Breaks after a space where there is one.
  private func nextRow(after start: Int, width: Int) -> Int? {
    var cells = 0
    var afterSpace: Int?
    var i = start
    while i < characters.count {
      let c = characters[i]
      let w = TextEditor.cells(of: c)
      // Spaces may hang over the edge: the next word starts the row.
      if cells + w > width, c != " " {
        if let afterSpace, afterSpace > start { return afterSpace }
        return max(i, start + 1)
      }
      cells += w
      i += 1
      if c == " " { afterSpace = i }
    }
    return nil
  }
}

extension TextEditor {
  /// Cells a grapheme takes in the text box; a tab is shown as two spaces.
  public static func cells(of c: Character) -> Int {
    if c == "\t" { return 2 }
    if let ascii = c.asciiValue, ascii >= 32, ascii != 127 { return 1 }
    return max(1, TextWidth.of(c))
  }
}
