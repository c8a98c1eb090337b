/// A text with a caret, as the actions of text boxes see it.
protocol EditedText {
  associatedtype Place
  var lineStart: Place { get }
  var lineEnd: Place { get }
  var wordLeft: Place { get }
  var wordRight: Place { get }
  mutating func move(to place: Place)
  mutating func insert(_ text: String, typed: Bool)
  /// Deletes what is between the caret and a place.
  mutating func delete(to place: Place)
  mutating func undo()
  mutating func redo()
}

extension EditedText {
  /// Does what an action means in any text; false when it means nothing here.
  mutating func edit(_ action: Action) -> Bool {
    switch action {
    case .newline: insert("\n", typed: false)
    case .lineStart: move(to: lineStart)
    case .lineEnd: move(to: lineEnd)
    case .wordLeft: move(to: wordLeft)
    case .wordRight: move(to: wordRight)
    case .deleteWordLeft: delete(to: wordLeft)
    case .deleteWordRight: delete(to: wordRight)
    case .deleteToStart: delete(to: lineStart)
    case .deleteToEnd: delete(to: lineEnd)
    case .undo: undo()
    case .redo: redo()
    default: return false
    }
    return true
  }
}

extension TextEditor: EditedText {}
extension TokensDocument: EditedText {}
