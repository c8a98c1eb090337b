/// What sort of token an id stands for.
public enum TokenKind: String, Sendable, CaseIterable {
  /// A piece of text.
  case normal
  /// One byte: a byte of a byte-level vocabulary, or one written `<0x0A>`.
  case byte
  /// Control and other special tokens, which text only becomes where special tokens are parsed.
  case special
  /// Stands for what the vocabulary lacks.
  case unknown
  /// Added to the vocabulary as text that is found before anything else.
  case userDefined
  /// An id without a token, or one that is kept free by name (`[unused7]`, `<|reserved_special_token_3|>`).
  case unused
}

/// What a model uses a token for.
public enum TokenRole: String, Sendable, CaseIterable {
  case bos, eos, padding, unknown, mask, classification, separator
  /// Ends a reply.
  case endOfGeneration
  case fimPrefix, fimMiddle, fimSuffix, fimPadding, repositoryName, fileSeparator

  /// In words.
  public var words: String {
    switch self {
    case .bos: "begins a text (BOS)"
    case .eos: "ends a text (EOS)"
    case .padding: "fills up a batch (padding)"
    case .unknown: "stands for what the vocabulary lacks"
    case .mask: "hides a token in training (mask)"
    case .classification: "stands before a text to be classified"
    case .separator: "stands between texts"
    case .endOfGeneration: "ends a reply"
    case .fimPrefix: "fill in the middle: the text before the gap follows"
    case .fimMiddle: "fill in the middle: what belongs into the gap follows"
    case .fimSuffix: "fill in the middle: the text after the gap follows"
    case .fimPadding: "fill in the middle: padding"
    case .repositoryName: "code: a repository's name follows"
    case .fileSeparator: "code: the next file follows"
    }
  }
}
