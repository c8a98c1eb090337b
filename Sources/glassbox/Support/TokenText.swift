import Core

/// Tokens and pieces of text as a terminal may show them: on one line, with white space visible.
enum TokenText {
  static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
  }

  /// Text with `⏎`, `⇥` and, where asked, `·` for white space; bytes that are no whole characters as `‹F0 9F›`.
  static func visible(_ bytes: some Collection<UInt8>, spaces: Bool = false, keepsNewlines: Bool = false) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.utf8.elementsEqual(bytes) else { return "‹" + hexadecimal(bytes) + "›" }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": shown.append(contentsOf: (keepsNewlines ? "⏎\n" : "⏎").unicodeScalars)
      case "\t": shown.append("⇥")
      case " " where spaces: shown.append("·")
      default: shown.append(scalar)
      }
    }
    return keepsNewlines ? Inert.text(String(shown)) : Inert.line(String(shown))
  }

  static func quoted(_ bytes: some Collection<UInt8>) -> String { "\"" + visible(bytes) + "\"" }

  /// 12345 as 12 345.
  static func grouped(_ count: Int) -> String {
    var digits = Array(String(count))
    var at = digits.count - 3
    while at > 0 {
      digits.insert(" ", at: at)
      at -= 3
    }
    return String(digits)
  }

  /// Rows under a header in columns; those marked right are aligned at their ends.
  static func table(_ rows: [[String]], right: Set<Int>) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        line += (column > 0 ? "  " : "") + (right.contains(column) ? space + cell : cell + space)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
