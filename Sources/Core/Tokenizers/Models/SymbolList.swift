/// The symbols of a word while they are merged: a doubly linked list in flat memory.
package final class SymbolList {
  package struct Symbol {
    package var id: TokenID
    var start: UInt32
    var length: UInt32
    /// -1 at the ends.
    var previous: Int32
    var next: Int32
    /// Rank of the pair that this symbol and the next one make, and the token they become; `.max` where none.
    var rank: UInt32
    var merged: TokenID
  }

  @exclusivity(unchecked) private(set) var symbols: UnsafeMutablePointer<Symbol>
  @exclusivity(unchecked) private(set) var count = 0
  private var capacity: Int
  /// A binary heap of candidate merges: rank above, place below, so the lowest rank and then the leftmost comes first.
  private var heap: [UInt64] = []

  package init() {
    capacity = 256
    symbols = .allocate(capacity: capacity)
  }

  deinit { symbols.deallocate() }

  package func removeAll(reserving needed: Int) {
    count = 0
    // What one enormous word needed is not kept for ever.
    guard needed > capacity || capacity > max(1 << 20, needed * 4) else { return }
    symbols.deallocate()
    capacity = max(256, needed)
    symbols = .allocate(capacity: capacity)
    heap = []
  }

  /// Appends a symbol; room must have been reserved.
  @inline(__always)
  package func append(_ id: TokenID, start: Int, length: Int) {
    (symbols + count).initialize(
      to: Symbol(
        id: id, start: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: length),
        previous: Int32(truncatingIfNeeded: count - 1), next: Int32(truncatingIfNeeded: count + 1), rank: .max,
        merged: -1))
    count += 1
  }

  /// Merges pairs until none is left, always the one of the lowest rank, the leftmost of equal ones. O(n log n).
  /// - Parameter pair: rank (`.max`: none) and result of the pair of neighbours given.
  @inline(__always)
  func merge(_ pair: (Symbol, Symbol) -> (rank: UInt32, id: TokenID)) {
    guard count > 0 else { return }
    symbols[count - 1].next = -1
    if count <= 24 { mergeShort(pair) } else { mergeLong(pair) }
  }

  @inline(__always)
  private func mergeShort(_ pair: (Symbol, Symbol) -> (rank: UInt32, id: TokenID)) {
    let symbols = symbols
    for i in 0..<(count - 1) { (symbols[i].rank, symbols[i].merged) = pair(symbols[i], symbols[i + 1]) }
    while true {
      var best = UInt32.max
      var place: Int32 = -1
      var i: Int32 = 0
      while i >= 0 {
        if symbols[Int(i)].rank < best {
          best = symbols[Int(i)].rank
          place = i
        }
        i = symbols[Int(i)].next
      }
      if place < 0 { return }
      join(Int(place), pair) { _ in }
    }
  }

  private func mergeLong(_ pair: (Symbol, Symbol) -> (rank: UInt32, id: TokenID)) {
    heap.removeAll(keepingCapacity: true)
    for i in 0..<(count - 1) {
      (symbols[i].rank, symbols[i].merged) = pair(symbols[i], symbols[i + 1])
      if symbols[i].rank != .max { heap.append(UInt64(symbols[i].rank) << 32 | UInt64(i)) }
    }
    var start = heap.count / 2
    while start > 0 {
      start -= 1
      siftDown(start)
    }
    while let top = heap.first {
      let last = heap.removeLast()
      if !heap.isEmpty {
        heap[0] = last
        siftDown(0)
      }
      let place = Int(top & 0xFFFF_FFFF)
      // A candidate whose pair has changed since has another rank there, or none.
      guard symbols[place].rank == UInt32(top >> 32) else { continue }
      join(place, pair) { place in push(UInt64(symbols[place].rank) << 32 | UInt64(place)) }
    }
  }

  /// Joins a symbol with the next one and looks up the two new pairs; `found` gets those that can merge.
  @inline(__always)
  private func join(
    _ place: Int, _ pair: (Symbol, Symbol) -> (rank: UInt32, id: TokenID), _ found: (Int) -> Void
  ) {
    let symbols = symbols
    let gone = Int(symbols[place].next)
    symbols[place].id = symbols[place].merged
    symbols[place].length =
      symbols[gone].start &+ symbols[gone].length &- symbols[place].start
    symbols[gone].rank = .max
    let next = symbols[gone].next
    symbols[place].next = next
    symbols[place].rank = .max
    if next >= 0 {
      symbols[Int(next)].previous = Int32(truncatingIfNeeded: place)
      (symbols[place].rank, symbols[place].merged) = pair(symbols[place], symbols[Int(next)])
      if symbols[place].rank != .max { found(place) }
    }
    let previous = Int(symbols[place].previous)
    if previous >= 0 {
      (symbols[previous].rank, symbols[previous].merged) = pair(symbols[previous], symbols[place])
      if symbols[previous].rank != .max { found(previous) }
    }
  }

  private func push(_ value: UInt64) {
    heap.append(value)
    var child = heap.count - 1
    heap.withUnsafeMutableBufferPointer { heap in
      while child > 0 {
        let parent = (child - 1) / 2
        if heap[parent] <= value { break }
        heap[child] = heap[parent]
        child = parent
      }
      heap[child] = value
    }
  }

  private func siftDown(_ start: Int) {
    heap.withUnsafeMutableBufferPointer { heap in
      let value = heap[start]
      var parent = start
      while true {
        var child = parent * 2 + 1
        if child >= heap.count { break }
        if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
        if heap[child] >= value { break }
        heap[parent] = heap[child]
        parent = child
      }
      heap[parent] = value
    }
  }
}
