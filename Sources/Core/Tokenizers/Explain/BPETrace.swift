extension BPEModel: TracedModel {
  var stageName: String { "BPE" }

  var stageSummary: String {
    var text = isByteLevel ? "Each piece begins as bytes" : "Each piece begins as characters"
    text += ", and the pair of neighbours with the lowest rank merges until no merge is left"
    if ignoresMerges { text += "; a piece that is a token as it stands is taken whole" }
    return text + "."
  }

  var wordBorder: String { "A word begins here: no token holds ▁ after another character, so no merge reaches across." }
  var tokenBorder: String { "No merge joins what stands on either side." }

  func wordEnds(in piece: UnsafeBufferPointer<UInt8>) -> [Int] {
    guard splitsAtMarks, let base = piece.baseAddress, !(ignoresMerges && vocabulary.id(piece) >= 0) else {
      return [piece.count]
    }
    return MarkSplitting.wordEnds(base, piece.count)
  }

  func trace(_ word: [UInt8], tokens: [TraceSymbol]) -> WordTrace.Method {
    if ignoresMerges, vocabulary.id(word) >= 0 {
      return .lookup(
        LookupTrace(
          isFound: true, sentence: "The whole piece is a token, and this vocabulary takes such pieces without merging.")
      )
    }
    let symbols = SymbolList()
    symbols.removeAll(reserving: word.count)
    word.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      _ = beginsWithBytes ? addBytes(base, bytes.count, symbols) : addCharacters(base, bytes.count, symbols)
    }
    let first = (0..<symbols.count).map { i -> TraceSymbol in
      let symbol = symbols.symbols[i]
      let range = Int(symbol.start)..<Int(symbol.start + symbol.length)
      return TraceSymbol(id: symbol.id, range: range, kind: kind(of: symbol.id, word[range]))
    }
    return .merges(
      MergeTrace.play(first, order: .rank) { left, right in
        let (rank, id) = merges.find(left.id, right.id)
        return id >= 0 && rank != .max ? (UInt64(rank), MergeTrace.Candidate(left: 0, id: id, rank: Int(rank))) : nil
      })
  }

  private func kind(of id: TokenID, _ bytes: ArraySlice<UInt8>) -> TraceSymbol.Kind {
    guard !isByteLevel, let written = vocabulary.bytes(id), !written.elementsEqual(bytes) else { return .token }
    return id == unknown ? .unknown : .byteFallback
  }
}

extension SentencePieceBPEModel: TracedModel {
  var stageName: String { "BPE" }
  var stageSummary: String {
    "Each word begins as characters, and the pair of neighbours whose token has the highest score merges until none "
      + "is a token."
  }
  var wordBorder: String { "A word begins here: no token holds ▁ after another character, so no merge reaches across." }
  var tokenBorder: String { "What stands on either side is no token together." }

  func wordEnds(in piece: UnsafeBufferPointer<UInt8>) -> [Int] {
    guard splitsAtMarks, !piece.isEmpty else { return [piece.count] }
    var ends = [0]
    while let start = ends.last, start < piece.count { ends.append(wordEnd(piece, from: start)) }
    return Array(ends.dropFirst())
  }

  func trace(_ word: [UInt8], tokens: [TraceSymbol]) -> WordTrace.Method {
    var first: [TraceSymbol] = []
    // User-defined symbols are found first and never merge.
    var fixed = Set<Int>()
    var i = 0
    word.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      while i < word.count {
        let whole = userDefined?.longestPrefix(base + i, count: word.count - i).length ?? 0
        let range = i..<min(word.count, i + (whole > 0 ? whole : utf8Length(word[i])))
        let id = vocabulary.id(word[range])
        if whole > 0 { fixed.insert(i) }
        first.append(TraceSymbol(id: id, range: range, kind: id >= 0 ? .token : .character))
        i = range.upperBound
      }
    }
    var trace = MergeTrace.play(first, order: .score) { left, right in
      guard !fixed.contains(left.range.lowerBound), !fixed.contains(right.range.lowerBound) else { return nil }
      let id = vocabulary.id(word[left.range.lowerBound..<right.range.upperBound])
      guard id >= 0, Int(id) < ranks.count, ranks[Int(id)] != .max else { return nil }
      return (UInt64(ranks[Int(id)]), MergeTrace.Candidate(left: 0, id: id, rank: nil, score: score(of: id)))
    }
    // Characters that are left over become byte tokens or unknown, and tokens that only serve to be merged on are taken
    // apart again: one more state without a step of its own.
    if trace.states.last?.map(\.id) != tokens.map(\.id) {
      trace.states.append(
        tokens.map { symbol in
          var symbol = symbol
          if symbol.id == unknown {
            symbol.kind = .unknown
          } else if symbol.range.count == 1, byteTokens[Int(word[symbol.range.lowerBound])] == symbol.id {
            symbol.kind = .byteFallback
          }
          return symbol
        })
    }
    return .merges(trace)
  }

  /// The score that a rank was made from.
  func score(of id: TokenID) -> Float? {
    guard id >= 0, Int(id) < ranks.count, ranks[Int(id)] < .max - 1 else { return nil }
    let ascending = ~ranks[Int(id)]
    return Float(bitPattern: ascending >> 31 == 1 ? ascending & 0x7FFF_FFFF : ~ascending)
  }
}

extension MergeTrace {
  /// Merges pairs until none is left, the lowest first, the leftmost of equals, keeping every state.
  /// - Parameter pair: what two neighbours may become and its order; nil: they do not merge.
  static func play(
    _ first: [TraceSymbol], order: Order, _ pair: (TraceSymbol, TraceSymbol) -> (UInt64, Candidate)?
  ) -> MergeTrace {
    var trace = MergeTrace(order: order, states: [first], steps: [], remaining: [])
    var state = first
    while true {
      var candidates: [Candidate] = []
      var best: (order: UInt64, at: Int)?
      for i in state.indices.dropLast() {
        guard let (order, candidate) = pair(state[i], state[i + 1]) else {
          candidates.append(Candidate(left: i))
          continue
        }
        if order < best?.order ?? .max { best = (order, i) }
        candidates.append(Candidate(left: i, id: candidate.id, rank: candidate.rank, score: candidate.score))
      }
      guard let chosen = best?.at, let id = candidates[chosen].id else {
        trace.remaining = candidates
        return trace
      }
      let result = TraceSymbol(id: id, range: state[chosen].range.lowerBound..<state[chosen + 1].range.upperBound)
      state.replaceSubrange(chosen...(chosen + 1), with: [result])
      trace.steps.append(Step(candidates: candidates, chosen: chosen, result: result))
      trace.states.append(state)
    }
  }
}

extension MarkSplitting {
  /// Where the words of a piece end.
  static func wordEnds(_ base: UnsafePointer<UInt8>, _ count: Int) -> [Int] {
    var ends: [Int] = []
    var start = 0
    while start < count {
      start = wordEnd(base, start, count)
      ends.append(start)
    }
    return ends
  }
}
