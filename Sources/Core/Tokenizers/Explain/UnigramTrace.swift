extension UnigramModel: TracedModel {
  var stageName: String { "Unigram" }
  var stageSummary: String {
    "Of all ways to cut a piece into tokens the one with the highest sum of scores (log-probabilities)."
  }
  var wordBorder: String { "A word begins here: no token holds ▁ after another character." }
  var tokenBorder: String { "The best path through the lattice of tokens has its border here." }

  func wordEnds(in piece: UnsafeBufferPointer<UInt8>) -> [Int] {
    guard splitsAtMarks, let base = piece.baseAddress else { return [piece.count] }
    return MarkSplitting.wordEnds(base, piece.count)
  }

  func trace(_ word: [UInt8], tokens: [TraceSymbol]) -> WordTrace.Method {
    word.isEmpty ? .lookup(LookupTrace(isFound: false, sentence: "")) : .lattice(lattice.trace(word))
  }
}

extension UnigramLattice {
  /// One of the best ways to a node.
  private struct Way {
    var score: Double
    /// The last edge; -1 at the start.
    var edge: Int
    /// Which of the ways to that edge's start.
    var rank: Int
  }

  /// All edges, and the two best paths (Viterbi's algorithm for the two best).
  /// - Parameter word: not empty; a sum begins with 0 at its start.
  func trace(_ word: [UInt8]) -> LatticeTrace {
    var nodes = word.indices.filter { word[$0] & 0xC0 != 0x80 }
    if nodes.first != 0 { nodes.insert(0, at: 0) }
    var edges: [LatticeTrace.Edge] = []
    var ways = [[Way]](repeating: [], count: word.count + 1)
    ways[0] = [Way(score: 0, edge: -1, rank: 0)]
    for start in nodes {
      for edge in self.edges(word, from: start) {
        for (rank, way) in ways[start].enumerated() {
          let way = Way(score: rounded(way.score + edge.score), edge: edges.count, rank: rank)
          Self.offer(way, to: &ways[edge.range.upperBound])
        }
        edges.append(edge)
      }
    }
    // The best rest after each node, to tell how good a path each edge allows.
    var rest = [Double](repeating: -.infinity, count: word.count + 1)
    rest[word.count] = 0
    for edge in edges.reversed() {
      rest[edge.range.lowerBound] = max(rest[edge.range.lowerBound], edge.score + rest[edge.range.upperBound])
    }
    for i in edges.indices {
      let before = ways[edges[i].range.lowerBound].first?.score ?? -.infinity
      edges[i].bestThrough = before + edges[i].score + rest[edges[i].range.upperBound]
    }
    func path(_ rank: Int) -> LatticeTrace.Path? {
      guard ways[word.count].indices.contains(rank) else { return nil }
      var list: [Int] = []
      var way = ways[word.count][rank]
      let score = way.score
      while way.edge >= 0 {
        list.append(way.edge)
        way = ways[edges[way.edge].range.lowerBound][way.rank]
      }
      return LatticeTrace.Path(edges: list.reversed(), score: score)
    }
    return LatticeTrace(
      nodes: nodes + [word.count], edges: edges, best: path(0) ?? LatticeTrace.Path(edges: [], score: 0),
      second: path(1))
  }

  /// The tokens that begin at a place, shortest first; the unknown character where no token is just that character.
  private func edges(_ word: [UInt8], from start: Int) -> [LatticeTrace.Edge] {
    var edges: [LatticeTrace.Edge] = []
    let length = min(utf8Length(word[start]), word.count - start)
    var node = trie.start
    var end = start
    var isWhole = false
    while end < word.count, trie.step(&node, word[end]) {
      end += 1
      let id = trie.token(at: node)
      guard id >= 0 else { continue }
      if end - start == length { isWhole = true }
      edges.append(.init(id: id, range: start..<end, score: scores[Int(id)], isUnknown: false, bestThrough: 0))
    }
    if !isWhole {
      edges.append(
        .init(id: unknown, range: start..<(start + length), score: unknownScore, isUnknown: true, bestThrough: 0))
    }
    return edges
  }

  /// Keeps the two best ways, of equal ones the first. The best way goes on from best ways only.
  private static func offer(_ way: Way, to ways: inout [Way]) {
    var at = ways.firstIndex { way.score > $0.score } ?? ways.count
    if way.rank > 0 { at = max(at, min(1, ways.count)) }
    guard at < 2 else { return }
    ways.insert(way, at: at)
    if ways.count > 2 { ways.removeLast() }
  }
}

extension SentencePieceLookupModel: TracedModel {
  var stageName: String { unit == .word ? "Word" : "Character" }
  var stageSummary: String {
    unit == .word ? "Each word is looked up as it stands." : "Each character is looked up as it stands."
  }
  var wordBorder: String { unit == .word ? "A word begins here." : "Every character is a token of its own." }
  var tokenBorder: String { "Byte tokens stand for what the vocabulary lacks." }

  func wordEnds(in piece: UnsafeBufferPointer<UInt8>) -> [Int] {
    guard let base = piece.baseAddress else { return [piece.count] }
    var ends: [Int] = []
    var start = 0
    while start < piece.count {
      start = end(base, start, piece.count)
      ends.append(start)
    }
    return ends
  }

  func trace(_ word: [UInt8], tokens: [TraceSymbol]) -> WordTrace.Method {
    let isFound = tokens.count == 1 && tokens[0].id != unknown
    return .lookup(
      LookupTrace(
        isFound: isFound, sentence: isFound ? "It is a token as it stands." : "The vocabulary has no token for it."))
  }
}
