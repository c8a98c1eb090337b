import Chat
import Core
import Foundation
import GRDB
import TestSupport
import Testing

/// Files that earlier programs wrote, that are damaged, or that hold what nobody would write.
@Suite struct StoreRecoveryTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("conversations.sqlite") }

  /// The file as the first version of the program wrote it.
  private func firstVersion(_ body: (Database) throws -> Void) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL")
      try database.execute(
        sql: """
          CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
          INSERT INTO grdb_migrations VALUES ('conversations');
          CREATE TABLE conversation (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, summary TEXT NOT NULL, system TEXT NOT NULL, template TEXT,
            created REAL NOT NULL, updated REAL NOT NULL, context_start INTEGER) WITHOUT ROWID;
          CREATE INDEX conversation_updated ON conversation (updated);
          CREATE TABLE message (
            conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE, id INTEGER NOT NULL,
            parent INTEGER, role TEXT NOT NULL, content TEXT NOT NULL, created REAL NOT NULL, reply TEXT,
            chosen INTEGER NOT NULL, PRIMARY KEY (conversation, id)) WITHOUT ROWID;
          """)
      try body(database)
    }
    try queue.close()
  }

  private func add(_ conversation: String, title: String, _ database: Database) throws {
    try database.execute(
      sql: "INSERT INTO conversation VALUES (?, ?, 'Hello there', 'Be brief.', NULL, 100.5, 200, 3)",
      arguments: [conversation, title])
  }

  private func add(
    _ id: Int, under parent: Int?, _ role: String, _ content: any DatabaseValueConvertible, chosen: Bool = true,
    in conversation: String, _ database: Database
  ) throws {
    try database.execute(
      sql: "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, NULL, ?)",
      arguments: [conversation, id, parent, role, content.databaseValue, 100.0 + Double(id % 1000), chosen])
  }

  @Test func aFileOfTheFirstVersionIsKeptWhole() throws {
    try firstVersion { database in
      try add("abcdefgh", title: "Old", database)
      try add(1, under: nil, "user", "Hello there", in: "abcdefgh", database)
      try add(2, under: 1, "assistant", Data("a\0b".utf8), chosen: false, in: "abcdefgh", database)
      try add(3, under: 1, "assistant", "General Kenobi", in: "abcdefgh", database)
    }
    let store = ConversationStore(path: path)
    var old = try #require(try store.load("abcdefgh"))
    #expect(old.title == "Old" && old.system == "Be brief." && old.created == 100.5 && old.updated == 200)
    #expect(old.contextStart == 3)
    #expect(old.path.map(\.content) == ["Hello there", "General Kenobi"])
    #expect(old.siblings(of: 3) == [2, 3])
    #expect(old[2]?.content == "a\0b")
    // It goes on in the new way.
    let new = old.append(.user, "And now?")
    #expect(new > 1 << 32)
    _ = try store.save(ConversationChanges(old, messages: [new]), knowing: StoredConversation(old, revision: nil))
    #expect(try store.load("abcdefgh")?.path.map(\.content) == ["Hello there", "General Kenobi", "And now?"])
    #expect(try store.list().map(\.title) == ["Old"])
  }

  /// What the first version wrote when a save had failed: children of a message that is not there.
  @Test func messagesWithoutTheirParentAreShown() throws {
    try firstVersion { database in
      try add("abcdefgh", title: "", database)
      try add(1, under: nil, "user", "one", in: "abcdefgh", database)
      try add(2, under: 1, "assistant", "two", in: "abcdefgh", database)
      try add(5, under: 4, "user", "five", in: "abcdefgh", database)
      try add(6, under: 5, "assistant", "six", in: "abcdefgh", database)
    }
    let c = try #require(try ConversationStore(path: path).load("abcdefgh"))
    #expect(c.nodes.count == 4)
    #expect(c.children(of: nil) == [1, 5])
    #expect(c.path(to: 6).map(\.content) == ["five", "six"])
  }

  @Test func oddValuesCrashNothingAndLoseNothing() throws {
    try firstVersion { database in
      try add("abcdefgh", title: "x", database)
      try database.execute(sql: "UPDATE conversation SET title = x'4869ff', created = 'yesterday', updated = 9e999")
      try database.execute(sql: "UPDATE conversation SET context_start = 'nowhere', system = 17")
      try add(Int.max, under: nil, "user", "the last id", in: "abcdefgh", database)
      try add(-5, under: Int.max, "king", 3.5, in: "abcdefgh", database)
      // Two circles, and one that is its own parent.
      try add(10, under: 11, "user", "ten", in: "abcdefgh", database)
      try add(11, under: 10, "assistant", "eleven", in: "abcdefgh", database)
      try add(12, under: 11, "user", "on the circle", in: "abcdefgh", database)
      try add(20, under: 20, "user", "itself", in: "abcdefgh", database)
      try database.execute(
        sql: """
          INSERT INTO message VALUES ('abcdefgh', 'word', NULL, 'user', 'an id in letters', 'never', '{"broken', 'yes');
          INSERT INTO message VALUES ('abcdefgh', 30, 'word', 'assistant', 'its child', 1, NULL, 1);
          """)
    }
    let store = ConversationStore(path: path)
    #expect(try store.list().map(\.title) == ["Hi\u{FFFD}"])
    var c = try #require(try store.load("abcdefgh"))
    #expect(c.nodes.count == 8)
    #expect(c.system == "17" && c.contextStart == nil && c.updated == 0 && c.created == 0)
    #expect(c[Int.max]?.content == "the last id")
    #expect(c[-5]?.role == .user && c[-5]?.content == "3.5" && c[-5]?.parent == Int.max)
    #expect(c.path(to: 12).map(\.content) == ["ten", "eleven", "on the circle"])
    #expect(c.path(to: 30).map(\.content) == ["an id in letters", "its child"])
    // And it can go on.
    c.select(Int.max)
    let next = c.append(.user, "next")
    _ = try store.save(ConversationChanges(c, messages: [next]), knowing: nil)
    #expect(try store.load("abcdefgh")?[next]?.content == "next")
  }

  // MARK: Damage

  private func manyConversations(_ count: Int) throws -> [Conversation] {
    let store = ConversationStore(path: path)
    let all = try (0..<count).map { i -> Conversation in
      var c = Conversation()
      c.title = "Conversation \(i)"
      for turn in 0..<6 {
        // Some of several pages, some small.
        let length = turn == 3 && i % 5 == 0 ? 9000 : 150
        c.append(turn % 2 == 0 ? .user : .assistant, "\(i).\(turn) " + String(repeating: "word ", count: length / 5))
      }
      try store.save(c)
      return c
    }
    return all
  }

  private func pages() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

  /// One page after the other is overwritten: whatever it held, all that lies on the others is brought over.
  @Test func oneDamagedPageHidesNothingElse() throws {
    let all = try manyConversations(62)
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { _ = try Row.fetchAll($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    try queue.close()
    let whole = try pages()
    let size = 4096
    var salvages = 0
    for page in stride(from: 1, to: whole.count / size, by: 5) {
      var damaged = whole
      damaged.replaceSubrange(page * size..<(page + 1) * size, with: Data(repeating: 0xA5, count: size))
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
      try damaged.write(to: URL(fileURLWithPath: path))
      let store = ConversationStore(path: path)
      // Reads all; damage is met on the way.
      for c in all { _ = try store.load(c.id) }
      let listed = try store.list(limit: 1000)
      if store.takeNotice() != nil { salvages += 1 }
      let found = Set(listed.map(\.id))
      #expect(found.isSuperset(of: all.map(\.id)), "page \(page)")
      let messages = try all.reduce(0) { $0 + (try store.load($1.id)?.nodes.count ?? 0) }
      // A page holds at most some twenty of these messages.
      #expect(messages >= 62 * 6 - 26, "page \(page): \(messages)")
      for c in all {
        for (id, node) in try store.load(c.id)?.nodes ?? [:] where node.content.utf8.count == c[id]?.content.utf8.count
        {
          #expect(node.content == c[id]?.content && node.role == c[id]?.role)
        }
      }
    }
    #expect(salvages > 3)
  }

  @Test func theFirstPageDamagedIsSalvagedWithItsLog() throws {
    let all = try manyConversations(5)
    // The newest pages are in the log only, as after kill −9.
    let store = ConversationStore(path: path)
    var last = Conversation()
    last.append(.user, "in the log")
    try store.save(last)
    let copy = folder.file("copy.sqlite")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    try FileManager.default.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
    withExtendedLifetime(store) {}
    let handle = try #require(FileHandle(forWritingAtPath: copy))
    try handle.write(contentsOf: Data(repeating: 0xFF, count: 16))
    try handle.close()
    let again = ConversationStore(path: copy)
    let notices = Notices()
    again.onNotice { notices.add($0) }
    #expect(try again.list().count == 6)
    #expect(try again.load(last.id)?.path.map(\.content) == ["in the log"])
    for c in all { #expect(try again.load(c.id) == c) }
    #expect(notices.all.count == 1)
    #expect(notices.all.first?.contains("6 conversations with 31 messages") == true)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(files.contains { $0.hasPrefix("copy.sqlite.damaged-") })
  }

  final class Notices: @unchecked Sendable {
    private let lock = NSLock()
    private var notices: [String] = []
    var all: [String] { lock.withLock { notices } }
    func add(_ notice: String) { lock.withLock { notices.append(notice) } }
  }
}
