#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Ids on their way to an array, in memory that is used again and again.
final class TokenBuffer {
  @exclusivity(unchecked) private(set) var start: UnsafeMutablePointer<TokenID>
  /// Where the next id goes.
  @exclusivity(unchecked) var end: UnsafeMutablePointer<TokenID>
  @exclusivity(unchecked) private var capacity: Int
  /// Whether this memory is an array's.
  private var isLent = false

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
    if !isLent { start.deallocate() }
    isLent = false
    start = larger
    end = larger + used
  }

  /// Appends an id; room must have been reserved.
  @inline(__always)
  func append(_ id: TokenID) {
    end.pointee = id
    end += 1
  }

  /// Takes back all ids but the first.
  func removeAll(after kept: Int) { end = start + min(kept, count) }

  /// Ids that are collected before they go to an array, few enough to be in the nearest cache still.
  static let batch = 1 << 12

  /// Gives whole pages back to the system; what they held is lost.
  private func release(upTo place: UnsafeMutablePointer<TokenID>) {
    let page = UInt(getpagesize())
    let first = (UInt(bitPattern: start) + page - 1) / page * page
    let last = UInt(bitPattern: place) / page * page
    guard first < last, let base = UnsafeMutableRawPointer(bitPattern: first) else { return }
    _ = madvise(base, Int(last - first), MADV_DONTNEED)
  }

  /// Gets ids in the place of the array that they are flushed to, after what is in that array already.
  @exclusivity(unchecked) var receiver: ((UnsafeBufferPointer<TokenID>) -> Void)?

  /// Moves everything to an array, whose room is made with an eye to what follows.
  /// - Parameters:
  ///   - done: how many bytes of a text the ids so far stand for.
  ///   - length: of that text.
  func flush(into ids: inout [TokenID], done: Int, of length: Int) {
    if receiver == nil { Self.makeRoom(in: &ids, for: count, done: done, of: length) }
    flush(into: &ids)
  }

  /// Makes room for `more` ids, or places, and for what follows.
  /// - Parameters:
  ///   - known: how many `done` bytes of a text have made; nil: all of them.
  ///   - length: of that text.
  static func makeRoom<Element>(
    in ids: inout [Element], for more: Int, known: Int? = nil, done: Int, of length: Int
  ) {
    let needed = ids.count + more
    guard needed > ids.capacity else { return }
    // As dense as so far, and a little more, rather than twice as much as needed; but what little text says is not trusted.
    let rest = length - done
    var room: Int
    if done < 1 << 16 {
      room = min(rest, 1 << 20) / 2
    } else if rest > 1 << 20, done < length / 16 {
      room = needed
    } else {
      room = Int(Double(rest) * Double(known ?? needed) / Double(done) * 1.05)
      // To move many ids takes twice their memory, room that stays unused next to none.
      if rest > 1 << 20 { room = min(room + min(room, mostSpare), max(room, rest)) }
    }
    ids.reserveCapacity(needed + max(room, needed / 8) + 16)
  }

  private static let mostSpare = 1 << 24

  /// Has `body` append ids, which go straight to an array, where few enough may come; the buffer must be empty.
  /// - Parameters:
  ///   - most: ids that there may be, with the four that are written too many.
  ///   - done: how many bytes of a text the ids before stand for.
  ///   - length: of that text.
  func append(to ids: inout [TokenID], atMost most: Int, done: Int, of length: Int, _ body: () -> Void) {
    guard receiver == nil, most <= Self.batch * 4, count == 0 else {
      body()
      return flush(into: &ids, done: done, of: length)
    }
    Self.makeRoom(in: &ids, for: most, known: ids.count, done: done, of: length)
    let (ownStart, ownCapacity) = (start, capacity)
    var moved = false
    ids.append(addingCapacity: most) { span in
      span.withUnsafeMutableBufferPointer { room, used in
        guard let base = room.baseAddress else { return }
        (start, end, capacity, isLent) = (base, base, room.count, true)
        body()
        moved = !isLent
        if !moved { used = count }
        isLent = false
      }
    }
    if moved {
      // There was no room after all.
      ids.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
      start.deallocate()
    }
    (start, end, capacity) = (ownStart, ownStart, ownCapacity)
  }

  /// Hands everything to the receiver, the array first.
  private func hand(_ ids: inout [TokenID], to receiver: (UnsafeBufferPointer<TokenID>) -> Void) {
    if !ids.isEmpty { ids.withUnsafeBufferPointer(receiver) }
    ids.removeAll(keepingCapacity: true)
    var moved = start
    while moved < end {
      let part = min(Self.batch * 16, end - moved)
      receiver(UnsafeBufferPointer(start: moved, count: part))
      moved += part
      if capacity > 1 << 20 { release(upTo: moved) }
    }
    end = start
  }

  /// Moves everything to an array.
  func flush(into ids: inout [TokenID]) {
    if let receiver { hand(&ids, to: receiver) }
    guard capacity > 1 << 20 else {
      ids.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
      end = start
      return
    }
    // What one enormous piece needed is not kept for ever, nor twice even while it is moved.
    ids.reserveCapacity(ids.count + count)
    var moved = start
    while moved < end {
      let part = min(Self.batch, end - moved)
      ids.append(contentsOf: UnsafeBufferPointer(start: moved, count: part))
      moved += part
      release(upTo: moved)
    }
    start.deallocate()
    capacity = 1 << 12
    start = .allocate(capacity: capacity)
    end = start
  }
}
