import Core

/// Does at once what the program's services do on their threads: for frames without a terminal, and for tests.
package enum TokensFollower {
  package static func follow(_ state: inout AppState, _ tokenizer: any Tokenizer, _ worker: TokensWorker) {
    let text = state.tokensText
    let origin = state.tokensOrigin
    if state.tokens.result.bytes != text.bytes || state.tokens.result.tokenizer == nil
      || state.tokens.result.origin != origin
    {
      state.tokens.take(worker.encode(text.bytes, cut: text.cut, with: tokenizer, origin: origin))
    }
    state.placeTokenCursor()
    if state.tokens.explanation == nil {
      state.tokens.take(TokensExplanation(state.tokens.result, token: state.tokens.cursor))
    }
    switch state.tokens.view {
    case .text, .merges, .training: break
    case .compare:
      guard state.tokens.compare.key != state.tokens.compareKey else { return }
      state.tokens.take(
        CompareService.compare(state.tokens.result, state.tokens.compared.compactMap(\.tokenizer)),
        key: state.tokens.compareKey)
    case .vocabulary:
      if state.tokens.vocabulary.index == nil {
        state.tokens.vocabulary.index = VocabularyIndex(tokenizer)
        state.tokens.vocabulary.unreachable = ReachabilityCheck(tokenizer).checkAll() ?? []
        state.tokens.vocabulary.checked = tokenizer.vocabularySize
        state.tokens.vocabulary.select(0)
      }
      guard let index = state.tokens.vocabulary.index else { return }
      let query = state.tokens.vocabulary.query.text
      guard query != state.tokens.vocabulary.answered else { return }
      state.tokens.vocabulary.take(
        VocabularyAnswer(query, in: index, unreachable: state.tokens.vocabulary.unreachable))
    }
  }
}
