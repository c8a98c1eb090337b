import Core

/// What a model is asked: a conversation up to the message that wants a reply.
public struct ChatRequest: Sendable {
  /// Empty: none.
  public var system: String
  /// From the beginning of the active path to the message to reply to.
  public var turns: [ConversationNode]
  /// Where an earlier trimming left off; nil: at the beginning.
  public var contextStart: Conversation.MessageID?
  public var parameters: GenerateParameters
  /// Tokens that the reply begins with.
  public var opening: [GeneratedToken]

  public init(
    system: String, turns: [ConversationNode], contextStart: Conversation.MessageID?, parameters: GenerateParameters,
    opening: [GeneratedToken] = []
  ) {
    self.system = system
    self.turns = turns
    self.contextStart = contextStart
    self.parameters = parameters
    self.opening = opening
  }
}

/// What happens while a reply is made: the prompt, then events of the generation, the last of them final.
public enum BackendEvent: Sendable {
  /// The exact text sent, and its tokens.
  case prompt(RenderedConversation, tokens: Int)
  /// The context was full: so many of the oldest messages are not sent any more.
  case trimmed(from: Conversation.MessageID, dropped: Int)
  case generation(Generation)
}

/// Something that replies: a model in this process, or one elsewhere.
public protocol ChatBackend: AnyObject, Sendable {
  /// The model's name.
  var name: String { get }
  /// Tokens that fit in a conversation.
  var contextLength: Int { get }
  /// Tokens a conversation takes, for the meter; nil where that cannot be known.
  func tokens(of request: ChatRequest) -> Int?
  /// Makes one reply on the caller's thread; returns after the final event.
  func reply(to request: ChatRequest, isCancelled: () -> Bool, onEvent: (BackendEvent) -> Void)
}
