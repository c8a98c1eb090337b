/// The substrings that occur more than once, as a tree: those that begin alike share their beginning. Made from the
/// sorted suffixes of all words, compared only as far as a piece can reach (the internal nodes of the suffix tree that
/// sentencepiece takes its seeds from).
struct SubstringTree {
  /// Of each node, the node that is its longest proper beginning; -1: none.
  private(set) var parents: [Int32] = []
  private(set) var lengths: [UInt8] = []
  /// Where one occurrence begins.
  private(set) var starts: [UInt32] = []
  /// How often it occurs in the corpus.
  private(set) var counts: [Int] = []
  /// By place in the text: the longest node that begins there; -1: none.
  private(set) var longest: [Int32]

  /// - Parameter depth: of the longest substring looked at.
  init(_ corpus: PieceCorpus, depth: Int, threads: ThreadPool) {
    let text = corpus.text
    var times = [Int](repeating: 0, count: text.count)
    for run in corpus.runs { for i in run.start..<(run.start + run.count) { times[i] = run.times } }
    // Suffixes by their first character: buckets that are worked on by themselves.
    var ends = [Int](repeating: 0, count: corpus.scalars.count + 1)
    for number in text { ends[Int(number)] += 1 }
    for i in 1..<ends.count { ends[i] += ends[i - 1] }
    var suffixes = [UInt32](repeating: 0, count: text.count)
    for i in text.indices.reversed() {
      ends[Int(text[i])] -= 1
      suffixes[ends[Int(text[i])]] = UInt32(i)
    }
    let buckets = (1..<corpus.scalars.count).map { Bucket(suffixes: ends[$0]..<ends[$0 + 1]) }
    let sorter = SuffixSorter(alphabet: corpus.scalars.count, depth: depth)
    longest = [Int32](repeating: -1, count: text.count)
    text.withUnsafeBufferPointer { text in
      times.withUnsafeBufferPointer { times in
        suffixes.withUnsafeMutableBufferPointer { suffixes in
          guard let suffixes = suffixes.baseAddress, let text = text.baseAddress, let times = times.baseAddress else {
            return
          }
          nonisolated(unsafe) let shared = (suffixes, text, times)
          threads.parallelFor(buckets.count) { range in
            for bucket in buckets[range] { bucket.grow(shared.0, shared.1, shared.2, sorter) }
          }
        }
      }
    }
    for bucket in buckets {
      let offset = Int32(parents.count)
      parents += bucket.parents.map { $0 < 0 ? -1 : $0 + offset }
      lengths += bucket.lengths
      starts += bucket.starts
      counts += bucket.counts
      for (k, node) in bucket.longest.enumerated() where node >= 0 {
        longest[Int(suffixes[bucket.suffixes.lowerBound + k])] = node + offset
      }
    }
  }

  /// The part of the tree whose substrings begin with one character.
  private final class Bucket: @unchecked Sendable {
    let suffixes: Range<Int>
    var parents: [Int32] = []
    var lengths: [UInt8] = []
    var starts: [UInt32] = []
    var counts: [Int] = []
    var longest: [Int32] = []
    /// Open nodes: what they are, how long, and what was counted before them.
    private var stack: [(node: Int32, length: Int, before: Int)] = []
    private var counted = 0

    init(suffixes: Range<Int>) { self.suffixes = suffixes }

    func grow(
      _ all: UnsafeMutablePointer<UInt32>, _ text: UnsafePointer<UInt32>, _ times: UnsafePointer<Int>,
      _ sorter: SuffixSorter
    ) {
      let mine = UnsafeMutableBufferPointer(start: all + suffixes.lowerBound, count: suffixes.count)
      sorter.sort(mine, text)
      longest = [Int32](repeating: -1, count: mine.count)
      var before = 0
      for k in 0..<mine.count {
        let at = Int(mine[k])
        let shared = k == 0 ? 0 : sorter.sharedLength(Int(mine[k - 1]), at, text)
        if let opened = step(to: shared, at, before) { longest[k - 1] = opened }
        longest[k] = stack.last?.node ?? -1
        before = counted
        // A word that occurs again is a substring that occurs again, to its end.
        let weight = times[at]
        if weight > 1 {
          counted += 1
          if let opened = step(to: sorter.length(at, text), at, before) { longest[k] = opened }
          longest[k] = stack.last?.node ?? -1
          counted += weight - 1
        } else {
          counted += 1
        }
      }
      _ = step(to: 0, 0, before)
    }

