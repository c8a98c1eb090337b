import Core

/// Explanations for people: stages, pieces with the reason of each border, and the steps of each word.
struct TokenExplanationText {
  let explainer: TokenizationExplainer
  private(set) var text = ""

  init(_ explainer: TokenizationExplainer) { self.explainer = explainer }

  mutating func write(_ explanation: TokenizationExplanation) {
    for (number, stage) in explanation.stages.enumerated() {
      line("\(number + 1). \(stage.name): \(stage.summary)")
      guard stage.hasEffect else {
        line("   (nothing to do)")
        continue
      }
      line(
        "   "
          + stage.parts.map { part in
            part.token != nil && stage.kind == .addedTokens
              ? "⟨\(TokenText.visible(part.text))⟩" : TokenText.visible(part.text)
          }.joined(separator: "│"))
    }
    line("")
    for (number, token) in explanation.tokens.enumerated() {
      let written = explainer.tokenizer.token(of: token.id) ?? ""
      line("\(token.source.lowerBound)–\(token.source.upperBound)  \(token.id)  \(written)")
      line("   \(token.border.sentence)")
      if let word = token.word, explanation.words[word].tokens.lowerBound == number {
        write(explanation.words[word])
      }
    }
  }

  private mutating func line(_ line: String) { text += Inert.line(line) + "\n" }

  private mutating func write(_ word: TokenizationExplanation.Word) {
    guard let trace = explainer.trace(word.text) else { return }
    switch trace.method {
    case .merges(let merges): write(merges, word.text)
    case .longestMatch(let match): write(match)
    case .lattice(let lattice): write(lattice, word.text)
    case .lookup(let lookup): line("     \(lookup.sentence)")
    case .tooLong(let limit): line("     longer than \(limit) bytes: its steps are not shown")
    }
  }

  private mutating func write(_ merges: MergeTrace, _ word: [UInt8]) {
    func state(_ symbols: [TraceSymbol]) -> String {
      symbols.map { TokenText.visible(word[$0.range], spaces: true) }.joined(separator: "│")
    }
    guard merges.states.count > 1 else { return }
    line("     " + state(merges.states[0]))
    for (number, step) in merges.steps.enumerated() {
      let chosen = step.candidates[step.chosen]
      let rank = chosen.rank.map { "rank \($0)" } ?? chosen.score.map { "score \($0)" } ?? ""
      let others = step.candidates.count { $0.id != nil } - 1
      line("     \(state(merges.states[number + 1]))   \(rank)\(others > 0 ? ", before \(others) more" : "")")
    }
    if merges.states.count > merges.steps.count + 1 {
      line("     \(state(merges.states[merges.states.count - 1]))   bytes")
    }
  }

  private mutating func write(_ match: LongestMatchTrace) {
    if match.outcome == .tooManyCharacters { line("     more characters than a word may have: unknown") }
    for step in match.steps {
      let failed = step.tries.filter { $0.id == nil }.map { TokenText.visible($0.text) }
      let found = step.tries.last { $0.id != nil }.map { TokenText.visible($0.text) } ?? "nothing: the word is unknown"
      line("     \(failed.isEmpty ? "" : "not " + failed.joined(separator: ", ") + "; ")\(found)")
    }
  }

  private mutating func write(_ lattice: LatticeTrace, _ word: [UInt8]) {
    func path(_ path: LatticeTrace.Path) -> String {
      path.edges.map { TokenText.visible(word[lattice.edges[$0].range], spaces: true) }.joined(separator: "│")
        + "   score \(Figure.fixed(path.score, 3))"
    }
    line("     \(path(lattice.best))")
    if let second = lattice.second {
      line("     \(path(second)), the second best of \(lattice.edges.count) edges' paths")
    }
  }
}
