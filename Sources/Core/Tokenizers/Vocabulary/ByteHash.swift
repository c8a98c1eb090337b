/// Hashing of short byte strings, seeded once a process so that no file can be made to collide on purpose.
enum ByteHash {
  private static let seed = UInt64.random(in: .min ... .max)

  @inline(__always)
  static func mix(_ value: UInt64) -> UInt64 {
    var h = (value ^ (value >> 32)) &* 0x9E37_79B9_7F4A_7C15
    h ^= h >> 29
    h = h &* 0xBF58_476D_1CE4_E5B9
    return h ^ (h >> 32)
  }

  @inline(__always)
  static func hash(_ bytes: UnsafePointer<UInt8>, count: Int, seed: UInt64) -> UInt64 {
    var h = seed ^ UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
    let raw = UnsafeRawPointer(bytes)
    guard count >= 8 else {
      h = (h ^ short(raw, count)) &* 0xD6E8_FEB8_6659_FD93
      return mix(h ^ h >> 32)
    }
    var at = 0
    while count - at > 8 {
      h = (h ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0xD6E8_FEB8_6659_FD93
      h ^= h >> 32
      at += 8
    }
    // The last eight bytes, some of which may have been taken already.
    h = (h ^ raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)) &* 0xD6E8_FEB8_6659_FD93
    return mix(h ^ h >> 32)
  }

  /// Up to seven bytes as an integer: overlapping parts, which together with the number of bytes tell them all.
  @inline(__always)
  private static func short(_ raw: UnsafeRawPointer, _ count: Int) -> UInt64 {
    if count >= 4 {
      let first = UInt64(raw.loadUnaligned(as: UInt32.self))
      return first << 32 | UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
    }
    guard count > 0 else { return 0 }
    let first = UInt64(raw.load(as: UInt8.self))
    let middle = UInt64(raw.load(fromByteOffset: count / 2, as: UInt8.self))
    return first << 16 | middle << 8 | UInt64(raw.load(fromByteOffset: count - 1, as: UInt8.self))
  }

  /// Up to seven bytes as an integer, without reading past them.
  @inline(__always)
  static func tail(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    var value: UInt64 = 0
    for i in 0..<count { value |= UInt64(bytes[i]) << UInt64(8 * i) }
    return value
  }

  static var processSeed: UInt64 { seed }
}
