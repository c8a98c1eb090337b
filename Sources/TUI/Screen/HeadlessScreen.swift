/// Frames without a terminal: the same cells give the same bytes.
public enum HeadlessScreen {
  /// The frame as lines of plain text, spaces at line ends cut, a line end after each row.
  public static func text(_ buffer: CellBuffer, ascii: Bool = false) -> String {
    var result = ""
    for y in 0..<buffer.height {
      var line = ""
      var kept = line.endIndex
      for x in 0..<buffer.width {
        guard let cell = buffer[x, y], !cell.isContinuation else { continue }
        line += shown(cell, ascii: ascii)
        if cell.scalar != 0x20 { kept = line.endIndex }
      }
      result += line[..<min(kept, line.endIndex)]
      result += "\n"
    }
    return result
  }

  /// The frame with colour codes, one line a row, each row ending with a reset.
  public static func ansi(_ buffer: CellBuffer, depth: ColorDepth = .truecolor, ascii: Bool = false) -> String {
    var result = ""
    for y in 0..<buffer.height {
      var current: Style?
      for x in 0..<buffer.width {
        guard let cell = buffer[x, y], !cell.isContinuation else { continue }
        let style = depth.adapt(cell.style)
        if style != current {
          result += sequence(style)
          current = style
        }
        result += shown(cell, ascii: ascii)
      }
      result += "\u{1B}[0m\n"
    }
    return result
  }

  private static func shown(_ cell: Cell, ascii: Bool) -> String {
    guard ascii else { return cell.text }
    let stand = String(Character(ASCIIFallback.character(for: cell.scalar)))
    return cell.isWide ? stand + stand : stand
  }

  /// The escape sequence that sets exactly this style.
  static func sequence(_ style: Style) -> String {
    var codes = ["0"]
    let attributes = style.attributes
    if attributes.contains(.bold) { codes.append("1") }
    if attributes.contains(.dim) { codes.append("2") }
    if attributes.contains(.italic) { codes.append("3") }
    if attributes.contains(.underline) { codes.append("4") }
    if attributes.contains(.reverse) { codes.append("7") }
    append(style.foreground, base: 30, to: &codes)
    append(style.background, base: 40, to: &codes)
    return "\u{1B}[" + codes.joined(separator: ";") + "m"
  }

  private static func append(_ color: Color, base: Int, to codes: inout [String]) {
    switch color {
    case .standard: return
    case .ansi(let index) where index < 8: codes.append("\(base + Int(index))")
    case .ansi(let index) where index < 16: codes.append("\(base + 52 + Int(index))")
    case .ansi(let index): codes.append("\(base + 8);5;\(index)")
    case .rgb(let red, let green, let blue): codes.append("\(base + 8);2;\(red);\(green);\(blue)")
    }
  }
}
