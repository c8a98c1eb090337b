/// A token the model might have said instead.
public struct TokenAlternative: Sendable, Equatable, Codable {
  public var id: TokenID
  /// Natural logarithm of the probability under the model itself, before penalties, temperature and cuts.
  public var logprob: Float

  public init(id: TokenID, logprob: Float) {
    self.id = id
    self.logprob = logprob
  }
}

/// One token as it was drawn.
public struct GeneratedToken: Sendable, Equatable {
  public var id: TokenID
  /// Text that became complete with this token: whole characters only, often empty in the middle of one.
  public var text: String
  public var logprob: Float
  /// The most likely tokens, best first; as many as ``GenerateParameters/topLogprobs`` asked for.
  public var top: [TokenAlternative]
  /// Of the distribution it was drawn from, in nats; nil where ``top`` was not asked for.
  public var entropy: Float?
  /// Its place among all tokens, the most likely being 1; nil where ``top`` was not asked for.
  public var rank: Int?

  public init(
    id: TokenID, text: String, logprob: Float, top: [TokenAlternative] = [], entropy: Float? = nil, rank: Int? = nil
  ) {
    self.id = id
    self.text = text
    self.logprob = logprob
    self.top = top
    self.entropy = entropy
    self.rank = rank
  }
}

public struct GenerationTimings: Sendable, Equatable, Codable {
  public var promptTokens = 0
  /// Prompt tokens whose keys and values were still there from an earlier turn.
  public var reusedTokens = 0
  public var prefillSeconds = 0.0
  public var decodedTokens = 0
  public var decodeSeconds = 0.0

  public init() {}

  public var tokensPerSecond: Double { decodeSeconds > 0 ? Double(decodedTokens) / decodeSeconds : 0 }
}

/// Events of one generation: any number of `progress`, `token` and `text`, then exactly one `done` or `failed`.
public enum Generation: Sendable, Equatable {
  public enum FinishReason: String, Sendable, Codable {
    /// The end token or a stop string.
    case stop
    /// `maxTokens` or a full context.
    case length
    case cancelled
  }
  /// Prompt tokens read so far, of how many.
  case progress(read: Int, of: Int)
  case token(GeneratedToken)
  /// The end of the text of tokens already told, held back because it might have become a stop string or a character.
  /// At most once, before the final event.
  case text(String)
  case done(FinishReason, GenerationTimings)
  case failed(String)
}
