/// Reads little-endian values from front to back; every read is checked against what is left.
public struct ByteReader {
  public let bytes: UnsafeRawBufferPointer
  public private(set) var offset = 0
  /// For messages.
  public let file: String
  /// What is being read, for messages: a key, a tensor.
  public var place: String?

  public init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  public var remaining: Int { bytes.count - offset }

  /// An error at the present place.
  public func error(_ found: String, expected: String? = nil) -> FormatError {
    FormatError(file: file, place: place ?? "byte \(offset)", found: found, expected: expected)
  }

  public mutating func read<T: FixedWidthInteger>(_ type: T.Type = T.self) throws -> T {
    let size = MemoryLayout<T>.size
    guard remaining >= size else { throw ended(size) }
    let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
    offset += size
    return T(littleEndian: value)
  }

  /// A 64-bit count of things that take at least `minimumBytes` each; so no count promises more than the file can hold.
  public mutating func readCount(minimumBytes: Int, of what: String) throws -> Int {
    let value: UInt64 = try read()
    guard value <= UInt64(remaining / max(1, minimumBytes)) else {
      throw error(
        "\(value) \(what)", expected: "at most \(remaining / max(1, minimumBytes)), as \(remaining) bytes follow")
    }
    return Int(value)
  }

  /// Passes over texts that each stand behind their length in 64 bits, as far as they are whole.
  /// - Returns: how many.
  mutating func skipTexts(_ count: Int) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var at = offset
    var done = 0
    while done < count, bytes.count - at >= 8 {
      let length = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      guard length <= UInt64(bytes.count - at - 8) else { break }
      at += 8 + Int(length)
      done += 1
    }
    offset = at
    return done
  }

  public mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, remaining >= count else { throw ended(count) }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }

  private func ended(_ count: Int) -> FormatError {
    error("the file ends here", expected: "\(count) more bytes, \(remaining) are left")
  }
}
