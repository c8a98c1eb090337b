import Synchronization

/// The tokens of words already seen: direct-mapped, so bounded, and exact, as the whole word is the key.
final class UnigramCache {
  static let longestWord = WordKey.longest
  fileprivate static let mostTokens = 5
  private static let size = 1 << 16
  /// The reach of a word with unknown characters: how much it adds to the sum is not kept.
  static let unknown = -2.0

  /// A cache line each.
  struct Slot {
    /// The word's bytes, its length in the last one; all zero: free.
    var key: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var ids: (TokenID, TokenID, TokenID, TokenID, TokenID) = (0, 0, 0, 0, 0)
    /// How large the sum before the word may be; negative: only with none are these its tokens; less than -1: and
    /// only at the end of the text.
    var reach: Float = -1
    /// The ends of the tokens' bytes in the word.
    var ends: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    /// 0: the word has more tokens than fit.
    var count: UInt8 = 0
  }

  /// Where a word belongs, and its key.
  struct Place {
    fileprivate let slot: UnsafeMutablePointer<Slot>
    fileprivate let key: (UInt64, UInt64, UInt64, UInt64)
  }

  private let slots: UnsafeMutablePointer<Slot>

  init() {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: Self.size * MemoryLayout<Slot>.stride, alignment: MemoryLayout<Slot>.stride)
    slots = memory.bindMemory(to: Slot.self, capacity: Self.size)
    slots.initialize(repeating: Slot(), count: Self.size)
  }

  deinit { UnsafeMutableRawPointer(slots).deallocate() }

  /// - Parameters: as of ``WordKey``.
  @inline(__always)
  func place(_ word: UnsafePointer<UInt8>, count: Int, readable: Int) -> Place {
    let key = WordKey(word, count: count, readable: readable)
    return Place(slot: slots + Int(truncatingIfNeeded: key.hash & UInt64(Self.size - 1)), key: key.bytes)
  }

  @inline(__always)
  func holds(_ place: Place) -> Bool { place.slot.pointee.key == place.key }

  func count(_ place: Place) -> Int { Int(place.slot.pointee.count) }

  /// Appends the tokens of a word that begins at `start`, if they are known with that sum before it.
  @inline(__always)
  func recall(_ place: Place, _ start: Int, sum: Double, _ isLast: Bool, _ tokens: inout TokenRun) -> Bool {
    let slot = place.slot
    let count = Int(slot.pointee.count)
    let reach = slot.pointee.reach
    guard count > 0, sum == 0 && (isLast || reach >= -1) || abs(sum) < Double(reach) else { return false }
    var at = start
    withUnsafePointer(to: &slot.pointee.ids.0) { ids in
      withUnsafePointer(to: &slot.pointee.ends.0) { ends in
        for i in 0..<count {
          let end = start &+ Int(ends[i])
          tokens.append(ids[i], at, end)
          at = end
        }
      }
    }
    return true
  }

  /// Keeps the tokens of a word.
  /// - Parameters:
  ///   - tokens: they cover it without a gap; nil: they do not, and it must be worked out each time.
  ///   - reach: how large the sum before it may be; negative: see ``Slot/reach``.
  func remember(_ place: Place, _ start: Int, _ tokens: TokenRun?, reach: Double) {
    let slot = place.slot
    slot.pointee.key = place.key
    slot.pointee.reach = reach > 0 ? Float(min(reach, 1e30)) * 0.999 : reach == Self.unknown ? -2 : -1
    slot.pointee.count = 0
    guard let tokens, tokens.ids.count <= Self.mostTokens else { return }
    slot.pointee.count = UInt8(tokens.ids.count)
    withUnsafeMutablePointer(to: &slot.pointee.ids.0) { ids in
      withUnsafeMutablePointer(to: &slot.pointee.ends.0) { ends in
        for (i, id) in tokens.ids.enumerated() {
          ids[i] = id
          ends[i] = UInt8(truncatingIfNeeded: Int(tokens.ranges[i].end) - start)
        }
      }
    }
  }
}

/// Hands each running call a scratch of its own.
final class UnigramScratchPool: Sendable {
  private let free = Mutex<[Box]>([])
  private struct Box: @unchecked Sendable { let scratch: UnigramScratch }

  func with<T>(_ body: (UnigramScratch) -> T) -> T {
    let box = free.withLock { $0.popLast() } ?? Box(scratch: UnigramScratch())
    defer { free.withLock { if $0.count < 16 { $0.append(box) } } }
    return body(box.scratch)
  }
}

extension UnigramCache {
  /// Keeps the tokens of a word from `first` on, where they cover it without a gap; whatever comes before it.
  func remember(_ place: Place, _ start: Int, _ tokens: TokenRun, from first: Int, covering count: Int) {
    guard tokens.ids.count - first <= Self.mostTokens else { return }
    var run = TokenRun()
    var covered = 0
    for i in first..<tokens.ids.count {
      run.append(tokens.ids[i], Int(tokens.ranges[i].start), Int(tokens.ranges[i].end))
      covered += tokens.ranges[i].range.count
    }
    if covered == count { remember(place, start, run, reach: 1) }
  }
}
