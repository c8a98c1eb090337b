/// The pieces of a vocabulary by their bytes: a double array (Aoe 1989), of which one step is one read. Flat and
/// immutable.
final class UnigramTrie: @unchecked Sendable {
  /// Of each node: in the lower half twice the place of its children (their bytes are exclusive-ored to it), plus one
  /// if a piece ends here; in the upper half its parent, or -1 where there is no node.
  private let units: UnsafeMutablePointer<UInt64>
  private let values: UnsafeMutablePointer<TokenID>
  /// Of the longest piece, in bytes.
  let longest: Int

  /// A place in the trie; the root to begin with.
  typealias Node = UInt32
  static let root: Node = 0

  /// - Parameter pieces: different, none of them empty.
  init(_ pieces: [(bytes: UnsafeBufferPointer<UInt8>, id: TokenID)]) {
    longest = pieces.reduce(0) { max($0, $1.bytes.count) }
    // The first eight bytes decide most comparisons.
    var sorted = pieces.map { (prefix: Self.prefix($0.bytes), piece: $0) }
    sorted.sort { a, b in
      a.prefix != b.prefix ? a.prefix < b.prefix : a.piece.bytes.lexicographicallyPrecedes(b.piece.bytes)
    }
    var builder = Builder(expecting: pieces.reduce(256) { $0 + $1.bytes.count / 2 })
    builder.add(sorted.map(\.piece))
    units = .allocate(capacity: builder.units.count)
    units.initialize(from: builder.units, count: builder.units.count)
    values = .allocate(capacity: builder.values.count)
    values.initialize(from: builder.values, count: builder.values.count)
  }

  deinit {
    units.deallocate()
    values.deallocate()
  }

  private static func prefix(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var value: UInt64 = 0
    for i in 0..<8 { value = value << 8 | (i < bytes.count ? UInt64(bytes[i]) : 0) }
    return value
  }

  /// Goes on by a byte.
  /// - Returns: false where no piece goes on so.
  @inline(__always)
  func step(_ node: inout Node, _ byte: UInt8) -> Bool {
    let next = UInt32(truncatingIfNeeded: units[Int(node)] & 0xFFFF_FFFF) >> 1 ^ UInt32(byte)
    guard units[Int(next)] >> 32 == UInt64(node) else { return false }
    node = next
    return true
  }

  /// The piece that ends at a node, or -1.
  @inline(__always)
  func piece(at node: Node) -> TokenID { units[Int(node)] & 1 == 1 ? values[Int(node)] : -1 }

  /// Hands out the pieces that `bytes` begin with, the shortest first.
  @inline(__always)
  func prefixes(
    _ bytes: UnsafePointer<UInt8>, count: Int, _ body: (_ length: Int, _ piece: TokenID) -> Void
  ) {
    let units = units
    var node = Self.root
    var unit = units[0]
    var i = 0
    while i < count {
      let next = UInt32(truncatingIfNeeded: unit) >> 1 ^ UInt32(bytes[i])
      let found = units[Int(next)]
      guard found >> 32 == UInt64(node) else { return }
      unit = found
      node = next
      i &+= 1
      if found & 1 == 1 { body(i, values[Int(node)]) }
    }
  }

  /// The longest piece that `bytes` begin with, and how far the bytes go along with any.
  func longestPrefix(_ bytes: UnsafePointer<UInt8>, count: Int) -> (length: Int, path: Int) {
    var node = Self.root
    var i = 0
    var found = 0
    while i < count, step(&node, bytes[i]) {
      i += 1
      if units[Int(node)] & 1 == 1 { found = i }
    }
    return (found, i)
  }

  private struct Builder {
    var units: [UInt64]
    var values: [TokenID]
    /// The next free place after each free one; as large as `units`.
    private var nextFree: [Int32]
    private var previousFree: [Int32]
    private var firstFree = 0
    private var lastFree = -1
    private var cursor = 1
    /// The last place that is not free.
    private var highest = 0

    static let free = UInt64(UInt32.max) << 32

    init(expecting count: Int) {
      units = []
      values = []
      nextFree = []
      previousFree = []
      grow(to: max(512, count))
      take(0)
    }

    private mutating func grow(to count: Int) {
      // Blocks of 256, so that any byte exclusive-ored to a place stays inside.
      let old = units.count
      let new = (max(count, old + old / 2) + 511) & ~255
      units.append(contentsOf: repeatElement(Self.free, count: new - old))
      values.append(contentsOf: repeatElement(-1, count: new - old))
      for i in old..<new {
        nextFree.append(Int32(i + 1))
        previousFree.append(Int32(i == old ? lastFree : i - 1))
      }
      lastFree = new - 1
    }

    private mutating func take(_ place: Int) {
      highest = max(highest, place)
      let next = Int(nextFree[place])
      let previous = Int(previousFree[place])
      if previous >= 0 { nextFree[previous] = Int32(next) }
      if next < previousFree.count { previousFree[next] = Int32(previous) }
      if place == firstFree { firstFree = next }
      if place == lastFree { lastFree = previous }
      if place == cursor { cursor = next }
    }

    /// A place for children such that all of theirs are free.
    private mutating func base(for labels: [UInt8]) -> Int {
      for (start, tries) in [(firstFree, 32), (cursor, 96)] {
        var place = start
        for attempt in 0..<tries {
          guard place < units.count else { break }
          let base = place ^ Int(labels[0])
          if labels.allSatisfy({ units[base ^ Int($0)] == Self.free && base ^ Int($0) != 0 }) {
            if attempt > tries / 2 { cursor = place }
            return base
          }
          place = Int(nextFree[place])
        }
      }
      let base = (highest | 255) + 1
      if base + 256 > units.count { grow(to: base + 256) }
      cursor = base
      return base
    }

    mutating func add(_ pieces: [(bytes: UnsafeBufferPointer<UInt8>, id: TokenID)]) {
      // Node, its pieces, and how many bytes of them lead to it. Not by recursion: pieces may be long.
      var work: [(node: Int, range: Range<Int>, depth: Int)] = [(0, 0..<pieces.count, 0)]
      var labels: [UInt8] = []
      var ends: [Int] = []
      while let (node, range, depth) = work.popLast() {
        var i = range.lowerBound
        var isEnd: UInt64 = 0
        if i < range.upperBound, pieces[i].bytes.count == depth {
          values[node] = pieces[i].id
          isEnd = 1
          i += 1
        }
        labels.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        let first = i
        while i < range.upperBound {
          let byte = pieces[i].bytes[depth]
          while i < range.upperBound, pieces[i].bytes[depth] == byte { i += 1 }
          labels.append(byte)
          ends.append(i)
        }
        guard !labels.isEmpty else {
          // Any place will do, as long as none of its neighbours is a child of this node; none is.
          units[node] = units[node] & Self.free | isEnd
          continue
        }
        let base = base(for: labels)
        units[node] = units[node] & Self.free | UInt64(base) << 1 | isEnd
        var start = first
        for (label, end) in zip(labels, ends) {
          let child = base ^ Int(label)
          take(child)
          units[child] = UInt64(node) << 32
          work.append((child, start..<end, depth + 1))
          start = end
        }
      }
    }
  }
}
