/// Ids on their way to an array, in memory that is used again and again.
final class TokenBuffer {
  @exclusivity(unchecked) private(set) var start: UnsafeMutablePointer<TokenID>
  /// Where the next id goes.
  @exclusivity(unchecked) var end: UnsafeMutablePointer<TokenID>
  @exclusivity(unchecked) private var capacity: Int

  init() {
    capacity = 1 << 12
    start = .allocate(capacity: capacity)
    end = start
  }

  deinit { start.deallocate() }

  var count: Int { end - start }

  /// Makes room for `more` ids.
  @inline(__always)
  func reserve(_ more: Int) { if count + more > capacity { grow(more) } }

  private func grow(_ more: Int) {
    let used = count
    capacity = max(capacity * 2, used + more)
    let larger = UnsafeMutablePointer<TokenID>.allocate(capacity: capacity)
    larger.update(from: start, count: used)
    start.deallocate()
    start = larger
    end = larger + used
  }

  /// Appends an id; room must have been reserved.
  @inline(__always)
  func append(_ id: TokenID) {
    end.pointee = id
    end += 1
  }

  /// Ids that are collected before they go to an array, few enough to be in the nearest cache still.
  static let batch = 1 << 12

  /// Moves everything to an array, whose room is made with an eye to what follows.
  /// - Parameters:
  ///   - done: how many bytes of a text the ids so far stand for.
  ///   - length: of that text.
  func flush(into ids: inout [TokenID], done: Int, of length: Int) {
    let needed = ids.count + count
    if needed > ids.capacity {
      // As dense as so far, and a little more, rather than twice as much as needed.
      let rest = Double(length - done) * Double(needed) / Double(max(1, done))
      ids.reserveCapacity(needed + max(Int(rest * 1.05), needed / 8) + 16)
    }
    flush(into: &ids)
  }

  /// Moves everything to an array.
  func flush(into ids: inout [TokenID]) {
    ids.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
    end = start
    // What one enormous piece needed is not kept for ever.
    guard capacity > 1 << 20 else { return }
    start.deallocate()
    capacity = 1 << 12
    start = .allocate(capacity: capacity)
    end = start
  }
}
