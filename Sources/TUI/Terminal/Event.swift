/// What the terminal tells the program.
public enum Event: Sendable, Equatable {
  case key(Key)
  /// Text from the clipboard, line ends as `\n`; everything else as it came: it has to be made safe before it is shown.
  case paste(String)
  case mouse(MouseEvent)
  /// The terminal has a new size; everything is to be drawn anew.
  case resize(Size)
  /// Another thread called `wake`.
  case wake
  /// The terminal's window got (true) or lost the focus.
  case focus(Bool)
  /// A signal asks the program to end: SIGTERM, SIGHUP (the terminal is gone), SIGINT, SIGQUIT.
  case terminate(signal: Int32)
  /// The program was stopped and runs again; the screen is ours and has to be drawn.
  case continued
}

public struct Modifiers: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let shift = Modifiers(rawValue: 1)
  public static let alt = Modifiers(rawValue: 2)
  public static let control = Modifiers(rawValue: 4)
}

/// One key press.
public struct Key: Sendable, Hashable {
  public enum Code: Sendable, Hashable {
    /// A character as typed: with Shift it is the upper-case letter, and `shift` is not among the modifiers. With Ctrl,
    /// letters are lower-case.
    case character(Character)
    case enter, tab, backspace, escape, insert, delete, home, end, pageUp, pageDown, up, down, left, right
    /// F1 … F24.
    case function(Int)
  }

  public var code: Code
  public var modifiers: Modifiers

  public init(_ code: Code, _ modifiers: Modifiers = []) {
    self.code = code
    self.modifiers = modifiers
  }

  public init(_ character: Character, _ modifiers: Modifiers = []) {
    self.init(.character(character), modifiers)
  }

  /// The character to insert when text is typed; nil for keys that are commands.
  public var text: Character? {
    if case .character(let character) = code, modifiers.isDisjoint(with: [.alt, .control]) { return character }
    return nil
  }
}

extension Key: CustomStringConvertible {
  private static let names: [(name: String, code: Code)] = [
    ("Enter", .enter), ("Tab", .tab), ("Backspace", .backspace), ("Esc", .escape), ("Ins", .insert), ("Del", .delete),
    ("Home", .home), ("End", .end), ("PgUp", .pageUp), ("PgDn", .pageDown), ("Up", .up), ("Down", .down),
    ("Left", .left), ("Right", .right), ("Space", .character(" ")),
  ]

  /// As in help and key tables: `Ctrl-P`, `Alt-Enter`, `Shift-Tab`, `F1`, `?`.
  public var description: String {
    var result = ""
    if modifiers.contains(.control) { result += "Ctrl-" }
    if modifiers.contains(.alt) { result += "Alt-" }
    if modifiers.contains(.shift) { result += "Shift-" }
    if let named = Key.names.first(where: { $0.code == code }) { return result + named.name }
    switch code {
    case .character(let character):
      return result + (modifiers.contains(.control) ? String(character).uppercased() : String(character))
    case .function(let number): return result + "F\(number)"
    default: return result
    }
  }

  /// Reads what `description` writes; modifiers may also be written `^P`, `C-p`, `M-x`, `S-Tab`, names in any case.
  public init?(_ description: String) {
    var rest = Substring(description)
    var modifiers: Modifiers = []
    let prefixes: [(String, Modifiers)] = [
      ("ctrl-", .control), ("control-", .control), ("c-", .control), ("alt-", .alt), ("meta-", .alt), ("m-", .alt),
      ("shift-", .shift), ("s-", .shift),
    ]
    while let (prefix, modifier) = prefixes.first(where: {
      rest.count > $0.0.count && rest.lowercased().hasPrefix($0.0)
    }) {
      rest = rest.dropFirst(prefix.count)
      modifiers.insert(modifier)
    }
    if rest.count == 2, rest.first == "^" {
      rest = rest.dropFirst()
      modifiers.insert(.control)
    }
    let lower = rest.lowercased()
    let aliases = [
      "return": "enter", "escape": "esc", "insert": "ins", "delete": "del", "pageup": "pgup", "pagedown": "pgdn",
    ]
    let name = aliases[lower] ?? lower
    if let named = Key.names.first(where: { $0.name.lowercased() == name }) {
      self.init(named.code, modifiers)
    } else if lower.hasPrefix("f"), let number = Int(lower.dropFirst()), 1...24 ~= number {
      self.init(.function(number), modifiers)
    } else if rest.count == 1, let character = rest.first {
      let code: Character = modifiers.contains(.control) ? Character(character.lowercased()) : character
      self.init(.character(code), modifiers)
    } else {
      return nil
    }
  }
}

public struct MouseEvent: Sendable, Equatable {
  public enum Kind: Sendable { case press, release, drag, move, wheelUp, wheelDown, wheelLeft, wheelRight }
  public enum Button: Sendable { case left, middle, right, none }

  public var kind: Kind
  public var button: Button
  public var position: Point
  public var modifiers: Modifiers

  public init(_ kind: Kind, _ button: Button = .none, at position: Point, _ modifiers: Modifiers = []) {
    self.kind = kind
    self.button = button
    self.position = position
    self.modifiers = modifiers
  }
}
