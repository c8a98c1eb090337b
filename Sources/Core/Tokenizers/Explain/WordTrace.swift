/// How a model came to the tokens of one word, step by step. Ranges are bytes of the word.
public struct WordTrace: Sendable, Equatable {
  public enum Method: Sendable, Equatable {
    case merges(MergeTrace)
    case longestMatch(LongestMatchTrace)
    case lattice(LatticeTrace)
    case lookup(LookupTrace)
    /// The word is longer than the limit, in bytes; only the tokens are given.
    case tooLong(limit: Int)
  }

  /// The word as the model got it, in UTF-8 (part of a character where the vocabulary cuts one).
  public var word: [UInt8]
  public var method: Method
  /// What comes out, as `encode` has it.
  public var tokens: [TraceSymbol]
}

/// A run of bytes of the word that stands as one symbol.
public struct TraceSymbol: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case token
    /// One byte written as a byte token, since the vocabulary lacks the character.
    case byteFallback
    /// Not in the vocabulary: the unknown token stands for it.
    case unknown
    /// A character that is no token by itself and may yet become part of one.
    case character
  }
  /// -1 where it is no token (yet).
  public var id: TokenID
  public var range: Range<Int>
  public var kind: Kind

  public init(id: TokenID, range: Range<Int>, kind: Kind = .token) {
    self.id = id
    self.range = range
    self.kind = kind
  }
}

/// Byte-pair encoding at work: states[0] is the word in its first symbols, states[i + 1] what step i made of states[i].
/// SentencePiece vocabularies may have one state more than that: characters left over become byte tokens or unknown.
public struct MergeTrace: Sendable, Equatable {
  /// Two neighbours that could merge, or not.
  public struct Candidate: Sendable, Equatable {
    /// The place of the left one in the state.
    public var left: Int
    /// What they would become; nil: no merge joins them.
    public var id: TokenID?
    /// Lower comes first; nil where no merge joins them. For score-ordered vocabularies the rank by score.
    public var rank: Int?
    /// SentencePiece: higher comes first.
    public var score: Float?
  }

  public struct Step: Sendable, Equatable {
    /// All pairs of neighbours before the step, left to right.
    public var candidates: [Candidate]
    /// The place in `candidates` of the pair that merges: the lowest rank, the leftmost of equals.
    public var chosen: Int
    /// The symbol it becomes.
    public var result: TraceSymbol
  }

  /// How the pairs are ordered.
  public enum Order: String, Sendable { case rank, score }

  public var order: Order
  public var states: [[TraceSymbol]]
  public var steps: [Step]
  /// The pairs of the last state, none of which can merge.
  public var remaining: [Candidate]
}

/// Greedy longest match first (WordPiece): from each place the longest run that is a token.
public struct LongestMatchTrace: Sendable, Equatable {
  public struct Try: Sendable, Equatable {
    /// What was looked up, with the mark of a continuation (`##`).
    public var text: [UInt8]
    public var range: Range<Int>
    /// nil: not in the vocabulary.
    public var id: TokenID?
  }

  public struct Step: Sendable, Equatable {
    public var start: Int
    /// Longest first; all failed but the last, unless the word has no match here. No more than
    /// ``LongestMatchTrace/mostTries``: of longer ones the last are kept.
    public var tries: [Try]
    /// How many tries there were.
    public var tryCount: Int
    /// The token found; nil: nothing matched, and the whole word is unknown.
    public var result: TraceSymbol?
  }

  public enum Outcome: String, Sendable {
    case matched
    /// A place had no match: the unknown token stands for the whole word.
    case noMatch
    /// More characters than the model takes in one word: unknown without a try.
    case tooManyCharacters
  }

  public static let mostTries = 256

  public var steps: [Step]
  public var outcome: Outcome
}

/// All the ways to cut a word into tokens, and the best of them (Unigram, Kudo 2018).
public struct LatticeTrace: Sendable, Equatable {
  public struct Edge: Sendable, Equatable {
    public var id: TokenID
    public var range: Range<Int>
    /// Log-probability.
    public var score: Double
    public var isUnknown: Bool
    /// The best score of a path from the start through this edge.
    public var bestThrough: Double
  }

  public struct Path: Sendable, Equatable {
    /// Places in ``LatticeTrace/edges``.
    public var edges: [Int]
    /// The sum of the scores.
    public var score: Double
  }

  /// Byte offsets at which characters begin, and the end.
  public var nodes: [Int]
  /// By start, then by length.
  public var edges: [Edge]
  public var best: Path
  /// The next best path that is cut in another way; nil: there is only one.
  public var second: Path?
  /// How far the second is behind, in nats.
  public var gap: Double? { second.map { max(0, best.score - $0.score) } }
}

/// A word that is looked up whole: word-level vocabularies, `ignore_merges`.
public struct LookupTrace: Sendable, Equatable {
  /// Whether the word itself was found; else the unknown token stands for it, or nothing.
  public var isFound: Bool
  /// Why no merges were asked, in one sentence.
  public var sentence: String
}
