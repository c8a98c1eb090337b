import Core
import TOMLKit

extension TOMLNesting {
  /// Parses a text that does not nest too deep.
  /// - Throws: ``TOMLNesting/TooDeep``, or the parser's error.
  static func table(_ text: String) throws -> TOMLTable {
    try check(text)
    return try TOMLTable(string: text)
  }
}

/// Where a key stands in a TOML text, for messages: the parser keeps no places of keys.
enum TOMLLines {
  /// The line, from 1, on which a dotted key is set, in its table or with its path; nil where it is not found (within an
  /// inline table's later lines, or spelled with escapes).
  static func line(of key: String, in text: String) -> Int? {
    var table = ""
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let trimmed = line.trimmingSpaces()
      if trimmed.hasPrefix("[") {
        table = normalized(trimmed.drop { $0 == "[" }.prefix { $0 != "]" })
        if table == key { return index + 1 }
        continue
      }
      guard let equals = trimmed.firstIndex(of: "="), !trimmed.hasPrefix("#") else { continue }
      let name = normalized(trimmed[..<equals])
      let path = table.isEmpty ? name : table + "." + name
      // An inline table holds what lies below its key.
      if path == key || key.hasPrefix(path + ".") { return index + 1 }
    }
    return nil
  }

  /// `"model" . layers` as `model.layers`.
  private static func normalized(_ key: some StringProtocol) -> String {
    String(key.filter { !" \t\"'".contains($0) })
  }
}
