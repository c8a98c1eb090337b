import CKernels

/// The merges of a BPE vocabulary: pair of tokens → rank and token. One hash table in one flat block of memory, which can
/// be written to a file and mapped back.
///
/// Layout: ``Header``, then at 64 bytes the slots, in lines of four, which is a cache line. A pair is in its home line, or
/// where that was full, in the next one that was not; never around the end: the last slot of all is always free.
package final class MergeTable: @unchecked Sendable {
  struct Slot {
    /// Both tokens plus one, the left one above; 0: free.
    var pair: UInt64
    var rank: UInt32
    var id: TokenID
  }

  private struct Header {
    var seed: UInt64
    var count: UInt32
    /// Lines that are homes; ``overflow`` more follow.
    var homes: UInt32
  }

  private static let slotsOffset = TableMemory.alignment
  private static let overflow = 64
  private static let line = 4

  /// The block that all of it lies in.
  package private(set) var memory: TableMemory
  private var slots: UnsafeMutablePointer<Slot>
  private var header: Header

  package var count: Int { Int(header.count) }

  package init(capacity merges: Int) {
    header = Header(
      seed: UInt64.random(in: .min ... .max), count: 0, homes: UInt32(clamping: max(4, merges / 2)))
    memory = TableMemory(count: Self.size(header.homes))
    memory.base.storeBytes(of: header, as: Header.self)
    slots = (memory.base + Self.slotsOffset).assumingMemoryBound(to: Slot.self)
  }

  /// A table over a block that another process may have written. What it finds may be wrong where the block is damaged,
  /// so ids are to be checked where they lead to memory; no lookup reads outside of the block.
  /// - Returns: nil where the block is not a table.
  package init?(memory: TableMemory) {
    guard memory.count >= Self.slotsOffset else { return nil }
    header = memory.base.load(as: Header.self)
    guard header.homes > 0, Self.size(header.homes) <= memory.count else { return nil }
    self.memory = memory
    slots = (memory.base + Self.slotsOffset).assumingMemoryBound(to: Slot.self)
    guard slots[slotCount - 1].pair == 0 else { return nil }
  }

  private var slotCount: Int { (Int(header.homes) + Self.overflow) * Self.line }

  /// Whether every merge makes one of a number of tokens, and no more than `run` lines in a row are full.
  func isSound(tokens: Int, run longest: Int) -> Bool {
    var run = 0
    for at in 0..<slotCount {
      let slot = slots[at]
      guard slot.pair == 0 || slot.id >= 0 && Int(slot.id) < tokens else { return false }
      guard at % Self.line == Self.line - 1 else { continue }
      run = slot.pair == 0 ? 0 : run + 1
      guard run <= longest else { return false }
    }
    return true
  }

  private static func size(_ homes: UInt32) -> Int {
    slotsOffset + (Int(homes) + overflow) * line * MemoryLayout<Slot>.stride
  }

  @inline(__always)
  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(UInt32(bitPattern: left &+ 1)) << 32 | UInt64(UInt32(bitPattern: right &+ 1))
  }

  @inline(__always)
  private static func home(_ pair: UInt64, _ seed: UInt64, _ homes: UInt32) -> Int {
    var hash = (pair ^ seed) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 32
    return ByteHash.home(hash &* 0xD6E8_FEB8_6659_FD93, homes)
  }

  /// Asks memory for what ``add(_:_:rank:id:)`` will look at.
  @inline(__always)
  func prefetch(_ left: TokenID, _ right: TokenID) {
    gbx_prefetch(slots + Self.home(Self.key(left, right), header.seed, header.homes) * Self.line)
  }

  /// Adds a merge while the table is being built. Of equal pairs the last one counts.
  package func add(_ left: TokenID, _ right: TokenID, rank: UInt32, id: TokenID) {
    if count > Int(header.homes) * 3 { grow() }
    let pair = Self.key(left, right)
    while true {
      var at = Self.home(pair, header.seed, header.homes) * Self.line
      while slots[at].pair != 0, slots[at].pair != pair { at += 1 }
      guard at < slotCount - Self.line else {
        grow()
        continue
      }
      if slots[at].pair == 0 { header.count += 1 }
      slots[at] = Slot(pair: pair, rank: rank, id: id)
      memory.base.storeBytes(of: header, as: Header.self)
      return
    }
  }

  private func grow() {
    let larger = MergeTable(capacity: Int(header.homes) * Self.line)
    for slot in UnsafeBufferPointer(start: slots, count: slotCount) where slot.pair != 0 {
      larger.add(
        TokenID(truncatingIfNeeded: slot.pair >> 32) &- 1, TokenID(truncatingIfNeeded: slot.pair) &- 1,
        rank: slot.rank, id: slot.id)
    }
    (memory, slots, header) = (larger.memory, larger.slots, larger.header)
  }

  /// Rank and token of a pair; rank `.max` where there is none.
  @inline(__always)
  package func find(_ left: TokenID, _ right: TokenID) -> (rank: UInt32, id: TokenID) { finder.find(left, right) }

  /// The table as a value for loops, valid as long as the table lives and nothing is added.
  var finder: Finder { Finder(slots: slots, seed: header.seed, homes: header.homes) }

  /// The table as `gbx_merge` takes it, valid as long as this object and the bytes' table.
  func view(bytes: BytePairTable?) -> gbx_merge_table {
    gbx_merge_table(
      slots: slots, seed: header.seed, homes: header.homes, bytes: bytes?.tokens,
      byte_pairs: bytes.map { UnsafeRawPointer($0.entries).assumingMemoryBound(to: UInt32.self) })
  }

  struct Finder {
    fileprivate let slots: UnsafeMutablePointer<Slot>
    fileprivate let seed: UInt64
    fileprivate let homes: UInt32

    @inline(__always)
    func find(_ left: TokenID, _ right: TokenID) -> (rank: UInt32, id: TokenID) {
      let pair = MergeTable.key(left, right)
      var line = slots + MergeTable.home(pair, seed, homes) &* MergeTable.line
      while true {
        for i in 0..<MergeTable.line where line[i].pair == pair { return (line[i].rank, line[i].id) }
        if line[MergeTable.line &- 1].pair == 0 { return (.max, -1) }
        line += MergeTable.line
      }
    }
  }
}
