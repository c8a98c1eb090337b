import Core

/// What is known of a reply beyond its text.
public struct ReplyRecord: Sendable, Equatable, Codable {
  /// The model that spoke, by name.
  public var model: String
  public var parameters: GenerateParameters
  /// The tokens drawn, so that their keys and values can be used again by the same model.
  public var ids: [TokenID] = []
  /// One for each token, natural logarithm.
  public var logprobs: [Float] = []
  /// What else the model might have said at each token; empty where nobody asked.
  public var top: [[TokenAlternative]] = []
  public var timings = GenerationTimings()
  /// nil while the reply streams, and for ever when the program ended before it did.
  public var finish: Generation.FinishReason?

  public init(model: String, parameters: GenerateParameters) {
    self.model = model
    self.parameters = parameters
  }
}

/// One message in the tree of a conversation.
public struct ConversationNode: Sendable, Equatable, Identifiable {
  public typealias ID = Int

  /// Drawn at random from so many that two programs never make the same; small in old conversations, which counted.
  public let id: ID
  /// nil: the conversation begins with it.
  public internal(set) var parent: ID?
  public var role: Role
  public var content: String
  /// Seconds since 1970.
  public var created: Double
  /// For messages a model wrote.
  public var reply: ReplyRecord?

  public init(id: ID, parent: ID?, role: Role, content: String, created: Double, reply: ReplyRecord? = nil) {
    self.id = id
    self.parent = parent
    self.role = role
    self.content = content
    self.created = created
    self.reply = reply
  }

  public var message: Message { Message(role, content) }
}
