/// One symbol of a word under training. A token lies over the cells of the symbols it is made of; its first and its last
/// cell hold its id, those between -1, so that both neighbours are found without links.
struct MergeCell {
  /// -1 also stands between words, and for a symbol that no token may hold.
  var token: Int32
  /// How often the word occurs.
  var times: UInt32
}

/// What a merge trainer allows, and which pair comes first.
struct MergeRules: Sendable {
  /// Pairs of at least this many symbols are not formed.
  var maximumLength = Int.max
  /// What is taken off the right one of a pair before the two are joined (`##`).
  var prefix: [UInt8] = []
  /// SentencePiece's: of equally frequent pairs the shorter comes first, then the one spelled first; a pair that spells
  /// a token there is already makes none; pieces keep to one script. Else Hugging Face's.
  var followsSentencePiece = false
  var shapes = PieceShape.Rules()
}

/// The loop of BPE training: words as cells of symbols, counts of pairs kept up to date, candidates by count.
///
/// It follows Hugging Face's trainer to the letter, also where a token can be made of two different pairs: each candidate
/// keeps the places it was queued with, and the count of a pair is not taken back when the pair is merged.
final class MergeLearner {
  struct Step {
    var left: Int32
    var right: Int32
    var token: Int32
    var count: Int
  }

  private let corpus: MergeCorpus
  private var cells: UnsafeMutablePointer<MergeCell> { corpus.cells }
  private let spelling: Spelling
  private let rules: MergeRules
  private var pairs: PairTable
  private var queue: CandidateQueue
  /// Places of candidates: where a pair begins.
  private var pool: UnsafeMutablePointer<UInt32>
  private var poolCount = 0
  private var poolCapacity: Int
  /// Tokens of the corpus.
  private(set) var symbols: Int

  var tokens: [[UInt8]] { spelling.tokens }
  var tokenCount: Int { spelling.count }

  /// A neighbour that the present merge has met on one side.
  private struct Neighbour {
    var token: Int32
    var isAllowed: Bool
    /// Of the pair it made before, and of the one it makes now.
    var loss = 0
    var gain = 0
    var places = 0
    var slot = 0
    var write = 0
  }

  /// The neighbours of one side, with the place of each token in the list + 1.
  private struct Side {
    var list: UnsafeMutablePointer<Neighbour>
    var places: UnsafeMutablePointer<UInt32>
    var count = 0

    init(room: Int) {
      list = .allocate(capacity: room)
      places = .allocate(capacity: room)
      places.initialize(repeating: 0, count: room)
    }

    func deallocate() {
      list.deallocate()
      places.deallocate()
    }
  }

  private var lefts: Side
  private var rights: Side
  private var found: UnsafeMutablePointer<UInt64>
  private var foundCapacity: Int

  /// - Parameters:
  ///   - corpus: its cells change as merges are learned.
  ///   - expected: tokens that the vocabulary will hold at most.
  init(_ corpus: MergeCorpus, rules: MergeRules, expected: Int, threads: ThreadPool) {
    self.rules = rules
    self.corpus = corpus
    symbols = corpus.symbols
    let spelling = Spelling(corpus.tokens, unmergeable: corpus.specialTokens)
    if rules.followsSentencePiece { spelling.keepShapes(rules.shapes) }
    self.spelling = spelling
    let room = max(expected, corpus.tokens.count) + 1
    lefts = Side(room: room)
    rights = Side(room: room)
    foundCapacity = 1 << 12
    found = .allocate(capacity: foundCapacity)
    var order: (@Sendable (UInt64, UInt64) -> Bool)?
    if rules.followsSentencePiece { order = { spelling.comesBefore($0, $1) } }
    queue = CandidateQueue(order: order)
    let count = corpus.count
    let cells = corpus.cells
    poolCapacity = max(16, count)
    pool = .allocate(capacity: poolCapacity)
    let initial = InitialPairs(cells: cells, count: count, tokens: spelling.count, threads: threads)
    poolCount = initial.fill(pool)
    pairs = PairTable(expecting: initial.pairs.count * 2)
    pairs.reserve(initial.pairs.count)
    for entry in initial.pairs {
      let left = Int32(truncatingIfNeeded: entry.pair >> 32)
      let right = Int32(truncatingIfNeeded: entry.pair)
      if rules.followsSentencePiece, !spelling.makesPiece(left, right) { continue }
      let slot = pairs.place(of: entry.pair)
      pairs.slots[slot].count = entry.count
      queue.push(MergeCandidate(count: entry.count, pair: entry.pair, start: entry.start, length: entry.places))
    }
  }

