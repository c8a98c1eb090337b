/// Viterbi's algorithm over the pieces of a vocabulary.
struct UnigramLattice: Sendable {
  let trie: UnigramTrie
  /// By id.
  let scores: [Double]
  let unknown: TokenID
  let unknownScore: Double
  private let isSingle: Bool
  /// How much less than the best a sum within a word can be, for each byte.
  private let worst: Double

  /// - Parameters:
  ///   - scores: by id; those of pieces count.
  ///   - unknown: -1: none.
  init(vocabulary: Vocabulary, scores: [Double], unknown: TokenID, unknownScore: Double, isSingle: Bool) {
    var pieces: [(bytes: UnsafeBufferPointer<UInt8>, id: TokenID)] = []
    pieces.reserveCapacity(vocabulary.count)
    var worst = abs(unknownScore)
    for id in 0..<TokenID(vocabulary.count) {
      // Of equal pieces the one that is found counts.
      guard let bytes = vocabulary.bytes(id), !bytes.isEmpty, vocabulary.id(bytes) == id else { continue }
      pieces.append((bytes, id))
      worst = max(worst, abs(scores[Int(id)]))
    }
    trie = UnigramTrie(pieces)
    self.scores = scores
    self.unknown = unknown
    self.unknownScore = unknownScore
    self.isSingle = isSingle
    self.worst = worst
  }

  /// A sum with a token's score added, rounded as the library does.
  @inline(__always)
  func adding(_ id: TokenID, to sum: Double) -> Double { rounded(sum + scores[Int(id)]) }

  @inline(__always)
  func rounded(_ sum: Double) -> Double { isSingle ? Double(Float(sum)) : sum }

  /// How large the sum before a word may be so that rounding does not change the word's tokens: the best way must be
  /// ahead of the next by more than all its additions may err.
  func reach(gap: Double, count: Int) -> Double {
    let additions = Double(2 * count + 8)
    let precision = isSingle ? 0x1p23 : 0x1p52
    let reach = gap * precision / additions - worst * Double(count)
    return reach.isNaN ? -1 : reach
  }

  /// The best tokens of a range of text, in order, unknown characters that touch as one token of id `unknown`.
  /// Begins with `scratch.sum`, leaves there the sum at the end, and in `scratch.gap` how far the best way was ahead of
  /// others wherever they met.
  func best(
    _ base: UnsafePointer<UInt8>, _ range: Range<Int>, _ scratch: UnigramScratch,
    _ output: (_ id: TokenID, _ start: Int, _ end: Int) -> Void
  ) {
    scratch.gap = .infinity
    var pending = range.lowerBound..<range.lowerBound
    func emit(_ id: TokenID, _ start: Int, _ end: Int) {
      if id == unknown {
        pending = (pending.isEmpty ? start : pending.lowerBound)..<end
        return
      }
      flush()
      output(id, start, end)
    }
    func flush() {
      if !pending.isEmpty { output(unknown, pending.lowerBound, pending.upperBound) }
      pending = range.upperBound..<range.upperBound
    }
    var start = range.lowerBound
    while start < range.upperBound {
      start = advance(base, start, range.upperBound, scratch, emit)
    }
    flush()
  }

  /// The best way through a text of at most ``UnigramScratch/shortText`` bytes. Begins with `scratch.sum`, leaves there
  /// the sum at the end.
  /// - Returns: the number of its tokens. `scratch.shortPath` has their ends, the last one first, and
  ///   `scratch.shortNodes` at each end the token.
  func bestShort(_ base: UnsafePointer<UInt8>, _ count: Int, _ scratch: UnigramScratch) -> Int {
    let nodes = scratch.shortNodes
    for i in 0...count { nodes[i] = UnigramScratch.ShortNode() }
    nodes[0].sum = scratch.sum
    let trie = trie
    scores.withUnsafeBufferPointer { scores in
      var i = 0
      while i < count {
        let length = min(utf8Length(base[i]), count &- i)
        let sum = nodes[i].sum
        var isWhole = false
        let here = nodes + i
        let place = Int32(truncatingIfNeeded: i)
        trie.prefixes(base + i, count: count &- i) { reached, id in
          if reached == length { isWhole = true }
          here[reached].offer(rounded(sum + scores[Int(id)]), id, from: place)
        }
        if !isWhole { here[length].offer(rounded(sum + unknownScore), unknown, from: place) }
        i &+= length
      }
    }
    scratch.sum = nodes[count].sum
    let path = scratch.shortPath
    var made = 0
    var at = count
    while at > 0 {
      path[made] = Int32(truncatingIfNeeded: at)
      made &+= 1
      at = Int(nodes[at].start)
    }
    return made
  }

