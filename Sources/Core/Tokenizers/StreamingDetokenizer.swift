/// Turns tokens into text while they come: only whole characters, and all pieces together are exactly what decoding all
/// the tokens at once gives (leading space, byte tokens and invalid UTF-8 included).
public struct StreamingDetokenizer {
  private let tokenizer: any Tokenizer
  private let skipsSpecial: Bool
  private var chain: DecoderChain?
  /// For tokenizers without stages: bytes that do not make a character yet.
  private var pending: [UInt8] = []
  private var isFirst = true

  public init(_ tokenizer: any Tokenizer, skipSpecialTokens: Bool = true) {
    self.tokenizer = tokenizer
    skipsSpecial = skipSpecialTokens
    chain = (tokenizer as? PipelineTokenizer)?.makeDecoderChain()
    pending = []
  }

  /// - Returns: the text that this token makes certain; may be empty.
  public mutating func push(_ id: TokenID) -> String {
    if skipsSpecial, tokenizer.isSpecial(id) { return "" }
    guard let pipeline = tokenizer as? PipelineTokenizer else {
      pending.append(contentsOf: tokenizer.bytes(of: id))
      let whole = pending.count - incompleteSuffix(pending)
      defer { pending.removeFirst(whole) }
      return String(decoding: pending[..<whole], as: UTF8.self)
    }
    guard chain != nil else {
      guard let token = pipeline.token(of: id) else { return "" }
      defer { isFirst = false }
      return (isFirst ? "" : " ") + token
    }
    guard let input = pipeline.decoderInput(id) else { return "" }
    return String(decoding: chain?.push(input) ?? [], as: UTF8.self)
  }

  /// - Returns: what is left: the rest of an incomplete character as U+FFFD, a run of byte tokens.
  public mutating func finish() -> String {
    defer {
      chain = (tokenizer as? PipelineTokenizer)?.makeDecoderChain()
      pending = []
      isFirst = true
    }
    if var chain { return String(decoding: chain.finish(), as: UTF8.self) }
    return String(decoding: pending, as: UTF8.self)
  }
}
