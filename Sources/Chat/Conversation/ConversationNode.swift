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
  /// Entropies in nats of the distributions they were drawn from, and their places in them (1: the most likely); as
  /// many as there are in ``top``. nil in replies of before these were kept.
  public var entropies: [Float]?
  public var ranks: [Int]?
  public var timings = GenerationTimings()
  /// nil while the reply streams, and for ever when the program ended before it did.
  public var finish: Generation.FinishReason?

  public init(model: String, parameters: GenerateParameters) {
    self.model = model
    self.parameters = parameters
  }
}

extension ReplyRecord {
  /// The tokens as they were drawn, without their texts; empty where not all is known of them.
  var generatedTokens: [GeneratedToken] {
    guard logprobs.count == ids.count else { return [] }
    return ids.indices.map { i in
      GeneratedToken(
        id: ids[i], text: "", logprob: logprobs[i], top: top.indices.contains(i) ? top[i] : [],
        entropy: entropies.flatMap { $0.indices.contains(i) ? $0[i] : nil },
        rank: ranks.flatMap { $0.indices.contains(i) ? $0[i] : nil })
    }
  }
}

extension GeneratedToken {
  /// The alternative at the same place; nil where it is not known.
  func replaced(by other: TokenID) -> GeneratedToken? {
    guard let place = top.firstIndex(where: { $0.id == other }) else { return nil }
    return GeneratedToken(
      id: other, text: "", logprob: top[place].logprob, top: top, entropy: entropy, rank: place + 1)
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
