import Core
import Foundation
import GRDB

/// A line in the list of conversations.
public struct ConversationSummary: Sendable, Equatable, Identifiable {
  public let id: String
  /// As ``Conversation/displayTitle``.
  public let title: String
  public let created: Double
  public let updated: Double
}

extension ConversationStore {
  // MARK: Saving

  /// Saves a conversation whole.
  public func save(_ conversation: Conversation) throws {
    try write { database in
      try Self.put(conversation, database)
      try database.execute(sql: "DELETE FROM message WHERE conversation = ?", arguments: [conversation.id])
      for node in conversation.nodes.values.sorted(by: { $0.id < $1.id }) {
        try Self.put(node, chosen: conversation.isChosen(node.id), in: conversation.id, database)
      }
    }
  }

  /// Saves one message as it stands, and what is said of its conversation (title, system prompt, the time).
  public func save(_ id: Conversation.MessageID, of conversation: Conversation) throws {
    guard let node = conversation[id] else { return }
    try write { database in
      try Self.put(conversation, database)
      try Self.put(node, chosen: true, in: conversation.id, database)
      try Self.putChoice(conversation, along: conversation.path(to: id), database)
    }
  }

  /// Saves which path is the active one.
  public func saveChoice(of conversation: Conversation) throws {
    try write { database in
      try Self.put(conversation, database)
      try Self.putChoice(conversation, along: conversation.path, database)
    }
  }

  /// Only the text of a reply that streams: the cheapest write, for twice a second.
  public func saveProgress(_ node: ConversationNode, in conversation: String) throws {
    try write { database in
      try database.execute(
        sql: "UPDATE message SET content = ? WHERE conversation = ? AND id = ?",
        arguments: [Self.stored(node.content), conversation, node.id])
    }
  }

  public func rename(_ id: String, to title: String) throws {
    try write {
      try $0.execute(sql: "UPDATE conversation SET title = ? WHERE id = ?", arguments: [title, id])
    }
  }

  public func delete(_ id: String) throws {
    try write { try $0.execute(sql: "DELETE FROM conversation WHERE id = ?", arguments: [id]) }
  }

  /// Takes messages out that were removed from the tree.
  public func delete(_ messages: [Conversation.MessageID], of conversation: String) throws {
    try write { database in
      for id in messages {
        try database.execute(
          sql: "DELETE FROM message WHERE conversation = ? AND id = ?", arguments: [conversation, id])
      }
    }
  }

  // MARK: Reading

  /// Conversations, the latest first.
  /// - Parameters:
  ///   - search: words that title or a message must contain (as one text, upper and lower case alike); empty: all.
  ///   - limit, offset: a window of the list, so that its cost does not grow with what is stored.
  public func list(search: String = "", limit: Int = 200, offset: Int = 0) throws -> [ConversationSummary] {
    try read { database in
      let pattern =
        "%" + search.flatMap { "%_\\".contains($0) ? "\\\($0)" : String($0) } + "%"
      let matching =
        search.isEmpty
        ? ""
        : """
        WHERE title LIKE :pattern ESCAPE '\\' OR EXISTS (
          SELECT 1 FROM message WHERE conversation = conversation.id AND CAST(content AS TEXT) LIKE :pattern ESCAPE '\\')
        """
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT id, title, summary, created, updated FROM conversation \(matching)
          ORDER BY updated DESC LIMIT :limit OFFSET :offset
          """,
        arguments: StatementArguments(
          search.isEmpty
            ? ["limit": limit, "offset": offset] : ["pattern": pattern, "limit": limit, "offset": offset]))
      return rows.map { row in
        let title: String = row["title"]
        return ConversationSummary(
          id: row["id"], title: title.isEmpty ? row["summary"] : title, created: row["created"],
          updated: row["updated"])
      }
    }
  }

  /// A conversation with all its branches; nil where there is none of that id.
  public func load(_ id: String) throws -> Conversation? {
    try read { database in
      guard let row = try Row.fetchOne(database, sql: "SELECT * FROM conversation WHERE id = ?", arguments: [id])
      else { return nil }
      var conversation = Conversation(id: id, now: row["created"])
      conversation.title = row["title"]
      conversation.system = row["system"]
      conversation.template = row["template"]
      conversation.contextStart = row["context_start"]
      let messages = try Row.fetchCursor(
        database, sql: "SELECT * FROM message WHERE conversation = ? ORDER BY id", arguments: [id])
      while let row = try messages.next() {
        let reply: String? = row["reply"]
        let node = ConversationNode(
          id: row["id"], parent: row["parent"], role: Role(rawValue: row["role"]) ?? .user,
          content: String(decoding: row["content"] as Data, as: UTF8.self), created: row["created"],
          reply: reply.flatMap { try? Self.decoder().decode(ReplyRecord.self, from: Data($0.utf8)) })
        conversation.adopt(node, choosing: row["chosen"])
      }
      conversation.updated = row["updated"]
      return conversation
    }
  }

  /// The id of the conversation that was used last.
  public func latest() throws -> String? {
    try read { try String.fetchOne($0, sql: "SELECT id FROM conversation ORDER BY updated DESC LIMIT 1") }
  }

  // MARK: Rows

  private static func put(_ conversation: Conversation, _ database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO conversation (id, title, summary, system, template, created, updated, context_start)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET title = excluded.title, summary = excluded.summary, system = excluded.system,
          template = excluded.template, updated = excluded.updated, context_start = excluded.context_start
        """,
      arguments: [
        conversation.id, conversation.title, conversation.displayTitle, conversation.system, conversation.template,
        conversation.created, conversation.updated, conversation.contextStart,
      ])
  }

  private static func put(
    _ node: ConversationNode, chosen: Bool, in conversation: String, _ database: Database
  ) throws {
    let reply = try node.reply.map { String(decoding: try Self.encoder().encode($0), as: UTF8.self) }
    try database.execute(
      sql: """
        INSERT INTO message (conversation, id, parent, role, content, created, reply, chosen)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (conversation, id) DO UPDATE SET content = excluded.content, reply = excluded.reply,
          chosen = excluded.chosen
        """,
      arguments: [
        conversation, node.id, node.parent, node.role.rawValue, stored(node.content), node.created, reply, chosen,
      ])
  }

  /// SQLite's text ends at a NUL; such contents are kept as bytes.
  private static func stored(_ text: String) -> DatabaseValue {
    text.utf8.contains(0) ? Data(text.utf8).databaseValue : text.databaseValue
  }

  private static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return encoder
  }

  private static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return decoder
  }

  private static func putChoice(
    _ conversation: Conversation, along path: [ConversationNode], _ database: Database
  ) throws {
    for node in path {
      try database.execute(
        sql: "UPDATE message SET chosen = (id = ?) WHERE conversation = ? AND parent IS ?",
        arguments: [node.id, conversation.id, node.parent])
    }
  }
}