  deinit {
    pool.deallocate()
    lefts.deallocate()
    rights.deallocate()
    found.deallocate()
  }

  /// Makes the next merge.
  /// - Returns: nil where no pair is frequent enough.
  func step(minimumFrequency: Int) -> Step? {
    while let top = queue.pop() {
      let count = pairs.count(of: top.pair)
      if count != top.count {
        if count > 0 {
          queue.push(MergeCandidate(count: count, pair: top.pair, start: top.start, length: top.length))
        }
        continue
      }
      guard count >= minimumFrequency else { return nil }
      let length = spelling.lengths[Int(top.left)] + spelling.lengths[Int(top.right)]
      let (token, isNew) = spelling.join(top.left, top.right, dropping: rules.prefix)
      if !isNew {
        if rules.followsSentencePiece { continue }
        // A special token may be spelled by a pair; a token over another number of symbols may not.
        if spelling.lengths[Int(token)] == 0 { spelling.lengths[Int(token)] = length }
        if spelling.lengths[Int(token)] != length { continue }
      }
      merge(top, into: token)
      return Step(left: top.left, right: top.right, token: token, count: count)
    }
    return nil
  }

  /// The neighbour's entry of this merge, made where it is the first time.
  @inline(__always)
  private func entry(_ token: Int32, _ side: inout Side, _ isAllowed: () -> Bool) -> UnsafeMutablePointer<Neighbour> {
    let known = side.places[Int(token)]
    if known != 0 { return side.list + (Int(known) &- 1) }
    let entry = side.list + side.count
    entry.initialize(to: Neighbour(token: token, isAllowed: isAllowed()))
    side.count &+= 1
    side.places[Int(token)] = UInt32(side.count)
    return entry
  }

  private func allows(_ left: Int32, _ right: Int32) -> Bool {
    if rules.followsSentencePiece { return spelling.makesPiece(left, right) }
    return spelling.lengths[Int(left)] + spelling.lengths[Int(right)] < rules.maximumLength
  }

  /// Merges a pair at its places, from the left, and corrects the counts of its neighbours.
  private func merge(_ candidate: MergeCandidate, into token: Int32) {
    let (left, right) = (candidate.left, candidate.right)
    let leftLength = spelling.lengths[Int(left)]
    let rightLength = spelling.lengths[Int(right)]
    let lengths = spelling.lengths
    let cells = self.cells
    reserve(candidate.length)
    let (found, pool) = (self.found, self.pool)
    var foundCount = 0
    var merged = 0
    var (lefts, rights) = (self.lefts, self.rights)
    for i in candidate.start..<(candidate.start + candidate.length) {
      let at = Int(pool[i])
      guard cells[at].token == left else { continue }
      let second = at &+ leftLength
      guard cells[second].token == right else { continue }
      let times = Int(cells[at].times)
      let before = cells[at &- 1].token
      if before >= 0 {
        let entry = entry(before, &lefts) { allows(before, token) }
        entry.pointee.loss &+= times
        if entry.pointee.isAllowed {
          entry.pointee.gain &+= times
          entry.pointee.places &+= 1
          found[foundCount] = UInt64(entry - lefts.list) << 32 | UInt64(at &- lengths[Int(before)])
          foundCount &+= 1
        }
      }
      let end = second &+ rightLength
      let after = cells[end].token
      if after >= 0 {
        let entry = entry(after, &rights) { allows(token, after) }
        entry.pointee.loss &+= times
        if entry.pointee.isAllowed {
          // Before an older token of the same spelling, the pair is one that is counted on the left side.
          let isOlder = after == token
          let entry = isOlder ? self.entry(after, &lefts) { true } : entry
          entry.pointee.gain &+= times
          entry.pointee.places &+= 1
          let k = UInt64(entry - (isOlder ? lefts.list : rights.list))
          found[foundCount] = (isOlder ? 0 : 1 << 63) | k << 32 | UInt64(at)
          foundCount &+= 1
        }
      }
      if leftLength > 1 { cells[second &- 1].token = -1 }
      if rightLength > 1 { cells[second].token = -1 }
      cells[at].token = token
      cells[end &- 1].token = token
      merged &+= times
    }
    (self.lefts, self.rights) = (lefts, rights)
    symbols -= merged
    if rules.followsSentencePiece { pairs.slots[pairs.place(of: candidate.pair)].count -= merged }
    settle(left, right, token)
    distribute(foundCount)
    queueNew(token)
  }

