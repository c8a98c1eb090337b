import GRDB

extension ConversationStore {
  /// A migration that was released is never changed: new ones are added.
  static let migrations: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("conversations") { database in
      try database.execute(
        sql: """
          CREATE TABLE conversation (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, summary TEXT NOT NULL, system TEXT NOT NULL, template TEXT,
            created REAL NOT NULL, updated REAL NOT NULL, context_start INTEGER) WITHOUT ROWID;
          CREATE INDEX conversation_updated ON conversation (updated);
          CREATE TABLE message (
            conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE, id INTEGER NOT NULL,
            parent INTEGER, role TEXT NOT NULL, content TEXT NOT NULL, created REAL NOT NULL, reply TEXT,
            chosen INTEGER NOT NULL, PRIMARY KEY (conversation, id)) WITHOUT ROWID;
          """)
    }
    // revision: counts what was written into a conversation, so that two programs in one notice each other.
    // draft: what was typed and not sent; its conversation may not be stored yet. owner: the process that types it, 0
    // when it left.
    migrator.registerMigration("revisions and drafts") { database in
      try database.execute(
        sql: """
          ALTER TABLE conversation ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
          CREATE INDEX message_parent ON message (conversation, parent);
          CREATE TABLE draft (
            conversation TEXT PRIMARY KEY, text TEXT NOT NULL, editing INTEGER, owner INTEGER NOT NULL,
            updated REAL NOT NULL) WITHOUT ROWID;
          """)
    }
    return migrator
  }()
}