    /// Closes nodes longer than what the next suffix shares with the one before, and opens one of that length.
    /// - Returns: the node, where one was opened that begins with the suffix before.
    private func step(to shared: Int, _ at: Int, _ before: Int) -> Int32? {
      while let top = stack.last, top.length > shared {
        stack.removeLast()
        counts[Int(top.node)] = counted - top.before
        if let next = stack.last, next.length >= shared {
          parents[Int(top.node)] = next.node
        } else if shared > 0 {
          parents[Int(top.node)] = open(shared, at, top.before)
        }
      }
      guard shared > stack.last?.length ?? 0 else { return nil }
      return open(shared, at, before)
    }

    private func open(_ length: Int, _ at: Int, _ before: Int) -> Int32 {
      let node = Int32(parents.count)
      parents.append(stack.last?.node ?? -1)
      lengths.append(UInt8(length))
      starts.append(UInt32(at))
      counts.append(0)
      stack.append((node, length, before))
      return node
    }
  }
}

/// Sorts suffixes by their first characters, several at a time as one integer.
struct SuffixSorter: Sendable {
  private let bits: Int
  private let perKey: Int
  private let depth: Int

  /// - Parameter depth: how many characters are compared.
  init(alphabet: Int, depth: Int) {
    bits = max(1, Int.bitWidth - (alphabet - 1).leadingZeroBitCount)
    perKey = max(1, 64 / bits)
    self.depth = depth
  }

  /// Characters of the suffix at a place, up to ``depth``.
  func length(_ at: Int, _ text: UnsafePointer<UInt32>) -> Int {
    var i = 0
    while i < depth, text[at &+ i] != 0 { i &+= 1 }
    return i
  }

  /// Characters that two suffixes have in common, up to ``depth``.
  func sharedLength(_ a: Int, _ b: Int, _ text: UnsafePointer<UInt32>) -> Int {
    var i = 0
    while i < depth, text[a &+ i] == text[b &+ i], text[a &+ i] != 0 { i &+= 1 }
    return i
  }

  private struct Keyed {
    var key: UInt64
    var at: UInt32
  }

  func sort(_ suffixes: UnsafeMutableBufferPointer<UInt32>, _ text: UnsafePointer<UInt32>) {
    var keyed = suffixes.map { Keyed(key: 0, at: $0) }
    keyed.withUnsafeMutableBufferPointer { sort($0, from: 0, text) }
    for i in suffixes.indices { suffixes[i] = keyed[i].at }
  }

  private func sort(_ keyed: UnsafeMutableBufferPointer<Keyed>, from done: Int, _ text: UnsafePointer<UInt32>) {
    guard keyed.count > 1, done < depth else { return }
    let count = min(perKey, depth - done)
    for i in keyed.indices {
      var key: UInt64 = 0
      var at = Int(keyed[i].at) &+ done
      for _ in 0..<count {
        let number = text[at]
        key = key &<< UInt64(truncatingIfNeeded: bits) | UInt64(number)
        // Nothing counts behind the end of a word.
        if number != 0 { at &+= 1 }
      }
      keyed[i].key = key
    }
    var sorted = keyed
    sorted.sort { $0.key < $1.key }
    var start = 0
    let last = UInt64(1) &<< UInt64(truncatingIfNeeded: bits) &- 1
    for i in 1...keyed.count where i == keyed.count || keyed[i].key != keyed[start].key {
      if i - start > 1, keyed[start].key & last != 0 {
        sort(UnsafeMutableBufferPointer(rebasing: keyed[start..<i]), from: done + count, text)
      }
      start = i
    }
  }
}
