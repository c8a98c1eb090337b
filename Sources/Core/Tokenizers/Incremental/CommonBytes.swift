/// How far two texts are alike, found eight bytes at a time: long ones are compared at every key.
package enum CommonBytes {
  /// How many bytes both begin with.
  package static func prefix(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let limit = min(a.count, b.count)
    var same = 0
    while limit &- same >= 8, word(a, same) == word(b, same) { same &+= 8 }
    while same < limit, a[same] == b[same] { same &+= 1 }
    return same
  }

  /// How many bytes both end with.
  package static func suffix(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let limit = min(a.count, b.count)
    var same = 0
    while limit &- same >= 8, word(a, a.count &- same &- 8) == word(b, b.count &- same &- 8) { same &+= 8 }
    while same < limit, a[a.count &- same &- 1] == b[b.count &- same &- 1] { same &+= 1 }
    return same
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
    bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
  }
}
