import Synchronization

/// Emoji that are made of several scalars.
enum EmojiSequences {
  /// Stands behind an emoji of which something is left off.
  static let mark: UInt32 = 0x207A

  private static let drawn = Atomic<Bool>(false)

  /// Whether the terminal draws a sequence as one glyph of two cells. Frames without a terminal do not.
  static var areDrawn: Bool { drawn.load(ordering: .relaxed) }

  /// To be said before anything is drawn.
  static func draw(whole: Bool) { drawn.store(whole, ordering: .relaxed) }

  /// Terminals known to count a sequence as the two cells of its first emoji. A multiplexer between counts for itself.
  static func areDrawn(environment: [String: String]) -> Bool {
    let term = environment["TERM"] ?? ""
    guard environment["TMUX"] == nil, !term.hasPrefix("tmux"), !term.hasPrefix("screen") else { return false }
    if ["kitty", "ghostty", "foot", "wezterm", "contour"].contains(where: { term.contains($0) }) { return true }
    return ["WezTerm", "ghostty", "iTerm.app", "contour", "kitty"].contains(environment["TERM_PROGRAM"] ?? "")
  }

  /// What follows the first emoji of a sequence, as far as a cell can hold it.
  struct Rest {
    private var values: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    private var count = 0
    /// Whether it changes what is meant: more than a selector of the form.
    var matters = false

    var isWhole: Bool { count <= 4 }

    mutating func append(_ value: UInt32) {
      switch count {
      case 0: values.0 = value
      case 1: values.1 = value
      case 2: values.2 = value
      case 3: values.3 = value
      default: break
      }
      count += 1
    }

    func add(to glyph: inout Glyph) {
      for value in [values.0, values.1, values.2, values.3].prefix(count) { glyph.add(mark: value) }
    }
  }
}
