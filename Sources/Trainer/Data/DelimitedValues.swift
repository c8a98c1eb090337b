import Core

/// Records of RFC 4180: fields between commas (or tabs), in quotes where they hold separators, line ends or quotes
/// (doubled).
struct DelimitedValues {
  private let bytes: UnsafeRawBufferPointer
  private let separator: UInt8
  private var at = 0
  /// The line the last record began on.
  private(set) var line = 0
  private var lines = 1
  /// The line of a quote that is never closed.
  private(set) var openQuote: Int?

  init(_ bytes: UnsafeRawBufferPointer, separator: UInt8 = UInt8(ascii: ",")) {
    self.bytes = bytes
    self.separator = separator
  }

  mutating func next() -> [String]? {
    guard at < bytes.count else { return nil }
    line = lines
    var fields: [String] = []
    var field: [UInt8] = []
    var quoted = false
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == 0x0A { lines += 1 }
      if quoted {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
          field.append(byte)
          at += 1
        } else {
          quoted = false
        }
      } else if byte == UInt8(ascii: "\""), field.isEmpty {
        quoted = true
        openQuote = lines
      } else if byte == separator {
        fields.append(String(decoding: field, as: UTF8.self))
        field.removeAll(keepingCapacity: true)
      } else if byte == 0x0A {
        break
      } else if byte != 0x0D {
        field.append(byte)
      }
    }
    if !quoted { openQuote = nil }
    fields.append(String(decoding: field, as: UTF8.self))
    return fields
  }
}
