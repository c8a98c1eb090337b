/// A pair that may be merged: its count when it was queued, and where it stood then.
struct MergeCandidate {
  var count: Int
  var pair: UInt64
  /// Places in the pool of the learner.
  var start: Int
  var length: Int

  @inline(__always) var left: Int32 { Int32(truncatingIfNeeded: pair >> 32) }
  @inline(__always) var right: Int32 { Int32(truncatingIfNeeded: pair & 0xFFFF_FFFF) }
}

/// Candidates, the most frequent first. Only those of the present magnitude are kept in order; the others, most of which
/// never come up, wait in heaps by their power of two.
struct CandidateQueue {
  /// Whether equal counts are told apart by what the closure says, else by the ids of the pair.
  private let order: (@Sendable (UInt64, UInt64) -> Bool)?
  private var heap: [MergeCandidate] = []
  private var waiting = [[MergeCandidate]](repeating: [], count: Int.bitWidth)
  private var magnitude = Int.bitWidth - 1

  /// - Parameter order: which of two pairs of equal count comes first; nil: that of the smaller ids, left before right.
  init(order: (@Sendable (UInt64, UInt64) -> Bool)? = nil) { self.order = order }

  private static func magnitude(_ count: Int) -> Int { Int.bitWidth - 1 - count.leadingZeroBitCount }

  /// - Parameter candidate: with a count above 0.
  @inline(__always)
  mutating func push(_ candidate: MergeCandidate) {
    let wanted = Self.magnitude(candidate.count)
    if wanted < magnitude {
      waiting[wanted].append(candidate)
    } else {
      heap.append(candidate)
      rise(heap.count - 1)
    }
  }

  mutating func pop() -> MergeCandidate? {
    while heap.isEmpty {
      guard magnitude > 0 else { return nil }
      magnitude -= 1
      swap(&heap, &waiting[magnitude])
      for i in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(i) }
    }
    let top = heap[0]
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink(0)
    }
    return top
  }

  private mutating func rise(_ start: Int) {
    let order = self.order
    heap.withUnsafeMutableBufferPointer { heap in
      var child = start
      let moving = heap[child]
      while child > 0 {
        let parent = (child - 1) / 2
        guard Self.before(moving, heap[parent], order) else { break }
        heap[child] = heap[parent]
        child = parent
      }
      heap[child] = moving
    }
  }

  private mutating func sink(_ start: Int) {
    let order = self.order
    heap.withUnsafeMutableBufferPointer { heap in
      let count = heap.count
      var parent = start
      let moving = heap[parent]
      while true {
        var child = parent * 2 + 1
        guard child < count else { break }
        if child + 1 < count, Self.before(heap[child + 1], heap[child], order) { child += 1 }
        guard Self.before(heap[child], moving, order) else { break }
        heap[parent] = heap[child]
        parent = child
      }
      heap[parent] = moving
    }
  }

  @inline(__always)
  private static func before(
    _ a: MergeCandidate, _ b: MergeCandidate, _ order: (@Sendable (UInt64, UInt64) -> Bool)?
  ) -> Bool {
    if a.count != b.count { return a.count > b.count }
    if let order { return order(a.pair, b.pair) }
    return a.pair < b.pair
  }
}
