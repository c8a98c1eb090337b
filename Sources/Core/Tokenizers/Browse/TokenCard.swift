/// All that is known about one token.
public struct TokenCard: Sendable, Equatable {
  /// A merge that makes a token.
  public struct Merge: Sendable, Equatable {
    public var left: TokenID
    public var right: TokenID
    /// 0 is the first merge learned; for score-ordered vocabularies nil.
    public var rank: Int?
  }

  public var id: TokenID
  /// What it stands for in a text; may be part of a character.
  public var bytes: [UInt8]
  /// `bytes` as text; nil where they are not UTF-8.
  public var text: String?
  /// As the vocabulary writes it: `Ġthe`, `▁the`, `<0x0A>`.
  public var written: String
  public var kind: TokenKind
  public var roles: [TokenRole]
  /// The merge of the lowest rank that makes it; nil for single symbols and models without merges.
  public var merge: Merge?
  /// Of that merge; in a rank file (tiktoken) the token's own.
  public var rank: Int?
  /// SentencePiece: log-probability (Unigram) or order of merging (BPE).
  public var score: Double?
  /// In characters (scalars); nil where the bytes are not UTF-8.
  public var characters: Int?
  /// The script of its letters, "Digits", "Punctuation", …: see ``VocabularyIndex/scripts``.
  public var script: String
  /// nil where the text of the token gives the token; else why it does not.
  public var unreachable: UnreachableToken?
  /// How often it stands in the text that was given.
  public var occurrences: Int
}
