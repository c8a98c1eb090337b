/// The tokens of a vocabulary: bytes by id and ids by bytes, in flat memory (one arena, one hash table), so that a
/// quarter of a million tokens load in milliseconds. Immutable.
///
/// A byte-level vocabulary is kept as the bytes its tokens stand for, not as the letters it is written with; see
/// ``ByteAlphabet``.
final class Vocabulary: @unchecked Sendable {
  /// Ids that a file may use; a limit on what an untrusted file can make us allocate.
  static let maximumID = (1 << 22) - 1

  /// One more than the largest id.
  let count: Int
  /// Of the longest token, in bytes.
  let longest: Int
  private let arena: UnsafeMutablePointer<UInt8>
  /// By id: where its bytes begin, and how many they are plus one; 0: the id is not used.
  private let starts: UnsafeMutablePointer<UInt32>
  private let lengths: UnsafeMutablePointer<UInt32>
  /// Open addressing: the upper half of a slot holds hash bits, the lower half id + 1.
  private let slots: UnsafeMutablePointer<UInt64>
  private let mask: Int
  private let seed: UInt64

  fileprivate init(_ builder: consuming VocabularyBuilder) {
    let count = builder.count
    let arena = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, builder.arena.count))
    builder.arena.withUnsafeBufferPointer { if let base = $0.baseAddress { arena.update(from: base, count: $0.count) } }
    let starts = UnsafeMutablePointer<UInt32>.allocate(capacity: max(1, count))
    let lengths = UnsafeMutablePointer<UInt32>.allocate(capacity: max(1, count))
    starts.initialize(repeating: 0, count: max(1, count))
    lengths.initialize(repeating: 0, count: max(1, count))
    var capacity = 16
    while capacity < builder.entries.count * 2 { capacity *= 2 }
    let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
    slots.initialize(repeating: 0, count: capacity)
    let mask = capacity - 1
    let seed = ByteHash.processSeed
    var longest = 0
    for entry in builder.entries {
      let id = Int(entry.id)
      starts[id] = entry.start
      lengths[id] = entry.length + 1
      longest = max(longest, Int(entry.length))
      if entry.isFindable { Self.insert(entry, arena, slots, mask, seed, starts, lengths) }
    }
    self.longest = longest
    (self.count, self.arena, self.starts, self.lengths) = (count, arena, starts, lengths)
    (self.slots, self.mask, self.seed) = (slots, mask, seed)
  }

  deinit {
    arena.deallocate()
    starts.deallocate()
    lengths.deallocate()
    slots.deallocate()
  }

  /// Of equal tokens the last one counts, as in a dictionary.
  private static func insert(
    _ entry: VocabularyBuilder.Entry, _ arena: UnsafeMutablePointer<UInt8>, _ slots: UnsafeMutablePointer<UInt64>,
    _ mask: Int, _ seed: UInt64, _ starts: UnsafeMutablePointer<UInt32>, _ lengths: UnsafeMutablePointer<UInt32>
  ) {
    let bytes = arena + Int(entry.start)
    let length = Int(entry.length)
    let hash = ByteHash.hash(bytes, count: length, seed: seed)
    let value = hash & 0xFFFF_FFFF_0000_0000 | UInt64(entry.id + 1)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if slots[slot] >> 32 == hash >> 32 {
        let other = Int(slots[slot] & 0xFFFF_FFFF) - 1
        if Int(lengths[other]) == length + 1, equal(arena + Int(starts[other]), bytes, length) { break }
      }
      slot = (slot + 1) & mask
    }
    slots[slot] = value
  }

  @inline(__always)
  private static func equal(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    for i in 0..<count where a[i] != b[i] { return false }
    return true
  }

  /// The id of a token, or -1.
  @inline(__always)
  func id(_ bytes: UnsafePointer<UInt8>, count length: Int) -> TokenID {
    guard length <= longest else { return -1 }
    let hash = ByteHash.hash(bytes, count: length, seed: seed)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let value = slots[slot]
      if value == 0 { return -1 }
      if value >> 32 == hash >> 32 {
        let id = Int(value & 0xFFFF_FFFF) - 1
        if Int(lengths[id]) == length + 1, Self.equal(arena + Int(starts[id]), bytes, length) { return TokenID(id) }
      }
      slot = (slot + 1) & mask
    }
  }

  func id(_ bytes: UnsafeBufferPointer<UInt8>) -> TokenID {
    bytes.baseAddress.map { id($0, count: bytes.count) } ?? id(arena, count: 0)
  }

  func id(_ text: some Collection<UInt8>) -> TokenID {
    text.withContiguousStorageIfAvailable { id($0) } ?? Array(text).withUnsafeBufferPointer { id($0) }
  }

  func contains(_ id: TokenID) -> Bool { id >= 0 && id < count && lengths[Int(id)] != 0 }

  /// The bytes of a token, valid as long as this object lives; nil for an id that is not used.
  func bytes(_ id: TokenID) -> UnsafeBufferPointer<UInt8>? {
    guard contains(id) else { return nil }
    return UnsafeBufferPointer(start: arena + Int(starts[Int(id)]), count: Int(lengths[Int(id)]) - 1)
  }
}

/// Collects the tokens of a vocabulary.
struct VocabularyBuilder: ~Copyable {
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

  init(expecting tokens: Int = 0) {
    entries.reserveCapacity(min(tokens, Vocabulary.maximumID))
    arena.reserveCapacity(min(tokens, Vocabulary.maximumID) * 8)
  }

  var tokens: Int { entries.count }

  /// - Returns: false where the id is out of the range allowed, or the vocabulary larger than 4 GB.
  mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, id: Int, isFindable: Bool = true) -> Bool {
    guard id >= 0, id <= Vocabulary.maximumID, arena.count + bytes.count < Int(UInt32.max) else { return false }
    entries.append(
      Entry(
        start: UInt32(arena.count), length: UInt32(bytes.count), id: TokenID(id), isFindable: isFindable))
    arena.append(contentsOf: bytes)
    count = max(count, id + 1)
    return true
  }

  consuming func build() -> Vocabulary { Vocabulary(self) }
}
