extension WordPieceModel: TracedModel {
  var stageName: String { "WordPiece" }
  var stageSummary: String {
    "From the start of each word the longest token that fits, inside a word of those written with "
      + "\(String(decoding: prefix, as: UTF8.self)); a word that cannot be covered is unknown as a whole."
  }
  var tokenBorder: String { "The longest token that fits ends here." }

  func trace(_ word: [UInt8], tokens: [TraceSymbol]) -> WordTrace.Method {
    var trace = LongestMatchTrace(steps: [], outcome: .matched)
    let ends = word.indices.filter { $0 > 0 && word[$0] & 0xC0 != 0x80 } + [word.count]
    guard ends.count <= longestWord else {
      trace.outcome = .tooManyCharacters
      return .longestMatch(trace)
    }
    var start = 0
    while start < word.count {
      let step = step(word, start, ends.filter { $0 > start })
      trace.steps.append(step)
      guard let found = step.result else {
        trace.outcome = .noMatch
        break
      }
      start = found.range.upperBound
    }
    return .longestMatch(trace)
  }

  /// - Parameter ends: where the characters after `start` end.
  private func step(_ word: [UInt8], _ start: Int, _ ends: [Int]) -> LongestMatchTrace.Step {
    var step = LongestMatchTrace.Step(start: start, tries: [], tryCount: 0)
    for end in ends.reversed() where step.result == nil {
      let text = (start > 0 ? prefix : []) + word[start..<end]
      let id = vocabulary.id(text)
      step.tries.append(LongestMatchTrace.Try(text: text, range: start..<end, id: id >= 0 ? id : nil))
      if id >= 0 { step.result = TraceSymbol(id: id, range: start..<end) }
    }
    step.tryCount = step.tries.count
    step.tries = step.tries.suffix(LongestMatchTrace.mostTries)
    return step
  }
}

extension WordLevelModel: TracedModel {
  var stageName: String { "WordLevel" }
  var stageSummary: String { "Each piece is looked up as it stands; what the vocabulary lacks is unknown." }
  var tokenBorder: String { "" }

  func trace(_ word: [UInt8], tokens: [TraceSymbol]) -> WordTrace.Method {
    let isFound = vocabulary.id(word) >= 0
    return .lookup(
      LookupTrace(
        isFound: isFound,
        sentence: isFound ? "The whole piece is a token." : "The vocabulary has no token for this piece."))
  }
}
