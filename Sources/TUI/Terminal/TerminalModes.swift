/// The modes the program switches on beyond what terminfo's `smcup` and `smkx` do, and how each is undone. What a
/// terminal does not know, it ignores; terminals that would print it instead get nothing.
struct TerminalModes {
  var mouse: Bool
  /// Reports with modifiers for keys like Shift-Enter, focus reports, synchronized output: for xterm and its kin.
  let isModern: Bool

  static let pasteOn = "\u{1B}[?2004h"
  static let pasteOff = "\u{1B}[?2004l"
  /// Presses, drags, and coordinates without limit.
  static let mouseOn = "\u{1B}[?1000h\u{1B}[?1002h\u{1B}[?1006h"
  static let mouseOff = "\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l"
  /// The kitty protocol's first flag (a stack: pushed and popped), and xterm's modifyOtherKeys.
  static let keysOn = "\u{1B}[>4;1m\u{1B}[>1u"
  static let keysOff = "\u{1B}[<u\u{1B}[>4m"
  static let focusOn = "\u{1B}[?1004h"
  static let focusOff = "\u{1B}[?1004l"
  static let synchronizedBegin = "\u{1B}[?2026h"
  static let synchronizedEnd = "\u{1B}[?2026l"

  init(term: String, mouse: Bool) {
    self.mouse = mouse
    let kin = [
      "xterm", "tmux", "screen", "alacritty", "foot", "kitty", "wezterm", "ghostty", "contour", "rio", "vte", "gnome",
      "konsole", "mintty", "st-", "iterm", "mlterm", "rxvt",
    ]
    isModern = kin.contains { term.hasPrefix($0) } || term.contains("kitty") || term.contains("ghostty")
  }

  var on: String {
    guard isModern else { return "" }
    return TerminalModes.pasteOn + TerminalModes.focusOn + TerminalModes.keysOn + (mouse ? TerminalModes.mouseOn : "")
  }

  var off: String {
    guard isModern else { return "" }
    return TerminalModes.mouseOff + TerminalModes.keysOff + TerminalModes.focusOff + TerminalModes.pasteOff
  }

  /// Everything undone in one string, for the crash handler, which cannot ask terminfo: our modes, colours, the
  /// cursor, the keypad, the alternate screen.
  func restore(leaving rmcup: String, keypad rmkx: String) -> String {
    (isModern ? TerminalModes.synchronizedEnd : "") + off + "\u{1B}[0m\u{1B}[?25h" + rmkx + rmcup + "\r\n"
  }
}
