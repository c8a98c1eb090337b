import CKernels

/// The tokens of a vocabulary: bytes by id and ids by bytes, in one flat block of memory, so that a quarter of a million
/// tokens load in milliseconds, and the block can be written to a file and mapped back. Immutable.
///
/// A byte-level vocabulary is kept as the bytes its tokens stand for, not as the letters it is written with; see
/// ``ByteAlphabet``.
///
/// Layout, each section aligned to 64 bytes: ``Header``, ``Entry`` by id, slots, bytes of all tokens (the arena). A slot
/// holds the lower half of a token's hash above and id + 1 below; 0: free. Slots are probed upwards and never around the
/// end: the last one is always free.
package final class Vocabulary: @unchecked Sendable {
  /// Ids that a file may use; a limit on what an untrusted file can make us allocate.
  static let maximumID = (1 << 22) - 1
  /// Slots beyond the last home.
  fileprivate static let overflow = 256

  fileprivate struct Header {
    var seed: UInt64
    /// One more than the largest id.
    var count: UInt32
    /// Of the longest token, in bytes.
    var longest: UInt32
    /// Slots that are homes; ``overflow`` more follow.
    var homes: UInt32
    var arena: UInt32
  }

  /// Where a token's bytes begin, and how many they are plus one; 0: the id is not used.
  fileprivate struct Entry {
    var start: UInt32
    var lengthPlusOne: UInt32
  }

  /// One more than the largest id.
  package let count: Int
  /// Of the longest token, in bytes.
  let longest: Int
  /// The block that all of it lies in.
  package let memory: TableMemory
  // Known of one that has just been built.

  /// Findable tokens whose id another one has that was added later: it is not found by their bytes.
  private(set) var aliases: [[UInt8]: TokenID] = [:]
  /// How many tokens were added again, under the same or another id.
  private(set) var repeated = 0
  private var hasSharedIDs = false
  fileprivate let arena: UnsafeMutablePointer<UInt8>
  fileprivate let entries: UnsafeMutablePointer<Entry>
  fileprivate let slots: UnsafeMutablePointer<UInt64>
  private let homes: UInt32
  private let seed: UInt64

  /// A vocabulary over a block that another process may have written.
  /// - Returns: nil where the block is not one: no lookup reads outside of one that is taken.
  package init?(memory: TableMemory) {
    guard memory.count >= MemoryLayout<Header>.size else { return nil }
    let header = memory.base.load(as: Header.self)
    let places = Places(header)
    guard header.count <= Self.maximumID + 1, header.homes > 0, places.size <= memory.count else { return nil }
    self.memory = memory
    count = Int(header.count)
    longest = Int(header.longest)
    homes = header.homes
    seed = header.seed
    entries = (memory.base + places.entries).assumingMemoryBound(to: Entry.self)
    slots = (memory.base + places.slots).assumingMemoryBound(to: UInt64.self)
    arena = (memory.base + places.arena).assumingMemoryBound(to: UInt8.self)
    guard slots[Int(homes) + Self.overflow - 1] == 0 else { return nil }
    for id in 0..<count {
      let length = Int(entries[id].lengthPlusOne) - 1
      guard length <= longest, Int(entries[id].start) + max(0, length) <= Int(header.arena) else { return nil }
    }
  }

  /// Offsets of the sections.
  private struct Places {
    let entries = TableMemory.aligned(MemoryLayout<Header>.size)
    let slots: Int
    let arena: Int
    let size: Int

    init(_ header: Header) {
      slots = TableMemory.aligned(entries + Int(header.count) * MemoryLayout<Entry>.stride)
      arena = TableMemory.aligned(slots + (Int(header.homes) + Vocabulary.overflow) * 8)
      size = TableMemory.aligned(arena + Int(header.arena))
    }
  }

  /// Whether more than `limit` slots in a row are taken, which a lookup might have to walk.
  func hasRun(longerThan limit: Int) -> Bool {
    let count = Int(homes) + Self.overflow
    // Any such run holds one of these slots.
    for middle in stride(from: 0, to: count, by: max(1, limit)) where slots[middle] != 0 {
      var (first, last) = (middle, middle)
      while first > 0, slots[first - 1] != 0, last - first < limit { first -= 1 }
      while last + 1 < count, slots[last + 1] != 0, last - first < limit { last += 1 }
      if last - first >= limit { return true }
    }
    return false
  }

  /// Lays out the tokens that a builder has collected.
  fileprivate static func make(_ builder: borrowing VocabularyBuilder) -> Vocabulary {
    var homes = UInt32(max(16, builder.entries.count * 2))
    while true {
      let longest = builder.entries.reduce(0) { max($0, $1.length) }
      let header = Header(
        seed: UInt64.random(in: .min ... .max), count: UInt32(builder.count), longest: longest, homes: homes,
        arena: UInt32(builder.arena.count))
      let places = Places(header)
      let memory = TableMemory(count: places.size)
      memory.base.storeBytes(of: header, as: Header.self)
      builder.arena.withUnsafeBytes {
        if let base = $0.baseAddress { (memory.base + places.arena).copyMemory(from: base, byteCount: $0.count) }
      }
      if let vocabulary = Vocabulary(memory: memory), vocabulary.insert(builder.entries) {
        vocabulary.findAliases(builder.entries)
        return vocabulary
      }
      homes *= 2
    }
  }

  /// Of equal tokens the last one counts, as in a dictionary.
  /// - Returns: false where tokens crowd, which next to never happens.
  private func insert(_ tokens: [VocabularyBuilder.Entry]) -> Bool {
    for token in tokens {
      if entries[Int(token.id)].lengthPlusOne != 0 { hasSharedIDs = true }
      entries[Int(token.id)] = Entry(start: token.start, lengthPlusOne: token.length + 1)
      guard token.isFindable else { continue }
      let bytes = arena + Int(token.start)
      let length = Int(token.length)
      let hash = ByteHash.hash(bytes, count: length, seed: seed)
      var slot = ByteHash.home(hash, homes)
      while slots[slot] != 0, !isToken(slots[slot], hash, bytes, length) { slot += 1 }
      guard slot < Int(homes) + Self.overflow - 1 else { return false }
      if slots[slot] != 0, slots[slot] & 0xFFFF_FFFF != UInt64(token.id + 1) { repeated += 1 }
      slots[slot] = hash << 32 | UInt64(token.id + 1)
    }
    return true
  }

  private func findAliases(_ tokens: [VocabularyBuilder.Entry]) {
    guard hasSharedIDs else { return }
    for token in tokens where token.isFindable && entries[Int(token.id)].start != token.start {
      let bytes = UnsafeBufferPointer(start: arena + Int(token.start), count: Int(token.length))
      if id(bytes) >= 0 { repeated += 1 } else { aliases[Array(bytes)] = token.id }
    }
  }

  @inline(__always)
  private func isToken(_ slot: UInt64, _ hash: UInt64, _ bytes: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    guard slot >> 32 == hash & 0xFFFF_FFFF else { return false }
    let id = Int(slot & 0xFFFF_FFFF) - 1
    guard id >= 0, id < count, Int(entries[id].lengthPlusOne) == length + 1 else { return false }
    let own = arena + Int(entries[id].start)
    for i in 0..<length where own[i] != bytes[i] { return false }
    return true
  }

  /// The id of a token, or -1.
  @inline(__always)
  package func id(_ bytes: UnsafePointer<UInt8>, count length: Int) -> TokenID {
    guard length <= longest else { return -1 }
    return id(bytes, count: length, hash: hash(bytes, count: length))
  }

  // A lookup in steps, for many at a time: memory is asked for what the next step needs.

  @inline(__always)
  func hash(_ bytes: UnsafePointer<UInt8>, count length: Int) -> UInt64 {
    ByteHash.hash(bytes, count: length, seed: seed)
  }

  @inline(__always)
  func prefetch(hash: UInt64) { gbx_prefetch(slots + ByteHash.home(hash, homes)) }

  /// Whether there may be a token with a hash.
  @inline(__always)
  func mayHold(hash: UInt64) -> Bool {
    // The last slot of all is free, so there is one after a slot that is taken.
    let home = ByteHash.home(hash, homes)
    let slot = slots[home]
    let isOwn = slot >> 32 == hash & 0xFFFF_FFFF
    gbx_prefetch(entries + min(count, Int(slot & 0xFFFF_FFFF)))
    return slot != 0 && (isOwn || slots[home + 1] != 0)
  }

  @inline(__always)
  func prefetchBytes(hash: UInt64) {
    let slot = slots[ByteHash.home(hash, homes)]
    let id = Int(slot & 0xFFFF_FFFF) - 1
    if slot >> 32 == hash & 0xFFFF_FFFF, id >= 0, id < count { gbx_prefetch(arena + Int(entries[id].start)) }
  }

  /// - Parameter hash: of the bytes.
  @inline(__always)
  func id(_ bytes: UnsafePointer<UInt8>, count length: Int, hash: UInt64) -> TokenID {
    var slot = ByteHash.home(hash, homes)
    while true {
      let value = slots[slot]
      if value == 0 { return -1 }
      if isToken(value, hash, bytes, length) { return TokenID(truncatingIfNeeded: value & 0xFFFF_FFFF) - 1 }
      slot += 1
    }
  }

  /// Asks memory for what ``id(_:count:)`` will look at first, and where that has come, for what it looks at next.
  @inline(__always)
  func prefetch(_ bytes: UnsafePointer<UInt8>, count length: Int, next: Bool) {
    guard length <= longest else { return }
    let hash = ByteHash.hash(bytes, count: length, seed: seed)
    let slot = slots + ByteHash.home(hash, homes)
    guard next else { return gbx_prefetch(slot) }
    let id = Int(slot.pointee & 0xFFFF_FFFF) - 1
    if slot.pointee >> 32 == hash & 0xFFFF_FFFF, id >= 0, id < count { gbx_prefetch(entries + id) }
  }

  func id(_ bytes: UnsafeBufferPointer<UInt8>) -> TokenID {
    bytes.baseAddress.map { id($0, count: bytes.count) } ?? id(arena, count: 0)
  }

  func id(_ text: some Collection<UInt8>) -> TokenID {
    text.withContiguousStorageIfAvailable { id($0) } ?? Array(text).withUnsafeBufferPointer { id($0) }
  }

  func contains(_ id: TokenID) -> Bool { id >= 0 && id < count && entries[Int(id)].lengthPlusOne != 0 }

  /// The bytes of a token, valid as long as this object lives; nil for an id that is not used.
  package func bytes(_ id: TokenID) -> UnsafeBufferPointer<UInt8>? {
    guard contains(id) else { return nil }
    let entry = entries[Int(id)]
    return UnsafeBufferPointer(start: arena + Int(entry.start), count: Int(entry.lengthPlusOne) - 1)
  }
}

