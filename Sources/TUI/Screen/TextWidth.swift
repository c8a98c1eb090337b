/// How many terminal cells text takes. The answers come from a table and not from the locale, so a frame drawn without
/// a terminal is the frame drawn on one; where the C library knows a scalar otherwise, the terminal draws a stand-in
/// of the planned width.
public enum TextWidth {
  enum Kind: Equatable {
    case narrow, wide, mark, ignorable
    /// Shown as the given one-cell symbol instead.
    case unsafe(UInt32)
  }

  static func kind(of scalar: UInt32) -> Kind {
    if scalar < 0x300 {
      if scalar >= 0x20 && scalar < 0x7F || scalar >= 0xA0 && scalar != 0xAD { return .narrow }
      switch scalar {
      case 0x09, 0x0A, 0x0D: return .unsafe(0x20)
      case ..<0x20: return .unsafe(0x2400 + scalar)
      case 0x7F: return .unsafe(0x2421)
      case 0xAD: return .unsafe(0x2D)  // Terminals disagree about the soft hyphen.
      default: return .unsafe(0xFFFD)
      }
    }
    // The blocks that fill most screens, before the tables.
    if scalar >= 0x2500 && scalar < 0x25FD || scalar >= 0x2800 && scalar < 0x2900 { return .narrow }
    if scalar >= 0x4E00 && scalar < 0xA000 || scalar >= 0xAC00 && scalar < 0xD7A4 { return .wide }
    if WidthTable.contains(WidthTable.marks, scalar) { return .mark }
    if WidthTable.contains(WidthTable.wide, scalar) { return .wide }
    if SafeText.isBidirectionalControl(scalar) || scalar == 0x2028 || scalar == 0x2029 || scalar & 0xFFFE == 0xFFFE {
      return .unsafe(0xFFFD)
    }
    return WidthTable.contains(WidthTable.ignorable, scalar) ? .ignorable : .narrow
  }

  /// Emoji that ZWJ sequences are made of; not digits, regional letters or skin tones.
  static func isPictograph(_ scalar: UInt32) -> Bool {
    guard scalar >= 0x203C, !(0x1F1E6...0x1F1FF ~= scalar), !(0x1F3FB...0x1F3FF ~= scalar) else { return false }
    return Unicode.Scalar(scalar)?.properties.isEmoji ?? false
  }

  /// Cells that `text` takes on one line, as `CellBuffer.put` draws it.
  public static func of(_ text: some StringProtocol) -> Int {
    var glyphs = GlyphScanner(text.unicodeScalars.makeIterator())
    var width = 0
    while let glyph = glyphs.next() { width += glyph.width }
    return width
  }

  public static func of(_ character: Character) -> Int {
    var glyphs = GlyphScanner(character.unicodeScalars.makeIterator())
    var width = 0
    while let glyph = glyphs.next() { width += glyph.width }
    return width
  }

  /// The longest prefix of whole characters within `width` cells, and the cells it takes.
  public static func prefix<Text: StringProtocol>(
    _ text: Text, width: Int
  ) -> (text: Text.SubSequence, width: Int) {
    var used = 0
    var end = text.startIndex
    while end < text.endIndex {
      let next = of(text[end])
      if used + next > width { break }
      used += next
      end = text.index(after: end)
    }
    return (text[..<end], used)
  }

  /// The longest suffix of whole characters within `width` cells, and the cells it takes.
  public static func suffix<Text: StringProtocol>(
    _ text: Text, width: Int
  ) -> (text: Text.SubSequence, width: Int) {
    var used = 0
    var start = text.endIndex
    while start > text.startIndex {
      let before = text.index(before: start)
      let next = of(text[before])
      if used + next > width { break }
      used += next
      start = before
    }
    return (text[start...], used)
  }

  /// `text` itself when it fits, else its beginning and an ellipsis, together at most `width` cells.
  public static func truncate(_ text: String, to width: Int, ellipsis: String = "…") -> String {
    if of(text) <= width { return text }
    let room = width - of(ellipsis)
    return room < 0 ? "" : String(prefix(text, width: room).text) + ellipsis
  }

  /// `text` itself when it fits, else its beginning and its end around an ellipsis: for paths, whose ends matter.
  public static func truncateMiddle(_ text: String, to width: Int, ellipsis: String = "…") -> String {
    if of(text) <= width { return text }
    let room = width - of(ellipsis)
    if room < 0 { return "" }
    let tail = suffix(text, width: room - room / 3)
    return String(prefix(text, width: room - tail.width).text) + ellipsis + String(tail.text)
  }

  public enum Alignment: Sendable { case left, right, center }

  /// `text` cut or padded with spaces to exactly `width` cells.
  public static func pad(_ text: String, to width: Int, _ alignment: Alignment = .left) -> String {
    let fitted = truncate(text, to: width)
    let missing = max(0, width - of(fitted))
    let before =
      switch alignment {
      case .left: 0
      case .right: missing
      case .center: missing / 2
      }
    return String(repeating: " ", count: before) + fitted + String(repeating: " ", count: missing - before)
  }
}
