import Foundation
import GRDB

/// Sets a damaged file of conversations aside and begins a new one with what can be read of it.
enum DamagedStore {
  /// - Returns: what to tell the user.
  /// - Throws: where the file cannot be moved or the new one not be written; the old one is then where it was, or aside.
  static func replace(at path: String) throws -> String {
    let files = FileManager.default
    let pages = SQLitePages(
      file: (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data(),
      log: (try? Data(contentsOf: URL(fileURLWithPath: path + "-wal"))) ?? Data())
    let found = Found(pages)

    // The new file is complete before it takes the place of the old one.
    let fresh = path + ".salvaged"
    for suffix in ["", "-wal", "-shm", "-journal"] { try? files.removeItem(atPath: fresh + suffix) }
    let database = try KeptDatabase(path: fresh)
    let queue = database.queue
    defer { withExtendedLifetime(database) {} }
    try ConversationStore.migrations.migrate(queue)
    try queue.write { try found.write($0) }
    try queue.close()

    let aside = freeName(path + ".damaged-\(Int(Clock.now))")
    for suffix in ["", "-wal", "-shm"] where files.fileExists(atPath: path + suffix) {
      try files.moveItem(atPath: path + suffix, toPath: aside + suffix)
    }
    try files.moveItem(atPath: fresh, toPath: path)
    return found.conversations.isEmpty
      ? "The file of conversations was damaged and nothing could be read of it; it is kept as \(aside)."
      : "The file of conversations was damaged: \(found.conversations.count) conversations with \(found.messages.count)"
        + " messages were brought over into a new one\(found.losses). The damaged file is kept as \(aside)."
  }

  private static func freeName(_ wanted: String) -> String {
    var name = wanted
    var number = 2
    while FileManager.default.fileExists(atPath: name) {
      name = "\(wanted)-\(number)"
      number += 1
    }
    return name
  }

  /// What the intact pages hold, by key: a row that stands twice counts once, the whole one before one that is cut.
  private struct Found {
    struct MessageKey: Hashable {
      var conversation: String
      var id: Int64
    }

    var conversations: [String: SQLitePages.Row] = [:]
    var messages: [MessageKey: SQLitePages.Row] = [:]
    var drafts: [String: SQLitePages.Row] = [:]
    var cut = 0
    /// Conversations of which only messages were found.
    var nameless = 0

    var losses: String {
      var parts: [String] = []
      if nameless > 0 { parts.append("\(nameless) lost their titles") }
      if cut > 0 { parts.append("\(cut) messages lost their ends") }
      return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    init(_ pages: SQLitePages) {
      pages.rows { row in
        let values = row.values
        guard case .text(let key)? = values.first, !key.isEmpty else { return }
        if values.count >= 5, case .integer(let id) = values[1], isText(values[3]) {
          keep(row, in: &messages, MessageKey(conversation: key, id: id))
        } else if values.count >= 7, isText(values[1]), isText(values[2]), isText(values[3]), isTime(values[5]),
          isTime(values[6])
        {
          keep(row, in: &conversations, key)
        } else if values.count == 5, isText(values[1]), case .integer = values[3], isTime(values[4]) {
          keep(row, in: &drafts, key)
        }
      }
      cut = messages.values.count { $0.isCut && $0.values.count < 7 }
      for key in messages.keys where conversations[key.conversation] == nil {
        let created = messages[key]?.values.count ?? 0 > 5 ? messages[key]?.values[5] ?? .real(0) : .real(0)
        let empty = SQLitePages.Value.text("")
        conversations[key.conversation] = SQLitePages.Row(
          values: [.text(key.conversation), empty, .text("Found again"), empty, .null, created, created, .null])
        nameless += 1
      }
    }

    private func keep<Key: Hashable>(_ row: SQLitePages.Row, in rows: inout [Key: SQLitePages.Row], _ key: Key) {
      if let old = rows[key], !old.isCut || row.isCut { return }
      rows[key] = row
    }

    private func isText(_ value: SQLitePages.Value) -> Bool {
      switch value {
      case .text, .blob: true
      default: false
      }
    }

    /// SQLite keeps whole numbers in REAL columns as integers.
    private func isTime(_ value: SQLitePages.Value) -> Bool {
      switch value {
      case .real, .integer: true
      default: false
      }
    }

    func write(_ database: Database) throws {
      for row in conversations.values {
        try insert(
          "conversation (id, title, summary, system, template, created, updated, context_start, revision)",
          row.values, defaults: [.null, .null, .null, .null, .null, .null, .null, .null, 1.databaseValue], database)
      }
      for row in messages.values {
        try insert(
          "message (conversation, id, parent, role, content, created, reply, chosen)", row.values,
          defaults: [.null, .null, .null, .null, .null, 0.0.databaseValue, .null, 0.databaseValue], database)
      }
      for row in drafts.values {
        try insert(
          "draft (conversation, text, editing, owner, updated)", row.values,
          defaults: [.null, .null, .null, 0.databaseValue, 0.0.databaseValue], database)
      }
    }

    /// A row as it was found; what a cut one lacks is filled in.
    private func insert(
      _ columns: String, _ values: [SQLitePages.Value], defaults: [DatabaseValue], _ database: Database
    ) throws {
      let all = defaults.indices.map { i -> DatabaseValue in
        guard values.indices.contains(i) else { return defaults[i] }
        switch values[i] {
        case .null: return defaults[i]
        case .integer(let number): return number.databaseValue
        case .real(let number): return number.isNaN ? 0.0.databaseValue : number.databaseValue
        case .text(let text): return text.databaseValue
        case .blob(let bytes): return Data(bytes).databaseValue
        }
      }
      let marks = all.map { _ in "?" }.joined(separator: ", ")
      try database.execute(
        sql: "INSERT OR IGNORE INTO \(columns) VALUES (\(marks))", arguments: StatementArguments(all))
    }
  }
}