/// Collects the tokens of a vocabulary.
package struct VocabularyBuilder: ~Copyable {
  struct Entry {
    var start: UInt32
    var length: UInt32
    var id: TokenID
    /// Whether the token is found by its bytes.
    var isFindable: Bool
  }

  fileprivate var arena: [UInt8] = []
  fileprivate var entries: [Entry] = []
  fileprivate var count = 0

  package init(expecting tokens: Int = 0) {
    entries.reserveCapacity(min(tokens, Vocabulary.maximumID))
    arena.reserveCapacity(min(tokens, Vocabulary.maximumID) * 8)
  }

  var tokens: Int { entries.count }
  /// Of all tokens together, in bytes.
  var size: Int { arena.count }

  /// - Returns: false where the id is out of the range allowed, or the vocabulary larger than 4 GB.
  package mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, id: Int, isFindable: Bool = true) -> Bool {
    guard id >= 0, id <= Vocabulary.maximumID, arena.count + bytes.count < Int(UInt32.max) else { return false }
    entries.append(
      Entry(
        start: UInt32(arena.count), length: UInt32(bytes.count), id: TokenID(id), isFindable: isFindable))
    arena.append(contentsOf: bytes)
    count = max(count, id + 1)
    return true
  }

  package consuming func build() -> Vocabulary { Vocabulary.make(self) }
}