  /// Works on from `start`, to the end or as far as the work would grow too large, and hands out what is certain.
  /// - Returns: where it is to go on.
  private func advance(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ scratch: UnigramScratch,
    _ emit: (_ id: TokenID, _ start: Int, _ end: Int) -> Void
  ) -> Int {
    var window = UnigramScratch.window
    while true {
      // Beyond a window's end nodes may lie as far as the longest piece.
      var stop = min(end, start + window)
      while stop < end, base[stop] & 0xC0 == 0x80 { stop -= 1 }
      let reach = min(end, stop + trie.longest + 4)
      fill(base, start, stop, reach, end, scratch)
      let nodes = scratch.nodes
      var certain = stop - start
      if stop < end {
        // Ways that have not met yet may meet further back.
        guard let met = meeting(nodes, from: stop - start, to: reach - start) else {
          window *= 2
          continue
        }
        certain = met
      }
      var path = scratch.path
      path.removeAll(keepingCapacity: true)
      var at = certain
      while at > 0 {
        path.append(Int32(truncatingIfNeeded: at))
        let node = nodes[at]
        if node.others < scratch.gap { scratch.gap = node.others }
        at = Int(node.start)
      }
      for place in path.reversed() {
        let node = nodes[Int(place)]
        emit(node.id, start + Int(node.start), start + Int(place))
      }
      scratch.path = path
      scratch.sum = nodes[certain].sum
      return start + certain
    }
  }

  /// The last place that all ways to `from` and beyond go through; nil where that is only their start.
  private func meeting(_ nodes: UnsafeMutablePointer<UnigramScratch.Node>, from: Int, to: Int) -> Int? {
    var places = Set((from...to).filter { nodes[$0].start >= 0 && Int(nodes[$0].start) < from || $0 == from })
    while places.count > 1, let last = places.max(), last > 0 {
      places.remove(last)
      places.insert(Int(nodes[last].start))
    }
    guard let place = places.first, place > 0 else { return nil }
    return place
  }

  /// Finds the best way to each place of `start..<stop` and what begins there, up to `reach`.
  private func fill(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ stop: Int, _ reach: Int, _ end: Int, _ scratch: UnigramScratch
  ) {
    scratch.reserve(reach - start + 1)
    let nodes = scratch.nodes
    for i in 0...(reach - start) { nodes[i] = UnigramScratch.Node() }
    nodes[0].sum = scratch.sum
    let trie = trie
    let (unknown, unknownScore) = (unknown, unknownScore)
    scores.withUnsafeBufferPointer { scores in
      var i = start
      while i < stop {
        let length = min(utf8Length(base[i]), end - i)
        let sum = nodes[i - start].sum
        var node = UnigramTrie.root
        var j = i
        var isWhole = false
        while j < end, trie.step(&node, base[j]) {
          j &+= 1
          let id = trie.piece(at: node)
          guard id >= 0 else { continue }
          if j &- i == length { isWhole = true }
          nodes[j &- start].offer(rounded(sum + scores[Int(id)]), id, from: i &- start)
        }
        if !isWhole {
          nodes[i + length - start].offer(rounded(sum + unknownScore), unknown, from: i - start)
        }
        i += length
      }
    }
  }
}

/// Memory of one encoding at a time, kept from call to call.
final class UnigramScratch {
  /// The best way to a place.
  struct Node {
    var sum = 0.0
    /// How far it is ahead of the next best.
    var others = Double.infinity
    /// Where its last token begins; -1: there is no way here yet.
    var start: Int32 = -1
    var id: TokenID = -1

    /// Of equal ways the first stays.
    @inline(__always)
    mutating func offer(_ sum: Double, _ id: TokenID, from: Int) {
      if start < 0 {
        self.sum = sum
      } else if sum > self.sum {
        others = sum - self.sum
        self.sum = sum
      } else {
        let gap = self.sum - sum
        if !(gap >= others) { others = gap }
        return
      }
      start = Int32(truncatingIfNeeded: from)
      self.id = id
    }
  }

  /// The best way to a place, where nobody asks by how much.
  struct ShortNode {
    var sum = 0.0
    /// Where its last token begins; -1: there is no way here yet.
    var start: Int32 = -1
    var id: TokenID = -1

    /// Of equal ways the first stays.
    @inline(__always)
    mutating func offer(_ sum: Double, _ id: TokenID, from: Int32) {
      if start >= 0, !(sum > self.sum) { return }
      self.sum = sum
      self.id = id
      start = from
    }
  }

  /// How many bytes ``shortNodes`` reach.
  static let shortText = 255
  let shortNodes = UnsafeMutablePointer<ShortNode>.allocate(capacity: shortText + 1)
  let shortPath = UnsafeMutablePointer<Int32>.allocate(capacity: shortText + 1)

  /// How many bytes of text are worked on at once, at first.
  static let window = 1 << 14

  @exclusivity(unchecked) private(set) var nodes: UnsafeMutablePointer<Node>
  @exclusivity(unchecked) private var capacity = 256
  @exclusivity(unchecked) var path: [Int32] = []
  @exclusivity(unchecked) var sum = 0.0
  @exclusivity(unchecked) var gap = Double.infinity
  @exclusivity(unchecked) var run = TokenRun()
  private(set) lazy var cache = UnigramCache()

  init() { nodes = .allocate(capacity: capacity) }

  deinit {
    nodes.deallocate()
    shortNodes.deallocate()
    shortPath.deallocate()
  }

  func reserve(_ needed: Int) {
    // What one enormous word needed is not kept for ever.
    guard needed > capacity || capacity > max(1 << 17, needed * 4) else { return }
    nodes.deallocate()
    capacity = max(256, needed)
    nodes = .allocate(capacity: capacity)
  }
}
