import CNcurses

/// Colour pairs of ncurses by the colours of cells. Numbers are handed out as colours appear; when the terminal has no
/// more, all are given anew, beginning with the frame that needs them.
struct ColorPairs {
  struct Entry {
    var pair: Int32
    /// What must be added to show the colours: bold stands for bright on terminals with eight.
    var attributes: UInt32
  }

  let depth: ColorDepth
  /// Whether numbers are 24-bit colours, of which those below 8 mean the terminal's own.
  private let isDirect: Bool
  private let colors: Int
  private let limit: Int
  private let boldIsBright: Bool
  private var entries: [UInt64: Entry] = [:]
  private var next: Int32 = 1

  /// To be made after `start_color`.
  init(depth: ColorDepth, term: String) {
    colors = Int(gbx_colors())
    self.depth = depth
    isDirect = colors > 256
    limit = min(Int(gbx_color_pairs()), 1 << 13)
    boldIsBright = term.hasPrefix("linux") || term.hasPrefix("xterm-color")
  }

  /// Whether a frame with this many new pairs at most could run out of them.
  var isExhausted: Bool { Int(next) >= limit }

  /// Forgets all pairs; the whole screen has to be drawn again.
  mutating func reset() {
    entries.removeAll(keepingCapacity: true)
    next = 1
  }

  mutating func entry(foreground: UInt32, background: UInt32) -> Entry {
    let key = UInt64(foreground) << 32 | UInt64(background)
    if let entry = entries[key] { return entry }
    var entry = Entry(pair: 0, attributes: 0)
    if depth != .mono && Int(next) < limit {
      let front = code(PackedStyle.color(foreground), isForeground: true, &entry.attributes)
      let back = code(PackedStyle.color(background), isForeground: false, &entry.attributes)
      if (front != -1 || back != -1) && init_extended_pair(next, front, back) == OK {
        entry.pair = next
        next += 1
      }
    }
    entries[key] = entry
    return entry
  }

  /// A colour as ncurses counts it.
  private func code(_ color: Color, isForeground: Bool, _ attributes: inout UInt32) -> Int32 {
    switch depth.nearest(color) {
    case .standard: return -1
    case .ansi(let index):
      if isDirect {
        if index < 8 { return Int32(index) }
        let (red, green, blue) = ColorDepth.components(ofIndex: index)
        return direct(red, green, blue)
      }
      if Int(index) < colors { return Int32(index) }
      // Bright colours on a terminal with eight.
      guard isForeground else { return Int32(index & 7) }
      if boldIsBright {
        attributes |= UInt32(Attributes.bold.rawValue)
        return Int32(index & 7)
      }
      if index == 8 { attributes |= UInt32(Attributes.dim.rawValue) }
      return index == 8 ? 7 : Int32(index & 7)
    case .rgb(let red, let green, let blue): return direct(Int(red), Int(green), Int(blue))
    }
  }

  private func direct(_ red: Int, _ green: Int, _ blue: Int) -> Int32 {
    let value = red << 16 | green << 8 | blue
    // The eight values next to black are taken; one step of green is nearer than anything one could see.
    return Int32(value < 8 ? 0x100 : value)
  }
}
