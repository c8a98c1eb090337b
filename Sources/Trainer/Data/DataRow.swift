import Core

/// One turn of a conversation in training data.
public struct DataMessage: Sendable, Equatable {
  public var role: String
  public var content: String

  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }
}

/// One row of training data as a file holds it.
public enum DataRow: Sendable, Equatable {
  /// UTF-8, invalid sequences replaced.
  case text(String)
  /// One sequence; labels stand under their ids, −100 where nothing is learnt.
  case tokens(ids: [TokenID], labels: [TokenID]?)
  case messages([DataMessage])
  /// The completion is learnt.
  case completion(prompt: String, completion: String)
}

extension DataRow {
  /// A row of JSON by the keys it has.
  /// - Throws: ``TrainingError`` with file and line.
  init(_ value: JSON, file: String, line: Int?) throws {
    func fail(_ problem: String) -> TrainingError { .data(file: file, line: line, problem: problem) }
    guard value.object != nil else { throw fail("a row must be an object, but this is \(value.kind)") }
    func text(_ key: String) throws -> String? {
      guard let member = value[key] else { return nil }
      guard let text = member.string else { throw fail("'\(key)' must be a string, but it is \(member.kind)") }
      return text
    }
    func tokens(_ key: String, lowest: Int) throws -> [TokenID]? {
      guard let member = value[key] else { return nil }
      guard let array = member.array else { throw fail("'\(key)' must be a list of numbers, but it is \(member.kind)") }
      return try array.map { element in
        guard let id = element.int, id >= lowest, id <= Int(Int32.max) else {
          throw fail("'\(key)' holds something that is no token id")
        }
        return TokenID(id)
      }
    }
    if let ids = try tokens("ids", lowest: 0) {
      let labels = try tokens("labels", lowest: -100)
      if let labels, labels.count != ids.count {
        throw fail("there are \(labels.count) labels for \(ids.count) ids")
      }
      self = .tokens(ids: ids, labels: labels)
    } else if let messages = value["messages"] ?? value["conversations"] {
      guard let array = messages.array else { throw fail("'messages' must be a list, but it is \(messages.kind)") }
      self = .messages(
        try array.map { message in
          guard let role = (message["role"] ?? message["from"])?.string,
            let content = (message["content"] ?? message["value"])?.string
          else { throw fail("a message must have 'role' and 'content' texts") }
          return DataMessage(role: role, content: content)
        })
    } else if let instruction = try text("instruction"),
      let solution = try text("solution") ?? text("output") ?? text("response")
    {
      let input = try text("input") ?? ""
      self = .messages([
        DataMessage(role: "user", content: input.isEmpty ? instruction : instruction + "\n\n" + input),
        DataMessage(role: "assistant", content: solution),
      ])
    } else if let instruction = try text("instruction"), let first = value["instances"]?[0],
      let output = first["output"]?.string
    {
      let input = first["input"]?.string ?? ""
      self = .messages([
        DataMessage(role: "user", content: input.isEmpty ? instruction : instruction + "\n\n" + input),
        DataMessage(role: "assistant", content: output),
      ])
    } else if let prompt = try text("prompt"), let completion = try text("completion") {
      self = .completion(prompt: prompt, completion: completion)
    } else if let text = try text("text") {
      self = .text(text)
    } else {
      throw fail(
        "a row must have 'text', 'ids', 'messages', 'instruction' and 'solution', or 'prompt' and 'completion'")
    }
  }
}
