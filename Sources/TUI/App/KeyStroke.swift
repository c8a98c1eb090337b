/// A key with its modifiers, as bindings name it: `Ctrl-P`, `Alt-Enter`, `F1`, `Shift-Tab`, `?`.
public struct KeyStroke: Hashable, Sendable {
  public enum Key: Hashable, Sendable {
    case character(Character)
    case enter, escape, tab, backspace, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
    case function(Int)
  }

  public struct Modifiers: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let control = Modifiers(rawValue: 1)
    public static let alt = Modifiers(rawValue: 2)
    public static let shift = Modifiers(rawValue: 4)
  }

  public var key: Key
  public var modifiers: Modifiers

  public init(_ key: Key, _ modifiers: Modifiers = []) {
    var modifiers = modifiers
    var key = key
    if case .character(let c) = key {
      // A character carries its own shift; a terminal cannot tell Ctrl-P from Ctrl-Shift-P.
      modifiers.remove(.shift)
      if modifiers.contains(.control) { key = .character(c.lowercased().first ?? c) }
    }
    self.key = key
    self.modifiers = modifiers
  }

  public static func character(_ c: Character) -> KeyStroke { KeyStroke(.character(c)) }
  public static func control(_ c: Character) -> KeyStroke { KeyStroke(.character(c), .control) }
  public static func alt(_ c: Character) -> KeyStroke { KeyStroke(.character(c), .alt) }
  public static func function(_ n: Int) -> KeyStroke { KeyStroke(.function(n)) }

  /// Whether the key types itself in a text box.
  public var typed: Character? {
    if case .character(let c) = key, modifiers.isEmpty { return c }
    return nil
  }

  private static let names: [(Key, String)] = [
    (.enter, "Enter"), (.escape, "Esc"), (.tab, "Tab"), (.backspace, "Backspace"), (.delete, "Delete"),
    (.insert, "Insert"), (.up, "Up"), (.down, "Down"), (.left, "Left"), (.right, "Right"), (.home, "Home"),
    (.end, "End"), (.pageUp, "PageUp"), (.pageDown, "PageDown"), (.character(" "), "Space"),
  ]
  private static let aliases: [String: Key] = [
    "return": .enter, "escape": .escape, "del": .delete, "pgup": .pageUp, "pgdn": .pageDown,
  ]

  /// Reads a key's name as configuration files write it; nil when it names none.
  public init?(_ name: String) {
    var rest = Substring(name)
    var modifiers: Modifiers = []
    while true {
      let lower = rest.lowercased()
      if lower.hasPrefix("ctrl-"), rest.count > 5 {
        modifiers.insert(.control)
        rest = rest.dropFirst(5)
      } else if lower.hasPrefix("alt-"), rest.count > 4 {
        modifiers.insert(.alt)
        rest = rest.dropFirst(4)
      } else if lower.hasPrefix("shift-"), rest.count > 6 {
        modifiers.insert(.shift)
        rest = rest.dropFirst(6)
      } else if rest.hasPrefix("^"), rest.count == 2 {
        modifiers.insert(.control)
        rest = rest.dropFirst(1)
      } else {
        break
      }
    }
    if rest.count == 1, let c = rest.first {
      self.init(.character(c), modifiers)
      return
    }
    let lower = rest.lowercased()
    if let found = Self.names.first(where: { $0.1.lowercased() == lower }) {
      self.init(found.0, modifiers)
    } else if let key = Self.aliases[lower] {
      self.init(key, modifiers)
    } else if lower.hasPrefix("f"), let n = Int(lower.dropFirst()), (1...24).contains(n) {
      self.init(.function(n), modifiers)
    } else {
      return nil
    }
  }

  private var baseName: String {
    if let named = Self.names.first(where: { $0.0 == key }) { return named.1 }
    switch key {
    case .character(let c): return String(c)
    case .function(let n): return "F\(n)"
    default: return "?"
    }
  }

  /// The name that ``init(_:)-(String)`` reads back.
  public var name: String {
    var text = ""
    if modifiers.contains(.control) { text += "Ctrl-" }
    if modifiers.contains(.alt) { text += "Alt-" }
    if modifiers.contains(.shift) { text += "Shift-" }
    return text + baseName
  }

  /// The name as the key bar shows it: `^P`, `↑`, `Alt-z`.
  public func label(ascii: Bool = false) -> String {
    var text = ""
    if modifiers.contains(.alt) { text += "Alt-" }
    if modifiers.contains(.shift) { text += "Shift-" }
    if modifiers.contains(.control) {
      if case .character(let c) = key { return text + "^" + c.uppercased() }
      text += "Ctrl-"
    }
    if !ascii {
      switch key {
      case .up: return text + "↑"
      case .down: return text + "↓"
      case .left: return text + "←"
      case .right: return text + "→"
      default: break
      }
    }
    return text + baseName
  }
}
