import Foundation
import GRDB
import Synchronization

/// Conversations in a SQLite file (write-ahead log), saved as they grow: what was written survives the process being
/// killed at any moment.
///
/// Nothing is opened before the first use. A damaged file is moved aside, never deleted, and ``notice`` says so.
/// Safe to use from any thread.
public final class ConversationStore: Sendable {
  public let path: String
  private let queue = Mutex<DatabaseQueue?>(nil)
  private let noticeBox = Mutex<String?>(nil)

  /// - Parameter path: nil: ``defaultPath``.
  public init(path: String? = nil) { self.path = path ?? Self.defaultPath }

  /// `$XDG_DATA_HOME/glassbox/conversations.sqlite` (`~/.local/share` where that is unset).
  public static var defaultPath: String {
    let environment = ProcessInfo.processInfo.environment
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"] ?? NSHomeDirectory()
    return (data ?? home + "/.local/share") + "/glassbox/conversations.sqlite"
  }

  /// What the user should know of the file (that a damaged one was moved aside); told once.
  public func takeNotice() -> String? {
    noticeBox.withLock { notice in
      defer { notice = nil }
      return notice
    }
  }

  // MARK: Access

  func read<T>(_ body: (Database) throws -> T) throws -> T { try access { try $0.read(body) } }
  func write<T>(_ body: (Database) throws -> T) throws -> T { try access { try $0.write(body) } }

  /// Runs on the open database, opening it when needed. Damage found on the way moves the file aside and starts anew.
  private func access<T>(_ body: (DatabaseQueue) throws -> T) throws -> T {
    do {
      return try body(open())
    } catch let error as DatabaseError where Self.meansDamage(error) {
      try moveAside()
      do { return try body(open()) } catch { throw described(error) }
    } catch {
      throw described(error)
    }
  }

  private static func meansDamage(_ error: DatabaseError) -> Bool {
    error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
  }

  private func described(_ error: any Error) -> StoreError {
    switch error {
    case let error as StoreError: error
    case let error as DatabaseError:
      StoreError("The conversations at \(path) cannot be used: \(error.message ?? "SQLite error \(error.resultCode)").")
    default: StoreError("The conversations at \(path) cannot be used: \(error.localizedDescription)")
    }
  }

  private func open() throws -> DatabaseQueue {
    try queue.withLock { held in
      if let held { return held }
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      var configuration = Configuration()
      configuration.busyMode = .timeout(3)
      configuration.prepareDatabase { database in
        try database.execute(sql: "PRAGMA journal_mode = WAL")
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
        try database.execute(sql: "PRAGMA foreign_keys = ON")
      }
      let opened = try DatabaseQueue(path: path, configuration: configuration)
      try Self.migrations.migrate(opened)
      held = opened
      return opened
    }
  }

  private func moveAside() throws {
    try queue.withLock { held in
      try? held?.close()
      held = nil
      let stamp = Int(Clock.now)
      let aside = "\(path).damaged-\(stamp)"
      for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
        try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
      }
      noticeBox.withLock {
        $0 = "The file of conversations was damaged; it was moved to \(aside) and a new one begun."
      }
    }
  }

  private static let migrations: DatabaseMigrator = {
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
    return migrator
  }()
}
