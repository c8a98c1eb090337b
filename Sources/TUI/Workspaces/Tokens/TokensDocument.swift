import Synchronization

/// A text of any length to write in: UTF-8 bytes and a caret. A change moves memory and does nothing else, so a megabyte
/// is edited as smoothly as a line.
public struct TokensDocument: Sendable {
  struct Change: Sendable {
    var at: Int
    var removed: [UInt8]
    var inserted: [UInt8]
    var caretBefore: Int
    /// The document before, and the one that took its place; nil for a change within one.
    var documents: (before: Identity, after: Identity)?
  }

  /// Which text this is, whatever its edits.
  struct Identity: Sendable {
    /// No two documents have the same.
    var number: Int
    var name: String
    /// The version that can be had again from elsewhere: a file, a message.
    var source: Int?
  }

  /// Always valid UTF-8.
  public private(set) var bytes: [UInt8] = []
  /// A byte offset between two characters.
  public private(set) var caret = 0
  /// Of this content: no two contents have the same, of no two documents either.
  public private(set) var version = 0
  private static let versions = Atomic<Int>(0)
  private var identity: Identity
  /// Of the text under edit: no two documents have the same.
  public var number: Int { identity.number }
  /// Where it came from.
  public var name: String {
    get { identity.name }
    set { identity.name = newValue }
  }
  /// Whether it stands nowhere else as it is.
  public var isOwn: Bool { !bytes.isEmpty && identity.source != version }
  private var undoStack: [Change] = []
  private var redoStack: [Change] = []
  /// Whether the next typed character joins the change before it.
  private var joins = false

  public init(_ text: String = "") {
    bytes = Array(text.utf8)
    caret = bytes.count
    identity = Identity(number: Self.versions.wrappingAdd(1, ordering: .relaxed).newValue, name: "")
    if !bytes.isEmpty { version = Self.versions.wrappingAdd(1, ordering: .relaxed).newValue }
  }

  public var isEmpty: Bool { bytes.isEmpty }
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Replaces everything; can be undone.
  /// - Parameter new: made valid where it is not UTF-8.
  public mutating func set(_ new: [UInt8], caret: Int? = nil) {
    let valid = String(validating: new, as: UTF8.self) == nil ? Array(String(decoding: new, as: UTF8.self).utf8) : new
    joins = false
    replace(0..<bytes.count, with: valid)
    move(to: caret ?? valid.count)
  }

  /// Another text takes this one's place. Undoing brings one back that stands nowhere else.
  /// - Parameter isCopy: whether the new one stands elsewhere: in a file, in a message.
  public mutating func begin(_ new: [UInt8], name: String, caret: Int = 0, isCopy: Bool = false) {
    let before = identity
    let keepsOld = isOwn
    if !keepsOld {
      self = TokensDocument()
    } else {
      identity = Identity(number: Self.versions.wrappingAdd(1, ordering: .relaxed).newValue, name: "")
    }
    identity.name = name
    set(new)
    if isCopy { identity.source = version }
    if keepsOld, !undoStack.isEmpty { undoStack[undoStack.count - 1].documents = (before, identity) }
    move(to: caret)
  }

  public mutating func insert(_ text: String, typed: Bool = false) {
    let new = Array(text.utf8)
    let single = typed && new.count <= 4
    if !single || new.first == 0x20 || new.first == 0x0A { joins = false }
    replace(caret..<caret, with: new)
    joins = single
  }

  public mutating func delete(to other: Int) {
    guard other != caret else { return }
    joins = false
    replace(min(other, caret)..<max(other, caret), with: [])
  }

  public mutating func move(to offset: Int) {
    caret = boundary(min(max(0, offset), bytes.count))
    joins = false
  }

  public mutating func undo() {
    guard let change = undoStack.popLast() else { return }
    apply(change.at..<change.at + change.inserted.count, change.removed)
    if let documents = change.documents { identity = documents.before }
    redoStack.append(change)
    move(to: change.caretBefore)
  }

  public mutating func redo() {
    guard let change = redoStack.popLast() else { return }
    apply(change.at..<change.at + change.removed.count, change.inserted)
    if let documents = change.documents {
      identity = documents.after
      if identity.source != nil { identity.source = version }
    }
    undoStack.append(change)
    move(to: change.at + change.inserted.count)
  }

  private mutating func replace(_ range: Range<Int>, with new: [UInt8]) {
    let removed = Array(bytes[range])
    if removed.isEmpty, new.isEmpty { return }
    if joins, removed.isEmpty, var last = undoStack.last, last.removed.isEmpty,
      last.at + last.inserted.count == range.lowerBound
    {
      last.inserted += new
      undoStack[undoStack.count - 1] = last
    } else {
      undoStack.append(Change(at: range.lowerBound, removed: removed, inserted: new, caretBefore: caret))
      if undoStack.count > 500 { undoStack.removeFirst(100) }
    }
    redoStack = []
    apply(range, new)
    caret = range.lowerBound + new.count
  }

  private mutating func apply(_ range: Range<Int>, _ new: [UInt8]) {
    bytes.replaceSubrange(range, with: new)
    version = Self.versions.wrappingAdd(1, ordering: .relaxed).newValue
  }

  /// The nearest start of a scalar at or before an offset.
  private func boundary(_ offset: Int) -> Int {
    var offset = offset
    while offset > 0, offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
    return offset
  }

  // MARK: Moving

  /// How far characters are looked for: longer ones are cut, which moves the caret by less.
  private static let reach = 128

  /// Where the character before an offset begins.
  public func offset(before offset: Int) -> Int {
    guard offset > 0 else { return 0 }
    let part = bytes[boundary(max(0, offset - Self.reach))..<offset]
    guard let last = String(decoding: part, as: UTF8.self).last else { return offset - 1 }
    return offset - String(last).utf8.count
  }

  /// Where the character at an offset ends.
  public func offset(after offset: Int) -> Int {
    guard offset < bytes.count else { return bytes.count }
    let part = bytes[offset..<boundary(min(bytes.count, offset + Self.reach))]
    guard let first = String(decoding: part, as: UTF8.self).first else { return offset + 1 }
    return offset + String(first).utf8.count
  }

  public var lineStart: Int { (bytes[..<caret].lastIndex(of: 0x0A) ?? -1) + 1 }
  public var lineEnd: Int { bytes[caret...].firstIndex(of: 0x0A) ?? bytes.count }

  /// Letters, digits and everything beyond ASCII.
  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
  }

  public var wordLeft: Int {
    var at = caret
    while at > 0, !Self.isWord(bytes[at - 1]) { at -= 1 }
    while at > 0, Self.isWord(bytes[at - 1]) { at -= 1 }
    return at
  }

  public var wordRight: Int {
    var at = caret
    while at < bytes.count, !Self.isWord(bytes[at]) { at += 1 }
    while at < bytes.count, Self.isWord(bytes[at]) { at += 1 }
    return at
  }

  /// What an action of the text boxes does here; false when it means nothing.
  mutating func perform(_ action: Action) -> Bool { edit(action) }

  /// A key that no binding took; up and down need the layout, and are not known here.
  mutating func handle(_ stroke: Key) -> Bool {
    if let c = stroke.text {
      insert(String(c), typed: true)
      return true
    }
    guard stroke.modifiers.isEmpty || stroke.modifiers == .shift else { return false }
    switch stroke.code {
    case .backspace: delete(to: offset(before: caret))
    case .delete: delete(to: offset(after: caret))
    case .left: move(to: offset(before: caret))
    case .right: move(to: offset(after: caret))
    case .enter: insert("\n")
    case .tab: insert("\t")
    default: return false
    }
    return true
  }
}
