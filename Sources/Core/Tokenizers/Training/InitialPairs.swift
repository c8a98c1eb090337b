import Synchronization

/// All pairs of neighbouring symbols before the first merge, with their counts and places.
struct InitialPairs {
  struct Entry: Sendable {
    var pair: UInt64
    var count = 0
    var places = 0
    /// Of its places in the pool.
    var start = 0
  }

  let pairs: [Entry]
  private let cells: UnsafeMutablePointer<MergeCell>
  private let parts: [Part]
  private let threads: ThreadPool

  /// What one stretch of the cells holds. Each part has its own counts, so that parts can be worked on at once.
  private final class Part: @unchecked Sendable {
    let range: Range<Int>
    var index: PairIndex
    var entries: [Entry] = []
    /// Of each pair of this part: where its next place goes in the pool.
    var writes: [Int] = []

    init(_ range: Range<Int>, tokens: Int) {
      self.range = range
      index = PairIndex(tokens: tokens)
    }

    func count(_ cells: UnsafeMutablePointer<MergeCell>) {
      for i in range where cells[i].token >= 0 && cells[i + 1].token >= 0 {
        let pair = UInt64(cells[i].token) << 32 | UInt64(cells[i + 1].token)
        let k = index.place(of: pair)
        if k == entries.count { entries.append(Entry(pair: pair)) }
        entries[k].count &+= Int(cells[i].times)
        entries[k].places &+= 1
      }
    }

    func write(_ cells: UnsafeMutablePointer<MergeCell>, _ pool: UnsafeMutablePointer<UInt32>) {
      writes.withUnsafeMutableBufferPointer { writes in
        for i in range where cells[i].token >= 0 && cells[i + 1].token >= 0 {
          let k = index.place(of: UInt64(cells[i].token) << 32 | UInt64(cells[i + 1].token))
          pool[writes[k]] = UInt32(truncatingIfNeeded: i)
          writes[k] &+= 1
        }
      }
    }
  }

  /// - Parameter count: of the cells, the last of which is a border.
  init(cells: UnsafeMutablePointer<MergeCell>, count: Int, tokens: Int, threads: ThreadPool) {
    self.cells = cells
    self.threads = threads
    let size = max(1 << 16, (count + threads.threads - 1) / threads.threads)
    let parts = stride(from: 0, to: max(0, count - 1), by: size).map {
      Part($0..<min($0 + size, count - 1), tokens: tokens)
    }
    nonisolated(unsafe) let shared = cells
    threads.parallelFor(parts.count) { for i in $0 { parts[i].count(shared) } }
    var index = PairIndex(tokens: tokens)
    var pairs: [Entry] = []
    var places: [[Int]] = []
    for part in parts {
      places.append(
        part.entries.map { entry in
          let k = index.place(of: entry.pair)
          if k == pairs.count { pairs.append(Entry(pair: entry.pair)) }
          pairs[k].count += entry.count
          pairs[k].places += entry.places
          return k
        })
    }
    var at = 0
    for k in pairs.indices {
      pairs[k].start = at
      at += pairs[k].places
    }
    var next = pairs.map(\.start)
    for (part, places) in zip(parts, places) {
      part.writes = zip(part.entries, places).map { entry, k in
        defer { next[k] += entry.places }
        return next[k]
      }
    }
    self.parts = parts
    self.pairs = pairs
  }

  /// Writes the places of all pairs, in the order of ``pairs`` and, for each, of the text.
  /// - Returns: how many they are.
  func fill(_ pool: UnsafeMutablePointer<UInt32>) -> Int {
    nonisolated(unsafe) let (cells, pool) = (cells, pool)
    threads.parallelFor(parts.count) { for i in $0 { parts[i].write(cells, pool) } }
    return pairs.reduce(0) { $0 + $1.places }
  }
}

/// Numbers pairs in the order they come: by a square table for small alphabets, by hash for large ones.
struct PairIndex: ~Copyable {
  private let tokens: Int
  private var square: UnsafeMutablePointer<UInt32>?
  private var table: PairTable
  private var next = 0

  init(tokens: Int) {
    self.tokens = tokens
    table = PairTable(expecting: 0)
    if tokens <= 1024 {
      square = .allocate(capacity: tokens * tokens)
      square?.initialize(repeating: 0, count: tokens * tokens)
    }
  }

  deinit { square?.deallocate() }

  /// The number of a pair: from 0, the next one where it is new.
  @inline(__always)
  mutating func place(of pair: UInt64) -> Int {
    if let square {
      let cell = square + (Int(pair >> 32) &* tokens &+ Int(pair & 0xFFFF_FFFF))
      if cell.pointee == 0 {
        next &+= 1
        cell.pointee = UInt32(truncatingIfNeeded: next)
      }
      return Int(cell.pointee) &- 1
    }
    table.reserve(1)
    let slot = table.place(of: pair)
    if table.slots[slot].count == 0 {
      next &+= 1
      table.slots[slot].count = next
    }
    return table.slots[slot].count &- 1
  }
}
