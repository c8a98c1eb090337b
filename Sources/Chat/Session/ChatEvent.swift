import Core

/// What a session tells the screen.
public enum ChatEvent: Sendable, Equatable {
  /// A reply has begun; its message is in the tree, still empty.
  case started(Conversation.MessageID)
  /// Prompt tokens read so far, of how many.
  case progress(read: Int, of: Int)
  case token(GeneratedToken, Conversation.MessageID)
  /// The end of the reply's text, held back until now.
  case text(String, Conversation.MessageID)
  /// Tokens in the context now, of how many.
  case context(used: Int, of: Int)
  /// The context was full: so many of the oldest messages are not sent any more.
  case trimmed(dropped: Int)
  case done(Conversation.MessageID, Generation.FinishReason, GenerationTimings)
  case failed(Conversation.MessageID, String)
  /// Whether all is saved may have changed: ``ChatSession/saver`` knows.
  case saving
  /// Another program wrote into the conversation, and its messages are in the tree now.
  case changed
  /// Another program has given the conversation another title, system prompt or template.
  case renamed
  /// A sentence for the user that ends nothing.
  case notice(String)
}

/// Why a session cannot do what it was asked.
public enum ChatError: Error, Equatable, CustomStringConvertible {
  case busy, noModel, nothingToSend, nothingToReplyTo
  /// A message that takes more tokens than fit in the context beside the system prompt.
  case tooLong(tokens: Int, fits: Int)
  case writtenByAnother(String)

  public var description: String {
    switch self {
    case .busy: "A reply is being generated: stop it first (Esc)."
    case .noModel: "No model is loaded: choose one first."
    case .nothingToSend: "There is nothing to send."
    case .nothingToReplyTo: "There is no message to reply to."
    case .writtenByAnother(let model):
      "This reply was written by \(model): choose that model to go on from one of its tokens."
    case .tooLong(let tokens, let fits):
      "The message has \(tokens) tokens, and \(fits) fit in the context: shorten it, or choose a longer context."
    }
  }
}
