/// The letters that byte-level vocabularies are written with: printable Latin-1 bytes as themselves, the other 68 bytes
/// as U+0100 and on, in order (GPT-2, Radford et al. 2019). So `Ġthe` is the text " the".
enum ByteAlphabet {
  /// The letter of each byte.
  static let scalars: [UInt16] = {
    var next: UInt16 = 0x100
    return (0..<256).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return UInt16(byte)
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The byte of each letter below U+0144; -1 where there is none.
  static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar)] = Int16(byte) }
    return table
  }()

  /// Appends the bytes that a token stands for.
  /// - Returns: false (and appends nothing) where a character is not of the alphabet.
  static func decode(_ token: UnsafeBufferPointer<UInt8>, into result: inout [UInt8]) -> Bool {
    let bytes = bytes
    let start = result.count
    var i = 0
    while i < token.count {
      var scalar = Int(token[i])
      if scalar < 0x80 {
        i += 1
      } else if scalar >= 0xC2, scalar < 0xE0, i + 1 < token.count {
        scalar = (scalar & 0x1F) << 6 | Int(token[i + 1]) & 0x3F
        i += 2
      } else {
        scalar = bytes.count
      }
      guard scalar < bytes.count, bytes[scalar] >= 0 else {
        result.removeSubrange(start...)
        return false
      }
      result.append(UInt8(bytes[scalar]))
    }
    return true
  }

  static func encode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var scalars = String.UnicodeScalarView()
    for byte in bytes { if let scalar = Unicode.Scalar(Self.scalars[Int(byte)]) { scalars.append(scalar) } }
    return String(scalars)
  }
}
