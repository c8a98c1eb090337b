import Core

/// One turn of a conversation in training data.
public struct DataMessage: Sendable, Equatable {
  public var role: Role
  public var content: String
  /// Of an assistant's turn: false where it is only context.
  public var isLearnt = true

  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }

  var message: Message { Message(role, content) }
}

/// Why a row cannot be learnt from, though it is well-formed: it is left out, counted and told.
struct SkippedRow: Error {
  var reason: String
}

extension DataMessage {
  /// A message as OpenAI writes it (`role`, `content` as text or a list of parts) or ShareGPT (`from`, `value`).
  /// - Throws: ``SkippedRow`` for what no template here can write, ``TrainingError`` for what is no message.
  init(_ json: JSON, fail: (String) -> TrainingError) throws {
    guard let name = (json["role"] ?? json["from"])?.string else {
      throw fail("a message must have 'role' and 'content' texts")
    }
    guard let role = Self.roles[name.lowercased()] else {
      throw SkippedRow(reason: "a message of the role '\(FormatError.inert(String(name.prefix(40))))'")
    }
    for key in ["tool_calls", "function_call"] {
      if let calls = json[key], !calls.isNull, calls.array?.isEmpty != true {
        throw SkippedRow(reason: "tool calls, which cannot be learnt yet")
      }
    }
    let value = json["content"] ?? json["value"]
    self.role = role
    // OpenAI's fine-tuning format masks a turn so.
    if json["weight"]?.double == 0 { isLearnt = false }
    switch value {
    case .string(let text): content = text
    case .null: throw SkippedRow(reason: "a message without content")
    case .array(let parts):
      // As OpenAI's interface joins them.
      content = try parts.map { part in
        if let text = part.string ?? part["text"]?.string { return text }
        throw SkippedRow(reason: "a message with parts that are not text")
      }.joined(separator: "\n")
    default: throw fail("a message must have 'role' and 'content' texts")
    }
  }

  /// The roles as data sets name them.
  private static let roles: [String: Role] = [
    "system": .system, "developer": .system, "user": .user, "human": .user, "assistant": .assistant, "gpt": .assistant,
    "model": .assistant, "bot": .assistant, "chatgpt": .assistant, "bing": .assistant, "bard": .assistant,
    "tool": .tool, "function": .tool, "ipython": .tool, "observation": .tool,
  ]
}
