/// What is looked for in a vocabulary.
public enum VocabularyQuery: Sendable, Equatable {
  /// Tokens that hold a text, or begin with it.
  case text([UInt8])
  case prefix([UInt8])
  /// Tokens whose text is just this.
  case whole([UInt8])
  case ids(ClosedRange<TokenID>)
  case kind(TokenKind)
  case script(String)
  /// By length in bytes.
  case length(ClosedRange<Int>)
  /// Tokens, as text, in which a pattern matches somewhere.
  case pattern(String)

  /// A query that cannot be understood, in one sentence.
  public struct QueryError: Error, Sendable, CustomStringConvertible, Equatable {
    public var description: String
  }
}

/// What a search found.
public struct VocabularyMatches: Sendable, Equatable {
  /// In the order of the vocabulary; no more than were asked for.
  public var ids: [TokenID]
  /// How many there are in all.
  public var total: Int
}
