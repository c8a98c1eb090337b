/// The same text cut by several tokenizers, laid side by side by bytes.
///
/// Where tokens do not tile the text, bytes that no token holds (white space that was dropped) count to the token after
/// them, at the end of the text to the one before.
public struct TokenizerComparison: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    public var name: String
    public var vocabularySize: Int
    public var ids: [TokenID]
    /// As `encode` gives them.
    public var offsets: [Range<Int>]
    /// Where the text can be cut between two tokens of this row: ascending byte offsets, from 0 to the text's length.
    public var borders: [Int]
    /// The first token after each border, as a place in `ids`.
    public var firstTokens: [Int]
    /// 1 for the fewest tokens; equal counts share a rank.
    public var rank: Int
    public var unknownTokens: Int
    public var charactersPerToken: Double
    public var bytesPerToken: Double
    /// Why there are no tokens.
    public var failure: TokenizationError?
    /// For ranking: one that cannot encode the text comes last.
    public var neededTokens: Int { failure == nil ? ids.count : .max }
  }

  /// What stands between two borders that all rows have in common.
  public struct Segment: Sendable, Equatable {
    public var range: Range<Int>
    /// Tokens of each row, as places in its `ids`.
    public var tokens: [Range<Int>]
    /// Whether rows cut it in different ways.
    public var differs: Bool
  }

  /// The most tokenizers that are compared at once.
  public static let mostTokenizers = 8

  public var bytes: Int
  public var characters: Int
  public var rows: [Row]
  /// They tile the text.
  public var segments: [Segment]
}
