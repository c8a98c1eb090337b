/// The merges of a BPE vocabulary: pair of tokens → rank and token. One flat hash table.
final class MergeTable: @unchecked Sendable {
  struct Slot {
    var left: TokenID
    var right: TokenID
    var rank: UInt32
    var id: TokenID
  }

  private let slots: UnsafeMutablePointer<Slot>
  private let mask: Int
  private let seed: UInt64
  private(set) var count = 0

  init(capacity merges: Int) {
    var size = 16
    while size < merges * 2 { size *= 2 }
    slots = .allocate(capacity: size)
    slots.initialize(repeating: Slot(left: -1, right: -1, rank: .max, id: -1), count: size)
    mask = size - 1
    seed = ByteHash.processSeed
  }

  deinit { slots.deallocate() }

  @inline(__always)
  private func place(_ left: TokenID, _ right: TokenID) -> Int {
    let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    return Int(truncatingIfNeeded: ByteHash.mix(key ^ seed)) & mask
  }

  /// Adds a merge while the table is being built: at most as many as it was made for. Of equal pairs the last one
  /// counts.
  func add(_ left: TokenID, _ right: TokenID, rank: UInt32, id: TokenID) {
    var at = place(left, right)
    while slots[at].left >= 0, slots[at].left != left || slots[at].right != right { at = (at + 1) & mask }
    if slots[at].left < 0 { count += 1 }
    slots[at] = Slot(left: left, right: right, rank: rank, id: id)
  }

  /// Rank and token of a pair; rank `.max` where there is none.
  @inline(__always)
  func find(_ left: TokenID, _ right: TokenID) -> (rank: UInt32, id: TokenID) {
    var at = place(left, right)
    while slots[at].left >= 0 {
      if slots[at].left == left, slots[at].right == right { return (slots[at].rank, slots[at].id) }
      at = (at + 1) & mask
    }
    return (.max, -1)
  }
}
