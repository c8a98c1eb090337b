extension Key {
  static func control(_ c: Character) -> Key { Key(.character(c), .control) }
  static func alt(_ c: Character) -> Key { Key(.character(c), .alt) }
  static func function(_ n: Int) -> Key { Key(.function(n)) }

  /// The name as the key bar shows it: `^P`, `↑`, `Alt-z`.
  public func label(ascii: Bool = false) -> String {
    var text = ""
    if modifiers.contains(.alt) { text += "Alt-" }
    if modifiers.contains(.shift) { text += "Shift-" }
    if modifiers.contains(.control) {
      if case .character(let c) = code, c != " " { return text + "^" + c.uppercased() }
      text += "Ctrl-"
    }
    if !ascii {
      switch code {
      case .up: return text + "↑"
      case .down: return text + "↓"
      case .left: return text + "←"
      case .right: return text + "→"
      default: break
      }
    }
    return text + Key(code).description
  }
}
