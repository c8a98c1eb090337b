/// One cell of the screen: a base scalar with up to four combining marks, and how it looks. A wide character fills its
/// cell and leaves the next one as its continuation. Plain data, so that rows compare by their bytes.
public struct Cell: Sendable, Equatable {
  /// The character's base scalar; 0 in the right half of a wide character.
  public internal(set) var scalar: UInt32
  var mark1: UInt32 = 0
  var mark2: UInt32 = 0
  var mark3: UInt32 = 0
  var mark4: UInt32 = 0
  var foreground: UInt32
  var background: UInt32
  /// Attributes in the low byte; bit 8 says that the character is two cells wide.
  var flags: UInt32

  static let wideFlag: UInt32 = 0x100

  /// A blank cell.
  public init(style: Style = Style()) {
    self.init(scalar: 0x20, style: PackedStyle(style))
  }

  init(scalar: UInt32, style: PackedStyle) {
    self.scalar = scalar
    foreground = style.foreground
    background = style.background
    flags = style.attributes
  }

  init(_ glyph: Glyph, style: PackedStyle) {
    self.init(scalar: glyph.scalar, style: style)
    mark1 = glyph.mark1
    mark2 = glyph.mark2
    mark3 = glyph.mark3
    mark4 = glyph.mark4
    if glyph.width == 2 { flags |= Cell.wideFlag }
  }

  /// Whether this is the right half of the wide character on the left.
  public var isContinuation: Bool { scalar == 0 }
  /// Whether the character here takes this cell and the next.
  public var isWide: Bool { flags & Cell.wideFlag != 0 }

  public var style: Style {
    get {
      Style(
        PackedStyle.color(foreground), on: PackedStyle.color(background),
        Attributes(rawValue: UInt8(truncatingIfNeeded: flags)))
    }
    set {
      let packed = PackedStyle(newValue)
      foreground = packed.foreground
      background = packed.background
      flags = flags & Cell.wideFlag | packed.attributes
    }
  }

  /// The character with its marks; empty in the right half of a wide character.
  public var text: String {
    guard scalar != 0 else { return "" }
    var text = ""
    for value in [scalar, mark1, mark2, mark3, mark4] {
      guard value != 0, let scalar = Unicode.Scalar(value) else { break }
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}

/// A style in three words, as cells keep it.
struct PackedStyle: Equatable, Hashable {
  var foreground: UInt32
  var background: UInt32
  var attributes: UInt32

  init(_ style: Style) {
    foreground = PackedStyle.pack(style.foreground)
    background = PackedStyle.pack(style.background)
    attributes = UInt32(style.attributes.rawValue)
  }

  static func pack(_ color: Color) -> UInt32 {
    switch color {
    case .standard: 0
    case .ansi(let index): 0x0100_0000 | UInt32(index)
    case .rgb(let red, let green, let blue): 0x0200_0000 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
    }
  }

  static func color(_ packed: UInt32) -> Color {
    switch packed >> 24 {
    case 0: .standard
    case 1: .ansi(UInt8(truncatingIfNeeded: packed))
    default:
      .rgb(
        UInt8(truncatingIfNeeded: packed >> 16), UInt8(truncatingIfNeeded: packed >> 8),
        UInt8(truncatingIfNeeded: packed))
    }
  }
}