  @inline(__always)
  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

  /// Books losses and gains of all neighbours, then sees which new pairs there are.
  private func settle(_ left: Int32, _ right: Int32, _ token: Int32) {
    pairs.reserve((lefts.count + rights.count) * 2)
    book(&lefts, { Self.pair($0, left) }, { Self.pair($0, token) })
    book(&rights, { Self.pair(right, $0) }, { Self.pair(token, $0) })
  }

  @inline(__always)
  private func book(_ side: inout Side, _ former: (Int32) -> UInt64, _ new: (Int32) -> UInt64) {
    for i in 0..<side.count {
      let entry = side.list + i
      let neighbour = entry.pointee.token
      side.places[Int(neighbour)] = 0
      if entry.pointee.loss != 0 { pairs.slots[pairs.place(of: former(neighbour))].count &-= entry.pointee.loss }
      guard entry.pointee.places > 0 else { continue }
      let slot = pairs.place(of: new(neighbour))
      pairs.slots[slot].count &+= entry.pointee.gain
      entry.pointee.slot = slot
    }
  }

  /// Gives every new pair its stretch of the pool.
  private func distribute(_ foundCount: Int) {
    for side in [lefts, rights] {
      for i in 0..<side.count {
        side.list[i].write = poolCount
        poolCount += side.list[i].places
      }
    }
    let (found, pool) = (self.found, self.pool)
    let (lefts, rights) = (self.lefts.list, self.rights.list)
    for i in 0..<foundCount {
      let value = found[i]
      let entry = (value >> 63 == 0 ? lefts : rights) + Int(value >> 32 & 0x7FFF_FFFF)
      pool[entry.pointee.write] = UInt32(truncatingIfNeeded: value)
      entry.pointee.write &+= 1
    }
  }

  private func queueNew(_ token: Int32) {
    for i in 0..<lefts.count { queue(lefts.list[i], Self.pair(lefts.list[i].token, token)) }
    for i in 0..<rights.count { queue(rights.list[i], Self.pair(token, rights.list[i].token)) }
    lefts.count = 0
    rights.count = 0
  }

  @inline(__always)
  private func queue(_ entry: Neighbour, _ pair: UInt64) {
    guard entry.places > 0 else { return }
    let count = pairs.slots[entry.slot].count
    guard count > 0 else { return }
    queue.push(
      MergeCandidate(count: count, pair: pair, start: entry.write - entry.places, length: entry.places))
  }

  /// Makes room for what a merge at so many places may find.
  private func reserve(_ places: Int) {
    if foundCapacity < places * 2 {
      found.deallocate()
      foundCapacity = places * 2
      found = .allocate(capacity: foundCapacity)
    }
    guard poolCount + places * 2 > poolCapacity else { return }
    poolCapacity = max(poolCapacity + poolCapacity / 2, poolCount + places * 2)
    let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: poolCapacity)
    larger.update(from: pool, count: poolCount)
    pool.deallocate()
    pool = larger
  }
}
