/// The loop of BPE training: words as lists of symbols, counts of pairs kept up to date, candidates in a heap.
///
/// It follows Hugging Face's trainer also where a token can be made of two different pairs, so that the merges are
/// equal.
struct MergeLearner {
  /// What each token stands for; the place in this list, plus the first id, is its id.
  private(set) var tokens: [[UInt8]]
  private(set) var merges: [(left: [UInt8], right: [UInt8])] = []
  /// How many tokens merges have added.
  private(set) var newTokens = 0
  private let firstID: Int

  /// All words one after the other; each shrinks in its place.
  private var symbols: [Int32] = []
  private var words: [(start: Int, count: Int, times: Int)] = []
  private var idOfToken: [[UInt8]: Int] = [:]
  private var counts: [UInt64: Int] = [:]

  /// A pair that may be merged, its count when it was queued, and the words it was seen in.
  private struct Candidate {
    var count: Int
    var pair: UInt64
    var places: [Int32]

    /// The most frequent first, then the smallest ids.
    func comesBefore(_ other: Candidate) -> Bool {
      count != other.count ? count > other.count : pair < other.pair
    }
  }

  private var heap: [Candidate] = []

  /// - Parameter letters: the byte of each of the first 256 tokens.
  init(words counter: WordCounter, letters: [UInt8], firstID: Int) {
    self.firstID = firstID
    tokens = letters.map { [$0] }
    for (index, letter) in letters.enumerated() { idOfToken[[letter]] = index }
    var letterID = [Int32](repeating: 0, count: 256)
    for (index, letter) in letters.enumerated() { letterID[Int(letter)] = Int32(index) }
    symbols = counter.arena.map { letterID[Int($0)] }
    words = counter.words.map { ($0.start, $0.length, $0.count) }
    var places: [UInt64: [Int32]] = [:]
    for (index, word) in words.enumerated() where word.count > 1 {
      for i in word.start..<(word.start + word.count - 1) {
        let pair = Self.pair(symbols[i], symbols[i + 1])
        counts[pair, default: 0] += word.times
        Self.note(Int32(index), &places[pair, default: []])
      }
    }
    queue(places)
  }

  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

  /// Words come in order, so the same one again is the last one.
  private static func note(_ word: Int32, _ places: inout [Int32]) {
    if places.last != word { places.append(word) }
  }

  private mutating func queue(_ places: [UInt64: [Int32]]) {
    for (pair, words) in places {
      if let count = counts[pair], count > 0 { push(Candidate(count: count, pair: pair, places: words)) }
    }
  }

  /// Makes the next merge.
  /// - Returns: how often its pair occurred; nil where none is frequent enough.
  mutating func step(minimumFrequency: Int) -> Int? {
    while let top = pop() {
      let count = counts[top.pair] ?? 0
      if count != top.count {
        if count > 0 { push(Candidate(count: count, pair: top.pair, places: top.places)) }
        continue
      }
      guard count >= minimumFrequency else { return nil }
      merge(top)
      return count
    }
    return nil
  }

  private mutating func merge(_ candidate: Candidate) {
    let left = Int32(candidate.pair >> 32)
    let right = Int32(candidate.pair & 0xFFFF_FFFF)
    let token = tokens[Int(left)] + tokens[Int(right)]
    merges.append((tokens[Int(left)], tokens[Int(right)]))
    let id = idOfToken[token] ?? tokens.count
    if id == tokens.count {
      tokens.append(token)
      idOfToken[token] = id
      newTokens += 1
    }
    var places: [UInt64: [Int32]] = [:]
    for word in candidate.places { merge(left, right, into: Int32(id), word, &places) }
    queue(places)
  }

  /// Merges a pair wherever it stands in a word, from the left, and corrects the counts of its neighbours.
  private mutating func merge(
    _ left: Int32, _ right: Int32, into id: Int32, _ index: Int32, _ places: inout [UInt64: [Int32]]
  ) {
    let (start, count, times) = words[Int(index)]
    var write = start
    var read = start
    let end = start + count
    symbols.withUnsafeMutableBufferPointer { symbols in
      while read < end {
        guard symbols[read] == left, read + 1 < end, symbols[read + 1] == right else {
          symbols[write] = symbols[read]
          write += 1
          read += 1
          continue
        }
        if write > start {
          counts[Self.pair(symbols[write - 1], left), default: 0] -= times
          let made = Self.pair(symbols[write - 1], id)
          counts[made, default: 0] += times
          Self.note(index, &places[made, default: []])
        }
        if read + 2 < end {
          counts[Self.pair(right, symbols[read + 2]), default: 0] -= times
          let made = Self.pair(id, symbols[read + 2])
          counts[made, default: 0] += times
          Self.note(index, &places[made, default: []])
        }
        symbols[write] = id
        write += 1
        read += 2
      }
    }
    words[Int(index)].count = write - start
  }

  // MARK: - Heap

  private mutating func push(_ candidate: Candidate) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].comesBefore(heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func pop() -> Candidate? {
    guard !heap.isEmpty else { return nil }
    heap.swapAt(0, heap.count - 1)
    let top = heap.removeLast()
    var parent = 0
    while true {
      var first = parent
      for child in [parent * 2 + 1, parent * 2 + 2] where child < heap.count {
        if heap[child].comesBefore(heap[first]) { first = child }
      }
      if first == parent { return top }
      heap.swapAt(parent, first)
      parent = first
    }
  }
}
