import CKernels

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A word of up to 31 bytes as a key.
struct WordKey {
  static let longest = 31

  /// The word's bytes, its length in the last one.
  let bytes: (UInt64, UInt64, UInt64, UInt64)

  /// - Parameters:
  ///   - count: 1 to ``longest``.
  ///   - readable: how many bytes may be read from the word's start, at least `count`.
  @inline(__always)
  init(_ word: UnsafePointer<UInt8>, count: Int, readable: Int) {
    var key: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let raw = UnsafeRawPointer(word)
    if readable >= 32 {
      key.0 = Self.load(raw, 0, count)
      if count > 8 {
        key.1 = Self.load(raw, 8, count)
        if count > 16 {
          key.2 = Self.load(raw, 16, count)
          if count > 24 { key.3 = Self.load(raw, 24, count) }
        }
      }
    } else {
      key.0 = ByteHash.tail(word, count: min(count, 8))
      if count > 8 { key.1 = ByteHash.tail(word + 8, count: min(count - 8, 8)) }
      if count > 16 { key.2 = ByteHash.tail(word + 16, count: min(count - 16, 8)) }
      if count > 24 { key.3 = ByteHash.tail(word + 24, count: count - 24) }
    }
    key.3 |= UInt64(count) << 56
    bytes = key
  }

  /// Eight bytes of a word of `count`, zero beyond its end.
  @inline(__always)
  private static func load(_ raw: UnsafeRawPointer, _ offset: Int, _ count: Int) -> UInt64 {
    let value = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    let missing = 8 &- (count &- offset)
    return missing > 0 ? value & (UInt64.max >> UInt64(8 &* missing)) : value
  }

  @inline(__always)
  var hash: UInt64 {
    let low = bytes.0 ^ bytes.1 &* 0x9E37_79B9_7F4A_7C15
    let high = bytes.2 &* 0xD6E8_FEB8_6659_FD93 ^ bytes.3 &* 0xBF58_476D_1CE4_E5B9
    return ByteHash.mix(low ^ high)
  }
}

/// The tokens of words of a text, each with its place in the word: direct-mapped, so bounded, and exact, as the whole
/// word is the key.
final class RawWordCache {
  static let mostTokens = 5
  private static let size = 1 << 17

  /// A cache line each.
  fileprivate struct Slot {
    /// All zero: free.
    var key: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var ids: (TokenID, TokenID, TokenID, TokenID, TokenID) = (0, 0, 0, 0, 0)
    var starts: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    var ends: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    var count: UInt8 = 0
  }

  private let memory: UnsafeMutableRawPointer?
  private let slots: UnsafeMutablePointer<Slot>?

  init() {
    let page = 2 << 20
    let bytes = Self.size * MemoryLayout<Slot>.stride
    // Zero, and taken from the system only where it is used.
    memory = calloc(bytes + page, 1)
    let aligned = memory?.alignedUp(toMultipleOf: page)
    #if canImport(Glibc)
      // A lookup is one access to memory, without a second one for the page.
      if let aligned { madvise(aligned, bytes, MADV_HUGEPAGE) }
    #endif
    slots = aligned?.bindMemory(to: Slot.self, capacity: Self.size)
  }

  deinit { free(memory) }

  @inline(__always)
  private func slot(_ key: WordKey) -> UnsafeMutablePointer<Slot>? {
    guard let slots else { return nil }
    return slots + Int(truncatingIfNeeded: key.hash & UInt64(Self.size - 1))
  }

  /// Where a word is, if it is known; asked for before it is looked at, as memory takes its time.
  struct Place {
    fileprivate let slot: UnsafeMutablePointer<Slot>?
    fileprivate let key: WordKey
  }

  @inline(__always)
  func place(_ key: WordKey) -> Place {
    let slot = slot(key)
    gbx_prefetch(slot)
    return Place(slot: slot, key: key)
  }

  /// Appends the tokens of a word that begins at `start`.
  /// - Returns: false where it is not known.
  @inline(__always)
  func recall(_ place: Place, _ start: Int, _ tokens: inout some TokenSink) -> Bool {
    guard let slot = place.slot, slot.pointee.key == place.key.bytes else { return false }
    withUnsafePointer(to: &slot.pointee.ids.0) { ids in
      withUnsafePointer(to: &slot.pointee.starts.0) { starts in
        withUnsafePointer(to: &slot.pointee.ends.0) { ends in
          for i in 0..<Int(slot.pointee.count) {
            tokens.append(ids[i], start &+ Int(starts[i]), start &+ Int(ends[i]))
          }
        }
      }
    }
    return true
  }

  /// Keeps the tokens from `first` on as those of a word, where they are few.
  func remember(_ key: WordKey, _ start: Int, _ tokens: TokenRun, from first: Int) {
    let made = tokens.ids.count - first
    guard made <= Self.mostTokens, let slot = slot(key) else { return }
    slot.pointee.key = key.bytes
    slot.pointee.count = UInt8(made)
    withUnsafeMutablePointer(to: &slot.pointee.ids.0) { ids in
      withUnsafeMutablePointer(to: &slot.pointee.starts.0) { starts in
        withUnsafeMutablePointer(to: &slot.pointee.ends.0) { ends in
          for i in 0..<made {
            ids[i] = tokens.ids[first + i]
            starts[i] = UInt8(truncatingIfNeeded: Int(tokens.ranges[first + i].start) - start)
            ends[i] = UInt8(truncatingIfNeeded: Int(tokens.ranges[first + i].end) - start)
          }
        }
      }
    }
  }
}
