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

  /// Under which name the system prompt of a conversation is kept while it is being written.
  package static func systemKey(of conversation: String) -> String { conversation + systemEnding }
  private static let systemEnding = "/system"

  /// Under which name a text of the program's own is kept that belongs to no conversation.
  package static func freshTextKey() -> String { textBeginning + Conversation.freshID() }
  fileprivate static let textBeginning = "text/"

  /// The conversation that a draft belongs to; nil for a text of no conversation.
  package var conversationID: String? {
    if conversation.hasPrefix(Self.textBeginning) { return nil }
    return conversation.hasSuffix(Self.systemEnding)
      ? String(conversation.dropLast(Self.systemEnding.count)) : conversation
  }

  /// Whether it is a system prompt.
  package var isSystem: Bool { conversation.hasSuffix(Self.systemEnding) }
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
    try abandoned { draft, database in
      guard let id = draft.conversationID else { return false }
      let begun = try Row.fetchOne(database, sql: "SELECT 1 FROM message WHERE conversation = ?", arguments: [id])
      return begun == nil
    }
  }

  /// The last text of no conversation that was left by a program that is gone.
  package func abandonedText() throws -> Draft? { try abandoned { draft, _ in draft.conversationID == nil } }

  /// The newest draft of a kind whose program is gone.
  private func abandoned(_ isMeant: (Draft, Database) throws -> Bool) throws -> Draft? {
    try read { database in
      let names = try Row.fetchAll(database, sql: "SELECT conversation, owner FROM draft ORDER BY updated DESC")
      for name in names where Self.isAbandoned(name) {
        let draft = Draft(conversation: name.text("conversation"), text: "")
        guard try isMeant(draft, database) else { continue }
        return try Row.fetchOne(
          database, sql: "SELECT * FROM draft WHERE conversation = ?", arguments: [draft.conversation]
        ).map(Self.draft)
      }
      return nil
    }
  }

  private static func isAbandoned(_ row: Row) -> Bool {
    guard let owner = row.integer("owner").flatMap(Int32.init(exactly:)), owner > 0, owner != getpid() else {
      return row.integer("owner") == 0
    }
    return kill(owner, 0) != 0 && errno == ESRCH
  }

  static func draft(_ row: Row) -> Draft {
    Draft(conversation: row.text("conversation"), text: row.text("text"), editing: row.messageID("editing"))
  }
}
