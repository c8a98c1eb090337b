import GRDB

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What was typed in a conversation and not sent.
public struct Draft: Sendable, Equatable {
  public var conversation: String
  public var text: String
  /// The message that is being edited.
  public var editing: Conversation.MessageID?

  public init(conversation: String, text: String, editing: Conversation.MessageID? = nil) {
    self.conversation = conversation
    self.text = text
    self.editing = editing
  }
}

extension ConversationStore {
  /// Keeps a draft; an empty one is taken out.
  /// - Parameter owned: whether this process goes on typing it; else the next program may take it up.
  public func save(_ draft: Draft, owned: Bool = true) throws {
    try write { try Self.save(draft, owner: owned ? Int(getpid()) : 0, $0) }
  }

  static func save(_ draft: Draft, owner: Int, _ database: Database) throws {
    guard !draft.text.isEmpty else {
      return try database.execute(sql: "DELETE FROM draft WHERE conversation = ?", arguments: [draft.conversation])
    }
    try database.execute(
      sql: """
        INSERT INTO draft (conversation, text, editing, owner, updated) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (conversation) DO UPDATE SET text = excluded.text, editing = excluded.editing,
          owner = excluded.owner, updated = excluded.updated
        """,
      arguments: [draft.conversation, draft.text.stored, draft.editing, owner, Clock.now])
  }

  public func draft(of conversation: String) throws -> Draft? {
    try read { database in
      try Row.fetchOne(database, sql: "SELECT * FROM draft WHERE conversation = ?", arguments: [conversation]).map(
        Self.draft)
    }
  }

  /// What was last typed in a conversation that never began, by a program that is gone.
  public func abandonedDraft() throws -> Draft? {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM draft WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.conversation = draft.conversation)
          ORDER BY updated DESC
          """)
      return rows.first { row in
        guard let owner = row.integer("owner").flatMap(Int32.init(exactly:)), owner > 0, owner != getpid() else {
          return row.integer("owner") == 0
        }
        return kill(owner, 0) != 0 && errno == ESRCH
      }.map(Self.draft)
    }
  }

  static func draft(_ row: Row) -> Draft {
    Draft(conversation: row.text("conversation"), text: row.text("text"), editing: row.messageID("editing"))
  }
}
