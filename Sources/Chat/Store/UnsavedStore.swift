import Foundation
import GRDB

/// What a program could not save when it had to leave: a store of its own beside the one that was locked or full, which
/// the next program takes in.
enum UnsavedStore {
  private static func prefix(_ path: String) -> String { path + ".unsaved-" }

  /// - Returns: the file's path.
  /// - Throws: where it cannot be written either.
  static func write(_ conversations: [Conversation], _ drafts: [Draft], beside path: String) throws -> String {
    let final = prefix(path) + "\(getpid())"
    let temporary = final + ".tmp"
    for suffix in ["", "-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: temporary + suffix) }
    let database = try KeptDatabase(path: temporary)
    let queue = database.queue
    defer { withExtendedLifetime(database) {} }
    try ConversationStore.migrations.migrate(queue)
    try queue.write { database in
      for conversation in conversations {
        _ = try ConversationStore.save(ConversationChanges(conversation), knowing: nil, database)
      }
      for draft in drafts { try ConversationStore.save(draft, owner: 0, database) }
    }
    try queue.close()
    try? FileManager.default.removeItem(atPath: final)
    try FileManager.default.moveItem(atPath: temporary, toPath: final)
    return final
  }

  /// Takes in what was left beside a store, and removes those files.
  /// - Returns: conversations taken in.
  static func takeIn(beside path: String, into queue: DatabaseQueue) throws -> Int {
    let folder = (path as NSString).deletingLastPathComponent
    let start = (prefix(path) as NSString).lastPathComponent
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    var taken = 0
    // The number alone: not what is still being written.
    for name in names where name.hasPrefix(start) && Int(name.dropFirst(start.count)) != nil {
      let file = folder + "/" + name
      let database = try KeptDatabase(path: file)
      let left = database.queue
      defer { withExtendedLifetime(database) {} }
      let (conversations, drafts) = try left.read { database in
        let ids = try Row.fetchAll(database, sql: "SELECT id FROM conversation").map { $0.text("id") }
        return (
          try ids.compactMap { try ConversationStore.load($0, database)?.conversation },
          try Row.fetchAll(database, sql: "SELECT * FROM draft").map(ConversationStore.draft)
        )
      }
      try left.close()
      try queue.write { database in
        for conversation in conversations {
          let all = ConversationChanges(conversation, messages: Set(conversation.nodes.keys))
          _ = try ConversationStore.save(all, knowing: nil, database)
        }
        for draft in drafts { try ConversationStore.save(draft, owner: 0, database) }
      }
      try FileManager.default.removeItem(atPath: file)
      taken += conversations.count
    }
    return taken
  }
}
