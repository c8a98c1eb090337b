/// The tokens of short words already seen: direct-mapped, so bounded, and exact, as the whole word is the key.
final class WordCache {
  static let longestWord = 15
  static let mostTokens = 6
  private static let size = 1 << 14

  struct Slot {
    /// The word's bytes, its length in the last one; all zero: free.
    var low: UInt64 = 0
    var high: UInt64 = 0
    var count: UInt16 = 0
    /// The ends of the tokens' bytes in the word, and their ids.
    var ends: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0, 0)
    var ids: (TokenID, TokenID, TokenID, TokenID, TokenID, TokenID) = (0, 0, 0, 0, 0, 0)
  }

  /// Where a word belongs, and its key.
  struct Place {
    fileprivate let slot: UnsafeMutablePointer<Slot>
    fileprivate let low: UInt64
    fileprivate let high: UInt64
  }

  private let slots: UnsafeMutablePointer<Slot>

  init() {
    slots = .allocate(capacity: Self.size)
    slots.initialize(repeating: Slot(), count: Self.size)
  }

  deinit { slots.deallocate() }

  /// - Parameter count: 1 to ``longestWord``.
  @inline(__always)
  func place(_ word: UnsafePointer<UInt8>, count: Int) -> Place {
    let low: UInt64
    var high = UInt64(count) << 56
    if count >= 8 {
      low = UnsafeRawPointer(word).loadUnaligned(as: UInt64.self)
      high |= ByteHash.tail(word + 8, count: count - 8)
    } else {
      low = ByteHash.tail(word, count: count)
    }
    let hash = ByteHash.mix(low ^ high &* 0x9E37_79B9_7F4A_7C15)
    return Place(slot: slots + Int(truncatingIfNeeded: hash & UInt64(Self.size - 1)), low: low, high: high)
  }

  /// Appends the tokens of a word that begins at `start`.
  /// - Returns: false where it is not known.
  @inline(__always)
  func recall(_ place: Place, _ start: Int, _ tokens: inout some TokenSink) -> Bool {
    let slot = place.slot
    guard slot.pointee.low == place.low, slot.pointee.high == place.high else { return false }
    var at = start
    withUnsafePointer(to: &slot.pointee.ids.0) { ids in
      withUnsafePointer(to: &slot.pointee.ends.0) { ends in
        for i in 0..<Int(slot.pointee.count) {
          let end = start + Int(ends[i])
          tokens.append(ids[i], at, end)
          at = end
        }
      }
    }
    return true
  }

  /// Keeps the tokens from `first` on as those of a word, which they cover without a gap.
  func remember(_ place: Place, _ start: Int, _ tokens: TokenRun, from first: Int) {
    let made = tokens.ids.count - first
    guard made <= Self.mostTokens else { return }
    let slot = place.slot
    slot.pointee.low = place.low
    slot.pointee.high = place.high
    slot.pointee.count = UInt16(made)
    withUnsafeMutablePointer(to: &slot.pointee.ids.0) { ids in
      withUnsafeMutablePointer(to: &slot.pointee.ends.0) { ends in
        for i in 0..<made {
          ids[i] = tokens.ids[first + i]
          ends[i] = UInt8(truncatingIfNeeded: Int(tokens.ranges[first + i].end) - start)
        }
      }
    }
  }
}
