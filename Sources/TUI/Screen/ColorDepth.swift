/// How many colours the terminal shows, and how a colour comes down to them.
public enum ColorDepth: Int, Sendable, CaseIterable, Comparable {
  case mono, ansi16, ansi256, truecolor

  public static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.rawValue < right.rawValue }

  /// What the environment asks for: none with a non-empty `NO_COLOR`, 24 bits with `COLORTERM=truecolor` or `24bit`,
  /// else by the name in `TERM`.
  public static func detect(environment: [String: String]) -> ColorDepth {
    if let value = environment["NO_COLOR"], !value.isEmpty { return .mono }
    let term = environment["TERM"] ?? ""
    if term.isEmpty || term == "dumb" || term.hasPrefix("vt") || term.hasSuffix("-mono") || term.hasSuffix("-m") {
      return .mono
    }
    if term.hasSuffix("-direct") { return .truecolor }
    if term == "linux" || term == "screen" || term == "ansi" || term == "cygwin" { return .ansi16 }
    switch environment["COLORTERM"] {
    case "truecolor", "24bit": return .truecolor
    default: return term.contains("256") || term.hasPrefix("xterm-") ? .ansi256 : .ansi16
    }
  }

  /// The nearest colour this depth has: `.standard` for mono, `.ansi` up to 16 colours, `.ansi` or an index of the
  /// cube and the greys as `.ansi(16…255)` for 256.
  public func nearest(_ color: Color) -> Color {
    guard case .rgb(let red, let green, let blue) = color else { return self == .mono ? .standard : color }
    switch self {
    case .truecolor: return color
    case .ansi256: return .ansi(ColorDepth.nearest256(Int(red), Int(green), Int(blue)))
    case .ansi16: return .ansi(ColorDepth.nearest16(Int(red), Int(green), Int(blue)))
    case .mono: return .standard
    }
  }

  /// A style with colours of this depth. Without colour, attributes carry what they can.
  public func adapt(_ style: Style) -> Style {
    self == .truecolor
      ? style : Style(nearest(style.foreground), on: nearest(style.background), style.attributes)
  }

  /// Red, green and blue of an indexed colour as xterm has them; the first 16 are the user's own, so only a guess.
  public static func components(ofIndex index: UInt8) -> (red: Int, green: Int, blue: Int) {
    let index = Int(index)
    if index < 16 { return basic[index] }
    if index >= 232 { return (8 + 10 * (index - 232), 8 + 10 * (index - 232), 8 + 10 * (index - 232)) }
    let place = index - 16
    return (cube[place / 36], cube[place / 6 % 6], cube[place % 6])
  }

  private static let cube = [0, 95, 135, 175, 215, 255]
  private static let basic: [(red: Int, green: Int, blue: Int)] = [
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255),
    (255, 255, 255),
  ]

  private static func distance(
    _ red: Int, _ green: Int, _ blue: Int, _ other: (red: Int, green: Int, blue: Int)
  ) -> Int {
    (red - other.red) * (red - other.red) + (green - other.green) * (green - other.green)
      + (blue - other.blue) * (blue - other.blue)
  }

  /// The nearest of the 6×6×6 cube and the 24 greys: per channel the nearest level is the nearest cube colour, and the
  /// nearest grey is that of the mean.
  static func nearest256(_ red: Int, _ green: Int, _ blue: Int) -> UInt8 {
    func level(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
    let inCube = UInt8(16 + 36 * level(red) + 6 * level(green) + level(blue))
    let inGreys = UInt8(232 + min(23, max(0, (red + green + blue - 9) / 30)))
    let cubeDistance = distance(red, green, blue, components(ofIndex: inCube))
    return distance(red, green, blue, components(ofIndex: inGreys)) < cubeDistance ? inGreys : inCube
  }

  static func nearest16(_ red: Int, _ green: Int, _ blue: Int) -> UInt8 {
    var best = 0
    var least = Int.max
    for (index, color) in basic.enumerated() {
      let here = distance(red, green, blue, color)
      if here < least { (best, least) = (index, here) }
    }
    return UInt8(best)
  }
}
