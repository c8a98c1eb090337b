extension TokenCard {
  /// - Parameter ids: the tokens of the text at hand, to count the token's occurrences in.
  public init(_ id: TokenID, of tokenizer: any Tokenizer, in ids: [TokenID] = []) {
    let kinds = TokenKinds(tokenizer)
    let bytes = tokenizer.bytes(of: id)
    let (script, characters) = bytes.withUnsafeBufferPointer { TokenScript.classify($0) }
    let kind = kinds.kind(of: id)
    self.id = id
    self.bytes = bytes
    text = characters >= 0 ? String(decoding: bytes, as: UTF8.self) : nil
    written = tokenizer.token(of: id) ?? ""
    self.kind = kind
    roles = kinds.roles(of: id)
    self.characters = characters >= 0 ? characters : nil
    let isText = kind == .normal || kind == .byte || kind == .userDefined
    self.script = isText ? TokenScript.names[script] : TokenScript.special
    let ranked = (tokenizer as? PipelineTokenizer)?.stages.model as? any RankedModel
    merge = ranked?.merge(making: id)
    rank = ranked?.rank(of: id)
    score = ranked?.score(of: id).map { Double($0) }
    unreachable = ReachabilityCheck(tokenizer).check(id)
    occurrences = ids.reduce(0) { $0 + ($1 == id ? 1 : 0) }
  }
}

/// A model whose tokens have an order or a score.
protocol RankedModel: TokenModel {
  /// The merge of the lowest rank that makes a token.
  func merge(making id: TokenID) -> TokenCard.Merge?
  func rank(of id: TokenID) -> Int?
  func score(of id: TokenID) -> Float?
}

extension RankedModel {
  func merge(making id: TokenID) -> TokenCard.Merge? { nil }
  func rank(of id: TokenID) -> Int? { nil }
  func score(of id: TokenID) -> Float? { nil }
}

extension BPEModel: RankedModel {
  func merge(making id: TokenID) -> TokenCard.Merge? {
    guard let bytes = vocabulary.bytes(id), bytes.count > 1, let base = bytes.baseAddress else { return nil }
    var best: TokenCard.Merge?
    for cut in 1..<bytes.count {
      let left = vocabulary.id(base, count: cut)
      let right = vocabulary.id(base + cut, count: bytes.count - cut)
      guard left >= 0, right >= 0 else { continue }
      let merge = merges.find(left, right)
      guard merge.id == id, Int(merge.rank) < best?.rank ?? .max else { continue }
      best = TokenCard.Merge(left: left, right: right, rank: Int(merge.rank))
    }
    return best
  }
}

extension BPEModel {
  func rank(of id: TokenID) -> Int? { merge(making: id)?.rank }
}

extension SentencePieceBPEModel: RankedModel {
  func merge(making id: TokenID) -> TokenCard.Merge? {
    guard let bytes = vocabulary.bytes(id), bytes.count <= TokenizationExplainer.defaultWordLimit else { return nil }
    guard case .merges(let trace) = trace(Array(bytes), tokens: [TraceSymbol(id: id, range: 0..<bytes.count)]),
      let step = trace.steps.last, step.result.id == id, step.result.range.count == bytes.count
    else { return nil }
    let state = trace.states[trace.steps.count - 1]
    return TokenCard.Merge(left: state[step.chosen].id, right: state[step.chosen + 1].id, rank: nil)
  }
}

extension UnigramModel: RankedModel {
  func score(of id: TokenID) -> Float? {
    id >= 0 && Int(id) < lattice.scores.count ? Float(lattice.scores[Int(id)]) : nil
  }
}
