/// Counts how often each word occurs, words being byte strings. Flat memory: one arena, one list, one hash table.
/// Used by one thread at a time.
final class WordTable: @unchecked Sendable {
  struct Entry {
    /// The first eight bytes, zeros after a shorter word.
    var head: UInt64
    var start: Int
    var length: Int
    var count: Int
  }

  private(set) var entries: UnsafeMutablePointer<Entry>
  private(set) var count = 0
  private(set) var arena: UnsafeMutablePointer<UInt8>
  private(set) var arenaCount = 0
  private var entryCapacity: Int
  private var arenaCapacity: Int
  /// The upper half of a slot holds hash bits, the lower half the entry's place + 1.
  private var slots: UnsafeMutablePointer<UInt64>
  private var mask: Int
  private let seed = ByteHash.processSeed

  init() {
    entryCapacity = 1 << 10
    arenaCapacity = 1 << 13
    entries = .allocate(capacity: entryCapacity)
    arena = .allocate(capacity: arenaCapacity)
    mask = 1 << 11 - 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: 0, count: mask + 1)
  }

  deinit {
    entries.deallocate()
    arena.deallocate()
    slots.deallocate()
  }

  /// Bytes of memory it takes.
  var footprint: Int { entryCapacity * MemoryLayout<Entry>.stride + arenaCapacity + (mask + 1) * 8 }

  /// The first bytes of a word, up to eight, as an integer.
  /// - Parameter room: bytes that may be read from `word` on.
  @inline(__always)
  static func head(_ word: UnsafePointer<UInt8>, _ length: Int, room: Int) -> UInt64 {
    if length >= 8 { return UnsafeRawPointer(word).loadUnaligned(as: UInt64.self) }
    if room >= 8 {
      let value = UInt64(littleEndian: UnsafeRawPointer(word).loadUnaligned(as: UInt64.self))
      return value & (1 &<< UInt64(truncatingIfNeeded: 8 &* length) &- 1)
    }
    return ByteHash.tail(word, count: length)
  }

  @inline(__always)
  static func hash(_ word: UnsafePointer<UInt8>, _ length: Int, head: UInt64, seed: UInt64) -> UInt64 {
    var h = seed ^ UInt64(truncatingIfNeeded: length) &* 0x9E37_79B9_7F4A_7C15 ^ head
    if length > 8 {
      let raw = UnsafeRawPointer(word)
      var at = 8
      while at &+ 8 < length {
        h = (h ^ h >> 32) &* 0xD6E8_FEB8_6659_FD93 ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        at &+= 8
      }
      h =
        (h ^ h >> 32) &* 0xD6E8_FEB8_6659_FD93
        ^ raw.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
    }
    return ByteHash.mix(h)
  }

  /// Adds every piece of a text.
  func add(_ pieces: [Piece], of bytes: UnsafeBufferPointer<UInt8>) {
    guard let base = bytes.baseAddress else { return }
    let end = bytes.count
    pieces.withUnsafeBufferPointer { pieces in
      for piece in pieces {
        let start = Int(piece.start)
        add(base + start, Int(piece.end) &- start, room: end &- start)
      }
    }
  }

  func add(_ word: UnsafeBufferPointer<UInt8>, times: Int = 1) {
    if let base = word.baseAddress { add(base, word.count, room: word.count, times: times) }
  }

  /// - Parameter room: bytes that may be read from `word` on.
  @inline(__always)
  func add(_ word: UnsafePointer<UInt8>, _ length: Int, room: Int, times: Int = 1) {
    let head = Self.head(word, length, room: room)
    let hash = Self.hash(word, length, head: head, seed: seed)
    let (slots, mask) = (slots, mask)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let value = slots[slot]
      if value == 0 { break }
      if value >> 32 == hash >> 32 {
        let entry = entries + (Int(value & 0xFFFF_FFFF) &- 1)
        if entry.pointee.head == head, entry.pointee.length == length,
          length <= 8 || Self.equal(arena + entry.pointee.start, word, length)
        {
          entry.pointee.count &+= times
          return
        }
      }
      slot = (slot &+ 1) & mask
    }
    insert(word, length, head, hash, slot, times)
  }

  @inline(__always)
  private static func equal(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let (a, b) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
    var i = 8  // The head is compared already.
    while i &+ 8 <= count {
      if a.loadUnaligned(fromByteOffset: i, as: UInt64.self) != b.loadUnaligned(fromByteOffset: i, as: UInt64.self) {
        return false
      }
      i &+= 8
    }
    return a.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
      == b.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
  }

  @inline(never)
  private func insert(
    _ word: UnsafePointer<UInt8>, _ length: Int, _ head: UInt64, _ hash: UInt64, _ slot: Int, _ times: Int
  ) {
    if count == entryCapacity {
      entries = Self.grown(entries, count, to: entryCapacity * 2)
      entryCapacity *= 2
    }
    if arenaCount + length > arenaCapacity {
      let capacity = max(arenaCapacity * 2, arenaCount + length)
      arena = Self.grown(arena, arenaCount, to: capacity)
      arenaCapacity = capacity
    }
    (arena + arenaCount).update(from: word, count: length)
    (entries + count).initialize(to: Entry(head: head, start: arenaCount, length: length, count: times))
    arenaCount += length
    count += 1
    slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(count)
    if count * 2 > mask { rehash() }
  }

  private static func grown<T>(_ old: UnsafeMutablePointer<T>, _ count: Int, to capacity: Int) -> UnsafeMutablePointer<
    T
  > {
    let new = UnsafeMutablePointer<T>.allocate(capacity: capacity)
    new.moveInitialize(from: old, count: count)
    old.deallocate()
    return new
  }

  private func rehash() {
    slots.deallocate()
    mask = mask * 2 + 1
    slots = .allocate(capacity: mask + 1)
    slots.initialize(repeating: 0, count: mask + 1)
    for i in 0..<count {
      let entry = entries[i]
      let hash = Self.hash(arena + entry.start, entry.length, head: entry.head, seed: seed)
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots[slot] != 0 { slot = (slot &+ 1) & mask }
      slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(i + 1)
    }
  }

  /// The bytes of a word, valid until the next one is added.
  func word(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: arena + entries[index].start, count: entries[index].length)
  }

  /// Adds what another table has counted.
  func merge(_ other: WordTable) {
    for i in 0..<other.count {
      let entry = other.entries[i]
      add(other.arena + entry.start, entry.length, room: other.arenaCount - entry.start, times: entry.count)
    }
  }

  /// A table without the words that are rarer than `minimum`.
  func pruned(below minimum: Int) -> WordTable {
    let result = WordTable()
    for i in 0..<count where entries[i].count >= minimum {
      let entry = entries[i]
      result.add(arena + entry.start, entry.length, room: arenaCount - entry.start, times: entry.count)
    }
    return result
  }
}
