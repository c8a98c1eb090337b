import Core
import Foundation
import GRDB
import Synchronization

/// Conversations in a SQLite file (write-ahead log), saved as they grow: what was written survives the process being
/// killed at any moment.
///
/// Nothing is opened before the first use. Several programs may use one file. A damaged file is set aside, never
/// deleted; what can be read of it is brought over into a new one, and the notice says so. Safe to use from any thread.
public final class ConversationStore: Sendable {
  public let path: String
  private let held = Mutex<Opened?>(nil)
  private let notices = Mutex<Notices>(Notices())

  private struct Opened {
    let database: KeptDatabase
    var queue: DatabaseQueue { database.queue }
    /// The file that the path named when it was opened.
    let file: FileIdentity?
  }

  private struct Notices {
    var last: String?
    var handler: (@Sendable (String) -> Void)?
  }

  /// - Parameter path: nil: ``defaultPath``.
  public init(path: String? = nil) { self.path = path ?? Self.defaultPath }

  /// `$XDG_DATA_HOME/glassbox/conversations.sqlite` (`~/.local/share` where that is unset).
  public static var defaultPath: String {
    let environment = ProcessInfo.processInfo.environment
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"] ?? NSHomeDirectory()
    return (data ?? home + "/.local/share") + "/glassbox/conversations.sqlite"
  }

  // MARK: What the user should know

  /// Called at once, from any thread, with a sentence about the file itself: that a damaged one was set aside.
  public func onNotice(_ handler: @escaping @Sendable (String) -> Void) {
    let missed = notices.withLock { notices in
      defer { notices.last = nil }
      notices.handler = handler
      return notices.last
    }
    if let missed { handler(missed) }
  }

  /// The last notice, where nobody listens; told once.
  public func takeNotice() -> String? {
    notices.withLock { notices in
      defer { notices.last = nil }
      return notices.last
    }
  }

  private func tell(_ sentence: String) {
    let handler = notices.withLock { notices in
      if notices.handler == nil { notices.last = sentence }
      return notices.handler
    }
    handler?(sentence)
  }

  // MARK: Access

  /// Opens the file (and mends it where it is damaged), so that what is to be said of it is said early.
  public func prepare() throws { try read { _ in } }

  func read<T>(_ body: (Database) throws -> T) throws -> T { try access { try $0.read(body) } }
  func write<T>(_ body: (Database) throws -> T) throws -> T { try access { try $0.write(body) } }

  /// Runs on the open database, opening it when needed. Damage found on the way sets the file aside, and the work is
  /// done on what could be brought over.
  private func access<T>(_ body: (DatabaseQueue) throws -> T) throws -> T {
    do {
      return try attempt(body)
    } catch let error as DatabaseError where Self.meansDamage(error) {
      do {
        try replaceDamaged()
        return try attempt(body)
      } catch {
        throw described(error)
      }
    } catch {
      throw described(error)
    }
  }

  private func attempt<T>(_ body: (DatabaseQueue) throws -> T) throws -> T {
    let opened = try open()
    do {
      return try body(opened.queue)
    } catch let error as DatabaseError where Self.meansBrokenConnection(error) {
      held.withLock { if $0?.queue === opened.queue { $0 = nil } }
      throw error
    }
  }

  private static func meansDamage(_ error: DatabaseError) -> Bool {
    error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
  }

  /// The next attempt is to begin with the file as it is then.
  private static func meansBrokenConnection(_ error: DatabaseError) -> Bool {
    [.SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_MISUSE, .SQLITE_NOMEM].contains(error.resultCode)
  }

  private func described(_ error: any Error) -> StoreError {
    switch error {
    case let error as StoreError: error
    case let error as DatabaseError: StoreError("\(path) cannot be used: \(Self.reason(error)).")
    default: StoreError("\(path) cannot be used: \(error.localizedDescription)")
    }
  }

  private static func reason(_ error: DatabaseError) -> String {
    switch error.resultCode {
    case .SQLITE_FULL: "the disk is full"
    case .SQLITE_BUSY, .SQLITE_LOCKED: "another program holds it locked"
    case .SQLITE_READONLY: "it may not be written"
    default: error.message ?? "SQLite error \(error.resultCode.rawValue)"
    }
  }

  private func open() throws -> Opened {
    try held.withLock { held in
      // Another program may have set the file aside, or somebody removed it: what is written must not go there.
      if let now = held, let file = now.file, FileIdentity(path) == file { return now }
      try? held?.queue.close()
      held = nil
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      var configuration = Configuration()
      configuration.busyMode = .timeout(3)
      configuration.prepareDatabase { database in
        try database.execute(sql: "PRAGMA journal_mode = WAL")
        // A message that is said to be saved survives a power cut too.
        try database.execute(sql: "PRAGMA synchronous = FULL")
        try database.execute(sql: "PRAGMA foreign_keys = ON")
        database.add(function: Self.holds)
      }
      let database = try KeptDatabase(path: path, configuration: configuration)
      let queue = database.queue
      try Self.migrations.migrate(queue)
      // What cannot be taken in now stays where it is for the next time.
      if let taken = try? UnsavedStore.takeIn(beside: path, into: queue), taken > 0 {
        let what = taken == 1 ? "1 conversation" : "\(taken) conversations"
        tell("What could not be saved when Glassbox was left last is saved now: \(what).")
      }
      let opened = Opened(database: database, file: FileIdentity(path))
      held = opened
      return opened
    }
  }

  // MARK: Damage

  private func replaceDamaged() throws {
    let told = try held.withLock { held -> String? in
      let damaged = held?.file ?? FileIdentity(path)
      try? held?.queue.close()
      held = nil
      // One program at a time; who comes second finds a new file.
      let lock = try FileLock(path + ".lock")
      defer { lock.release() }
      guard FileIdentity(path) == damaged else { return nil }
      return try DamagedStore.replace(at: path)
    }
    if let told { tell(told) }
  }
}
