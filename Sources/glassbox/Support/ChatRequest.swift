import Chat
import Core

extension Request {
  /// `messages` as OpenAI writes them; content is a string, or a list of text parts.
  func messages() throws -> [Message] {
    guard let list = value("messages")?.array else { throw InputError("The request has no list of \"messages\".") }
    return try list.map { item in
      guard let name = item["role"]?.string else { throw InputError("A message has no \"role\".") }
      guard let role = Role(rawValue: name == "developer" ? "system" : name) else {
        throw InputError("The role \"\(name.prefix(40))\" is none of system, user, assistant, tool.")
      }
      return Message(role, try Self.content(item["content"]))
    }
  }

  private static func content(_ value: JSON?) throws -> String {
    switch value {
    case .string(let text): return text
    case nil, .null: return ""
    case .array(let parts):
      return try parts.map { part in
        guard let text = part["text"]?.string else { throw InputError("A message holds a part that is not text.") }
        return text
      }.joined()
    case let other?: throw InputError("The content of a message must be a string, not \(other.kind).")
    }
  }
}

extension LoadedModel {
  /// The template to use: the one named, else the model's own; what is not quite the model's own is said on stderr.
  func template(named name: String?) throws -> ChatTemplate {
    let (template, note) = try ChatTemplate.choice(name: name, jinja: chatTemplate) { tokenizer?.id(of: $0) != nil }
    if let note { StandardError.write(Inert.line(note) + "\n") }
    return template
  }

  /// A conversation as this model's prompt.
  func render(_ messages: [Message], _ template: ChatTemplate) throws -> (RenderedConversation, [TokenID]) {
    guard let tokenizer else { throw InputError("\(name) has no tokenizer, so it cannot chat.") }
    let rendered = try template.render(messages, bos: tokenizer.bosText, eos: tokenizer.eosText)
    return (rendered, try rendered.encode(with: tokenizer))
  }
}
