/// Reads Protocol Buffers' wire format front to back; every length is checked against what is left.
struct ProtobufReader {
  enum Value {
    case number(UInt64)
    case bytes(UnsafeRawBufferPointer)
    case fixed32(UInt32)
    case fixed64(UInt64)
  }

  private let bytes: UnsafeRawBufferPointer
  private let file: String
  /// Where `bytes` begin in the file, for messages.
  private let origin: Int
  private var offset = 0

  /// - Parameter bytes: must outlive the reader and what it gives.
  init(_ bytes: UnsafeRawBufferPointer, file: String, origin: Int = 0) {
    self.bytes = bytes
    self.file = file
    self.origin = origin
  }

  /// A reader of a message inside this one.
  func message(_ bytes: UnsafeRawBufferPointer) -> ProtobufReader {
    ProtobufReader(bytes, file: file, origin: origin + offset - bytes.count)
  }

  func error(_ found: String, expected: String? = nil) -> FormatError {
    FormatError(file: file, place: "byte \(origin + offset)", found: found, expected: expected)
  }

  /// The next field; nil at the end.
  /// - Throws: ``FormatError``: cut short, or no such format.
  mutating func next() throws -> (field: Int, value: Value)? {
    guard offset < bytes.count else { return nil }
    let key = try varint()
    let field = key >> 3
    guard field > 0, field < 1 << 29 else { throw error("field \(field)", expected: "1 to \((1 << 29) - 1)") }
    switch key & 7 {
    case 0: return (Int(field), .number(try varint()))
    case 1:
      return (Int(field), .fixed64(UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))))
    case 2:
      let count = try varint()
      guard count <= UInt64(bytes.count - offset) else {
        throw error("\(count) bytes in field \(field)", expected: "at most \(bytes.count - offset), which are left")
      }
      return (Int(field), .bytes(try take(Int(count))))
    case 5:
      return (Int(field), .fixed32(UInt32(littleEndian: try take(4).loadUnaligned(as: UInt32.self))))
    default: throw error("wire type \(key & 7)", expected: "0, 1, 2 or 5")
    }
  }

  private mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 70 {
      guard offset < bytes.count else { throw error("the message ends within a number") }
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw error("a number of more than ten bytes")
  }

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard bytes.count - offset >= count else {
      throw error("the message ends here", expected: "\(count) more bytes, \(bytes.count - offset) are left")
    }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }
}
