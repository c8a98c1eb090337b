/// How deep a TOML text nests: dotted keys, tables and arrays within each other.
///
/// Parsers of TOML go one call deeper for each, also for `a.a.a…`, and a text of 30 000 levels overflows their stack. So
/// it is measured first, without recursion.
public enum TOMLNesting {
  /// Levels that no settings of people reach.
  public static let limit = 64

  /// A text that nests deeper than ``limit``.
  public struct TooDeep: Error, Equatable, CustomStringConvertible {
    public var line: Int
    public var problem: String { "keys, tables or lists are nested deeper than \(TOMLNesting.limit) levels" }
    public var description: String { "line \(line): \(problem)" }
  }

  /// - Throws: ``TooDeep``, with the line where the limit is passed.
  public static func check(_ text: String) throws(TooDeep) {
    var bytes = Array(text.utf8)
    // Three zeros at the end spare the checks for it.
    bytes += [0, 0, 0]
    let end = bytes.count - 3
    var at = 0
    var line = 1
    var open = 0
    var dots = 0
    while at < end {
      let byte = bytes[at]
      switch byte {
      case UInt8(ascii: "#"):
        while at < end, bytes[at] != 0x0A { at += 1 }
        continue
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        at = skipString(bytes, at, end, &line)
        continue
      case UInt8(ascii: "["), UInt8(ascii: "{"): open += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        open = max(0, open - 1)
        dots = 0
      case UInt8(ascii: "."): dots += 1
      case UInt8(ascii: "="), UInt8(ascii: ","): dots = 0
      case 0x0A:
        line += 1
        dots = 0
      default: break
      }
      if open + dots > limit { throw TooDeep(line: line) }
      at += 1
    }
  }

  /// The place after the string that begins at `start`; strings in one pair of quotes end with their line.
  private static func skipString(_ bytes: [UInt8], _ start: Int, _ end: Int, _ line: inout Int) -> Int {
    let quote = bytes[start]
    let isLong = bytes[start + 1] == quote && bytes[start + 2] == quote
    var at = start + (isLong ? 3 : 1)
    while at < end {
      let byte = bytes[at]
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        if bytes[at + 1] == 0x0A { line += 1 }
        at += 2
        continue
      }
      if byte == 0x0A {
        if !isLong { return at }
        line += 1
      }
      if byte == quote {
        if !isLong { return at + 1 }
        if bytes[at + 1] == quote, bytes[at + 2] == quote { return at + 3 }
      }
      at += 1
    }
    return end
  }
}
