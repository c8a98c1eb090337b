/// What a tokenizer made of one text, stage by stage: added tokens, normalizers, pre-tokenizers, model, post-processor.
///
/// Places are UTF-8 byte ranges of the text that was given. The tokens are those of `encode`.
public struct TokenizationExplanation: Sendable, Equatable {
  /// The name of the tokenizer.
  public var tokenizer: String
  /// How much of the text was explained, in bytes from its start: all of it unless it is longer than the limit.
  public var explainedBytes: Int
  public var stages: [Stage]
  /// What the model got, piece by piece, and the added tokens between; in the order of the text.
  public var pieces: [Piece]
  /// What the model works on by itself, which ``TokenizationExplainer/trace(_:limit:)`` can play: most often a whole
  /// piece, the words of a piece where a SentencePiece vocabulary has no other cut.
  public var words: [Word]
  public var tokens: [Token]

  /// One stage of the pipeline; nested sequences are laid out flat.
  public struct Stage: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
      case repair, addedTokens, normalizer, preTokenizer, model, postProcessor
    }
    public var kind: Kind
    /// As tokenizer.json calls it: "NFC", "ByteLevel", "BPE".
    public var name: String
    /// What it does, in plain words.
    public var summary: String
    /// The text after this stage. Those of the stage before are what it got; the first stage got the text.
    public var parts: [Part]
    /// Whether it made anything else of what it got: other text, other cuts, tokens.
    public var hasEffect: Bool
  }

  /// A part of the text after a stage.
  public struct Part: Sendable, Equatable {
    /// UTF-8 as the stage left it; what a token stands for where it is one.
    public var text: [UInt8]
    /// Where it came from.
    public var source: Range<Int>
    /// The part of the stage before that it was made of; nil for what a post-processor added.
    public var parent: Int?
    /// The token it has become.
    public var token: TokenID?
    /// Whether the text differs from that of its parent (a normalizer or a prefixed space changed it).
    public var isChanged: Bool
    /// What made the stage take these characters as one part: the alternative of a pattern, a character class …
    public var rule: SplitRule?
  }

  /// A piece as the model got it, or an added token.
  public struct Piece: Sendable, Equatable {
    public var text: [UInt8]
    public var source: Range<Int>
    /// Places in ``TokenizationExplanation/tokens``; empty where the model left it out.
    public var tokens: Range<Int>
    /// Places in ``TokenizationExplanation/words``; empty for an added token.
    public var words: Range<Int>
    public var isAddedToken: Bool
    /// Why it begins where it does.
    public var border: SplitReason
  }

  /// A run of characters that the model works on by itself.
  public struct Word: Sendable, Equatable {
    public var text: [UInt8]
    public var source: Range<Int>
    public var piece: Int
    public var tokens: Range<Int>
  }

  public struct Token: Sendable, Equatable {
    public var id: TokenID
    /// As `encode` gives it; empty for one that a post-processor added.
    public var source: Range<Int>
    /// Where in ``TokenizationExplanation/pieces``; nil for one that a post-processor added.
    public var piece: Int?
    /// Where in ``TokenizationExplanation/words``; nil for added tokens.
    public var word: Int?
    /// Why it begins where it does, apart from the token before.
    public var border: SplitReason
  }

  /// The token that holds a byte of the text; of several (tokens that share a character) the first.
  public func token(at byte: Int) -> Int? {
    tokens.firstIndex { $0.source.contains(byte) }
  }
}

/// What makes a stage take a run of characters together.
public struct SplitRule: Sendable, Equatable, Hashable {
  /// The rule as it is written: ` ?\p{L}+`, `Digits`, `▁`.
  public var pattern: String
  /// In plain words, where there are some: "letters, with one space before".
  public var words: String?

  public init(pattern: String, words: String? = nil) {
    self.pattern = pattern
    self.words = words
  }
}

/// Why a border stands where it does.
public struct SplitReason: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// The text begins here.
    case start
    /// An added token begins or ended here.
    case addedToken
    /// A pre-tokenizer cuts here.
    case preTokenizer
    /// The model joins nothing across this place: no merge, the end of a longest match, the best path.
    case model
    /// A post-processor put the token here.
    case postProcessor
  }

  public var kind: Kind
  /// Which of ``TokenizationExplanation/stages`` made it; nil at the start of the text.
  public var stage: Int?
  /// Its name; empty at the start of the text.
  public var stageName: String
  /// What holds together what lies before and after the border, in that stage.
  public var before: SplitRule?
  public var after: SplitRule?
  /// All of that in one sentence, for people.
  public var sentence: String

  public init(
    kind: Kind, stage: Int? = nil, stageName: String = "", before: SplitRule? = nil, after: SplitRule? = nil,
    sentence: String
  ) {
    self.kind = kind
    self.stage = stage
    self.stageName = stageName
    self.before = before
    self.after = after
    self.sentence = sentence
  }
}
