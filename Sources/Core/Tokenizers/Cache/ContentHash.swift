/// A hash of the bytes of a file, at memory speed. It tells damage and change; it does not withstand forgery.
enum ContentHash {
  static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    // Four independent chains keep the multiplier busy.
    var (a, b, c, d): (UInt64, UInt64, UInt64, UInt64) = (1, 2, 3, 4)
    var at = 0
    if let base = bytes.baseAddress {
      while bytes.count - at >= 32 {
        a = step(a, base.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        b = step(b, base.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self))
        c = step(c, base.loadUnaligned(fromByteOffset: at &+ 16, as: UInt64.self))
        d = step(d, base.loadUnaligned(fromByteOffset: at &+ 24, as: UInt64.self))
        at &+= 32
      }
    }
    while at < bytes.count {
      a = step(a, UInt64(bytes[at]))
      at &+= 1
    }
    let joined = step(step(step(a, b), c), d)
    return ByteHash.mix(step(joined, UInt64(truncatingIfNeeded: bytes.count)))
  }

  @inline(__always)
  private static func step(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
    return product << 31 | product >> 33
  }
}
