import CKernels

/// Viterbi's algorithm over the pieces of a vocabulary.
struct UnigramLattice: Sendable {
  let trie: TokenTrie
  /// Of the longest piece, in bytes.
  let longest: Int
  /// By id.
  let scores: [Double]
  let unknown: TokenID
  let unknownScore: Double
  /// Sums are kept in single precision.
  let isSingle: Bool
  /// How much less than the best a sum within a word can be, for each byte.
  let worst: Double
  /// nil: scores are so large that sums may overflow.
  let kernel: UnigramKernel?

  /// - Parameters:
  ///   - trie: of the vocabulary's pieces.
  ///   - scores: by id; those of pieces count.
  ///   - unknown: -1: none.
  init(
    vocabulary: Vocabulary, trie: TokenTrie, scores: [Double], unknown: TokenID, unknownScore: Double, isSingle: Bool
  ) {
    self.trie = trie
    longest = vocabulary.longest
    self.scores = scores
    self.unknown = unknown
    self.unknownScore = unknownScore
    self.isSingle = isSingle
    let isTame = abs(unknownScore) < 1e20 && scores.allSatisfy { abs($0) < 1e20 }
    worst = isTame ? scores.reduce(abs(unknownScore)) { max($0, abs($1)) } : .infinity
    // Scores of single precision are added as such.
    let isExact = !isSingle || (scores + [unknownScore]).allSatisfy { Double(Float($0)) == $0 }
    kernel =
      isTame && isExact
      ? UnigramKernel(trie, scores, unknown: unknown, unknownScore: unknownScore, worst: worst, isSingle: isSingle)
      : nil
  }

  /// A sum with a token's score added, rounded as the library does.
  @inline(__always)
  func adding(_ id: TokenID, to sum: Double) -> Double { rounded(sum + scores[Int(id)]) }

  static let most = Double(GBX_UNIGRAM_MOST)

  /// The sum at the start of a word: sentencepiece counts large ones anew.
  @inline(__always)
  func begun(_ sum: Double) -> Double { isSingle && abs(sum) > Self.most ? 0 : sum }

  /// Whether no sum within a word of `count` bytes is counted anew.
  @inline(__always)
  func staysSmall(_ sum: Double, count: Int) -> Bool { !isSingle || abs(sum) + worst * Double(count) < Self.most }

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
  /// the sum at the end, and with single precision in `scratch.gap` how far it was ahead of others wherever they met.
  /// - Parameter output: gets the tokens in order, unknown characters that touch as one.
  @inline(__always)
  func bestShort(
    _ kernel: UnigramKernel, _ base: UnsafePointer<UInt8>, _ count: Int, _ scratch: UnigramScratch,
    _ output: (_ id: TokenID, _ characters: Int, _ start: Int, _ end: Int) -> Void
  ) {
    let tokens = scratch.shortTokens
    let count =
      isSingle
      ? gbx_unigram_single(kernel.model, base, count, &scratch.sum, tokens, &scratch.gap)
      : gbx_unigram_double(kernel.model, base, count, &scratch.sum, tokens)
    var start = 0
    var i = 0
    while i < count {
      let first = i
      let id = tokens[i].id
      if id == unknown { while i + 1 < count, tokens[i + 1].id == id { i &+= 1 } }
      let end = Int(tokens[i].end)
      output(id, i - first + 1, start, end)
      start = end
      i &+= 1
    }
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
      let reach = min(end, stop + longest + 4)
      fill(base, start, stop, reach, end, scratch)
      let nodes = scratch.nodes
      var certain = stop - start
      if stop < end {
        // Ways that have not met yet may meet further back.
        guard let met = meeting(nodes, from: stop - start, to: reach - start) else {
          window *= 2
          if window > UnigramScratch.mostWindow, canGoToEnd { return goToEnd(base, start, end, scratch, emit) }
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
    // In order, and no more than a piece has bytes.
    var places = (from...to).compactMap { place -> Int? in
      if place == from { return place }
      return nodes[place].start >= 0 && Int(nodes[place].start) < from ? place : nil
    }
    while places.count > 1, let last = places.popLast(), last > 0 {
      let before = Int(nodes[last].start)
      var at = places.count
      while at > 0, places[at - 1] > before { at -= 1 }
      if at == 0 || places[at - 1] != before { places.insert(before, at: at) }
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
        if isSingle, abs(nodes[i - start].sum) > Self.most {
          let offset = nodes[i - start].sum
          // No way from before goes further.
          let furthest = min(reach, i + longest + 4) - start
          for j in (i - start)...furthest where nodes[j].start >= 0 {
            nodes[j].sum = rounded(nodes[j].sum - offset)
          }
          nodes[i - start].sum = 0
        }
        let sum = nodes[i - start].sum
        var node = trie.start
        var j = i
        var isWhole = false
        while j < reach, trie.step(&node, base[j]) {
          j &+= 1
          let id = trie.token(at: node)
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
