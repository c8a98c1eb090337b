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
  /// The beginning of what was typed there and not sent.
  public var draft: String?
  /// Where a search found its words in a message: those around them.
  public var excerpt: String?
}

extension ConversationStore {
  /// Conversations, the latest first.
  /// - Parameters:
  ///   - search: words that title, a message or the system prompt must contain (as one text, upper and lower case alike);
  ///     empty: all.
  ///   - limit, offset: a window of the list, so that its cost does not grow with what is stored.
  public func list(search: String = "", limit: Int = 200, offset: Int = 0) throws -> [ConversationSummary] {
    try read { database in
      let words = search.lowercased()
      let found = "SELECT content FROM message WHERE conversation = conversation.id AND holds(content, :words) LIMIT 1"
      let matching =
        search.isEmpty
        ? "" : "WHERE holds(title, :words) OR holds(summary, :words) OR holds(system, :words) OR EXISTS (\(found))"
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT id, title, summary, created, updated, \(search.isEmpty ? "NULL" : "(\(found))") AS found,
            (SELECT text FROM draft WHERE conversation = conversation.id) AS draft
          FROM conversation \(matching) ORDER BY updated DESC LIMIT :limit OFFSET :offset
          """,
        arguments: StatementArguments(
          search.isEmpty
            ? ["limit": limit, "offset": offset] : ["words": words, "limit": limit, "offset": offset]))
      return rows.map { row in
        let title = row.text("title")
        return ConversationSummary(
          id: row.text("id"), title: title.isEmpty ? row.text("summary") : title, created: row.time("created"),
          updated: row.time("updated"), draft: row.optionalText("draft").flatMap { Self.line($0, around: "") },
          excerpt: row.optionalText("found").flatMap { Self.line($0, around: words) })
      }
    }
  }

  /// `holds(text, words)`: whether a text has the words in it; these are in lower case already.
  static let holds = DatabaseFunction("holds", argumentCount: 2, pure: true) { values in
    guard let words = String.fromDatabaseValue(values[1]) else { return false }
    switch values[0].storage {
    case .string(let text): return isHeld(words, in: text)
    case .blob(let data): return isHeld(words, in: String(decoding: data, as: UTF8.self))
    default: return false
    }
  }

  /// One line of a text: its beginning, or what stands around the words.
  private static func line(_ text: String, around words: String) -> String? {
    let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !text.isEmpty else { return nil }
    var start = text.startIndex
    let folded = text.lowercased()
    if !words.isEmpty, folded.count == text.count, let hit = folded.range(of: words) {
      let before = folded.distance(from: folded.startIndex, to: hit.lowerBound)
      start = text.index(text.startIndex, offsetBy: max(0, before - 20))
    }
    let part = text[start...].prefix(80)
    return (start > text.startIndex ? "…" : "") + part + (part.endIndex < text.endIndex ? "…" : "")
  }

  /// A conversation with all its branches; nil where there is none of that id.
  public func load(_ id: String) throws -> Conversation? { try read { try Self.load(id, $0)?.conversation } }

  /// - Returns: also how often it was written.
  static func load(_ id: String, _ database: Database) throws -> (conversation: Conversation, revision: Int)? {
    // An id that somebody stored as bytes is still found.
    let row =
      try Row.fetchOne(database, sql: "SELECT * FROM conversation WHERE id = ?", arguments: [id])
      ?? Row.fetchOne(database, sql: "SELECT * FROM conversation WHERE CAST(id AS TEXT) = ?", arguments: [id])
    guard let row else { return nil }
    var conversation = Conversation(id: id, now: row.time("created"))
    conversation.title = row.text("title")
    conversation.system = row.text("system")
    conversation.template = row.optionalText("template")
    conversation.contextStart = row.integer("context_start")
    var nodes: [ConversationNode] = []
    var chosen: [Conversation.MessageID] = []
    let messages = try Row.fetchCursor(
      database, sql: "SELECT * FROM message WHERE conversation = ? ORDER BY id",
      arguments: [row["id"] as DatabaseValue? ?? .null])
    while let row = try messages.next() {
      guard let node = row.node() else { continue }
      nodes.append(node)
      if row.integer("chosen").map({ $0 != 0 }) ?? false { chosen.append(node.id) }
    }
    conversation.adopt(nodes)
    for id in chosen { conversation.choose(id) }
    conversation.updated = row.time("updated")
    return (conversation, row.integer("revision") ?? 0)
  }

  /// The id of the conversation that was used last.
  public func latest() throws -> String? {
    try read {
      try Row.fetchOne($0, sql: "SELECT id FROM conversation ORDER BY updated DESC LIMIT 1").map { $0.text("id") }
    }
  }
}

private func isHeld(_ words: String, in text: String) -> Bool { text.lowercased().contains(words) }
