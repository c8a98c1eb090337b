#if canImport(Glibc)
  import Glibc
#endif

/// Memory that flat tables lie in: their own, or part of a mapped file. Tables hold offsets and no addresses, so what
/// one process has built another can map.
package final class TableMemory: @unchecked Sendable {
  static let alignment = 64

  package let base: UnsafeMutableRawPointer
  package let count: Int
  /// Keeps mapped memory alive; nil: the memory is this object's.
  private let owner: AnyObject?

  /// Memory of zeros.
  init(count: Int) {
    // Lookups go all over a table: where it is large, large pages save a second access to memory for each.
    let page = 2 << 20
    base = .allocate(byteCount: max(count, Self.alignment), alignment: count >= 2 * page ? page : Self.alignment)
    #if canImport(Glibc)
      if count >= 2 * page { madvise(base, count, MADV_HUGEPAGE) }
    #endif
    base.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, Self.alignment))
    self.count = count
    owner = nil
  }

  /// Memory that `owner` has mapped, which is read only. It may be damaged or hostile: tables check it.
  /// - Returns: nil where it is not aligned to eight bytes.
  package init?(mapped bytes: UnsafeRawBufferPointer, owner: AnyObject) {
    guard let address = bytes.baseAddress, UInt(bitPattern: address) & 7 == 0 else { return nil }
    base = UnsafeMutableRawPointer(mutating: address)
    count = bytes.count
    self.owner = owner
  }

  deinit { if owner == nil { base.deallocate() } }

  /// All of it, as it may be written to a file.
  package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// A size rounded up so that the next section is aligned.
  static func aligned(_ count: Int) -> Int { (count + alignment - 1) & ~(alignment - 1) }
}

extension ByteHash {
  /// The home of a hash among `count` places (fewer than 2³²), from its upper half.
  @inline(__always)
  static func home(_ hash: UInt64, _ count: UInt32) -> Int {
    Int(truncatingIfNeeded: ((hash >> 32) &* UInt64(count)) >> 32)
  }
}
