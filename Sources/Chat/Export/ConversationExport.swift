import Core

/// Conversations as files: JSON lines of OpenAI messages, and Markdown to read.
public enum ConversationExport {
  /// The active path as one line: `{"messages": [{"role": …, "content": …}, …]}`, with its line break.
  public static func jsonLine(_ conversation: Conversation) -> String {
    var writer = JSON.Writer()
    writer.object { writer in
      writer.member("messages") { writer in
        writer.array(conversation.messages) { writer, message in
          writer.object {
            $0.member("role", .string(message.role.rawValue))
            $0.member("content", .string(message.content))
          }
        }
      }
    }
    return writer.string + "\n"
  }

  /// The active path as Markdown, a heading a turn.
  public static func markdown(_ conversation: Conversation) -> String {
    var out = "# \(conversation.displayTitle)\n"
    for message in conversation.messages {
      let name =
        switch message.role {
        case .system: "System"
        case .user: "You"
        case .assistant: "Assistant"
        case .tool: "Tool"
        }
      out += "\n## \(name)\n\n\(message.content)\n"
    }
    return out
  }

  /// Conversations from JSON lines: a line with `messages` is one conversation; lines with `role` and `content` are the
  /// messages of one.
  /// - Throws: ``StoreError`` naming the line.
  public static func parse(jsonLines text: String, name: String = "the file") throws -> [Conversation] {
    var all: [Conversation] = []
    var loose = Conversation()
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard line.contains(where: { !$0.isWhitespace }) else { continue }
      let place = "Line \(number + 1) of \(name)"
      let value: JSON
      do { value = try JSON.parse(String(line)) } catch { throw StoreError("\(place) is no JSON: \(error)") }
      if let messages = value["messages"]?.array {
        var conversation = Conversation()
        for message in messages { try add(message, to: &conversation, place) }
        all.append(conversation)
      } else {
        try add(value, to: &loose, place)
      }
    }
    if !loose.isEmpty || !loose.system.isEmpty { all.append(loose) }
    return all
  }

  private static func add(_ value: JSON, to conversation: inout Conversation, _ place: String) throws {
    guard let role = value["role"]?.string.flatMap(Role.init(rawValue:)), let content = value["content"]?.string else {
      throw StoreError("\(place) holds a message without a known \"role\" and a text \"content\".")
    }
    if role == .system && conversation.isEmpty && conversation.system.isEmpty {
      conversation.system = content
    } else {
      conversation.append(role, content)
    }
  }
}
