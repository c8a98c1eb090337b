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

  /// Styles with backgrounds of this depth that are told apart from each other, as far as it goes.
  func adaptApart(_ styles: [Style]) -> [Style] {
    guard self == .ansi256 else { return styles.map(adapt) }
    var taken: [UInt8] = []
    return styles.map { style in
      var adapted = adapt(style)
      if case .rgb(let red, let green, let blue) = style.background {
        let index = ColorDepth.nearest256(Int(red), Int(green), Int(blue), apartFrom: taken)
        taken.append(index)
        adapted.background = .ansi(index)
      }
      return adapted
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

  /// The colours beyond the first 16, which are the user's own.
  private static let fixed: [(index: UInt8, color: PerceivedColor)] = (16...255).map {
    ($0, PerceivedColor(components(ofIndex: $0)))
  }

  /// The one of the 6×6×6 cube and the 24 greys that looks most alike. By channels, dark colours would all be greys.
  /// - Parameter taken: indices that a colour shall be told apart from.
  static func nearest256(_ red: Int, _ green: Int, _ blue: Int, apartFrom taken: [UInt8] = []) -> UInt8 {
    let wanted = PerceivedColor((red, green, blue))
    let others = taken.map { PerceivedColor(components(ofIndex: $0)) }
    func distance(_ candidate: (index: UInt8, color: PerceivedColor)) -> Double {
      let closest = others.map(candidate.color.difference).min() ?? .infinity
      return wanted.difference(candidate.color) + max(0, 10 - closest) * 10
    }
    return fixed.min { distance($0) < distance($1) }?.index ?? 16
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
