extension Tokenizer {
  /// The begin token as text; empty for a vocabulary without one.
  public var bosText: String { specialTokens.bos.flatMap { token(of: $0) } ?? "" }
  /// The end token as text; empty for a vocabulary without one.
  public var eosText: String { specialTokens.eos.flatMap { token(of: $0) } ?? "" }
}
