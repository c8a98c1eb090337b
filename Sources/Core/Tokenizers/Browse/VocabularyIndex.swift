/// A vocabulary laid out for browsing: the text of each token in flat memory, with its kind, length and script.
///
/// Immutable and safe to use from any thread. Builds in one pass; searches read through a megabyte or two.
public final class VocabularyIndex: Sendable {
  /// How many tokens have which length.
  public struct LengthHistogram: Sendable, Equatable {
    /// By length from 0; the last one also counts all longer ones.
    public var counts: [Int]
    public var longest: Int
    public var mean: Double
    public var median: Int
  }

  public struct ScriptCount: Sendable, Equatable {
    public var script: String
    public var tokens: Int
  }

  public let tokenizer: any Tokenizer
  public var count: Int { tokenizer.vocabularySize }

  public init(_ tokenizer: any Tokenizer) {
    self.tokenizer = tokenizer
  }
}
