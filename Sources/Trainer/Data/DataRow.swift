import Core

/// One row of training data as a file holds it.
public enum DataRow: Sendable, Equatable {
  /// One sequence of text.
  case text(String)
  /// One sequence; labels stand under their ids, −100 where nothing is learnt.
  case tokens(ids: [TokenID], labels: [TokenID]?)
  case messages([DataMessage])
  /// The completion is learnt.
  case completion(prompt: String, completion: String)
}

extension DataRow {
  /// A row of JSON by the keys it has.
  /// - Throws: ``TrainingError`` with file and line; ``SkippedRow`` for a sound row that cannot be learnt from.
  init(_ value: JSON, file: String, line: Int?) throws {
    func fail(_ problem: String) -> TrainingError { .data(file: file, line: line, problem: problem) }
    guard value.object != nil else { throw fail("a row must be an object, but this is \(value.kind)") }
    // null is as good as absent, as everywhere data sets are written column by column.
    func given(_ key: String) -> JSON? { value[key].flatMap { $0.isNull ? nil : $0 } }
    func conversation(_ list: JSON, _ key: String) throws -> [DataMessage] {
      guard let array = list.array else { throw fail("'\(key)' must be a list, but it is \(list.kind)") }
      return try array.map { try DataMessage($0, fail: fail) }
    }
    func text(_ key: String) throws -> String? {
      guard let member = given(key) else { return nil }
      guard let text = member.string else { throw fail("'\(key)' must be a string, but it is \(member.kind)") }
      return text
    }
    func tokens(_ key: String, lowest: Int) throws -> [TokenID]? {
      guard let member = given(key) else { return nil }
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
    } else if let messages = given("messages") ?? given("conversations") {
      self = .messages(try conversation(messages, "messages"))
    } else if let prompt = given("prompt"), prompt.array != nil, let completion = given("completion") {
      // Only what completes the conversation is learnt.
      var turns = try conversation(prompt, "prompt")
      for index in turns.indices { turns[index].isLearnt = false }
      self = .messages(turns + (try conversation(completion, "completion")))
    } else if let instruction = try text("instruction"),
      let solution = try text("solution") ?? text("output") ?? text("response")
    {
      let input = try text("input") ?? ""
      self = .messages([
        DataMessage(role: .user, content: input.isEmpty ? instruction : instruction + "\n\n" + input),
        DataMessage(role: .assistant, content: solution),
      ])
    } else if let instruction = try text("instruction"), let first = value["instances"]?[0],
      let output = first["output"]?.string
    {
      let input = first["input"]?.string ?? ""
      self = .messages([
        DataMessage(role: .user, content: input.isEmpty ? instruction : instruction + "\n\n" + input),
        DataMessage(role: .assistant, content: output),
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
