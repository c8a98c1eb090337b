import Core
import GRDB

/// What is to be written of a conversation.
package struct ConversationChanges: Sendable {
  /// As it is now.
  package var conversation: Conversation
  /// Messages to write whole.
  package var messages: Set<Conversation.MessageID>
  /// Messages of which only the text grew: the cheapest write, for a reply that streams.
  package var texts: Set<Conversation.MessageID>
  package var removed: Set<Conversation.MessageID>

  package init(
    _ conversation: Conversation, messages: Set<Conversation.MessageID> = [],
    texts: Set<Conversation.MessageID> = [], removed: Set<Conversation.MessageID> = []
  ) {
    self.conversation = conversation
    self.messages = messages
    self.texts = texts
    self.removed = removed
  }
}

/// What the store held of a conversation when it was last looked at.
package struct StoredConversation: Sendable {
  /// nil: not known, what is there has to be read first.
  var revision: Int?
  var messages: Set<Conversation.MessageID>
  var header: ConversationHeader
  /// What we had at that time: what differs from it now was changed here, and by nobody else.
  var ourHeader: ConversationHeader
  var ourChoices: [Conversation.MessageID?: Conversation.MessageID]

  /// As a conversation that was opened, or read, says.
  package init(_ conversation: Conversation, revision: Int?) {
    self.revision = revision
    messages = Set(conversation.nodes.keys)
    header = ConversationHeader(conversation)
    ourHeader = header
    ourChoices = conversation.chosen
  }
}

/// What is said of a conversation besides its messages.
package struct ConversationHeader: Sendable, Equatable {
  var title: String
  var system: String
  var template: String?
  var contextStart: Conversation.MessageID?

  init(_ conversation: Conversation) {
    title = conversation.title
    system = conversation.system
    template = conversation.template
    contextStart = conversation.contextStart
  }

  /// Each part as it was changed here since `before`, else as it is stored.
  func merged(before: ConversationHeader?, stored: ConversationHeader) -> ConversationHeader {
    func newer<T: Equatable>(_ part: KeyPath<ConversationHeader, T>) -> T {
      before.map { self[keyPath: part] == $0[keyPath: part] } ?? false ? stored[keyPath: part] : self[keyPath: part]
    }
    var merged = self
    merged.title = newer(\.title)
    merged.system = newer(\.system)
    merged.template = newer(\.template)
    merged.contextStart = newer(\.contextStart)
    return merged
  }
}

/// What another program has changed of what is said of a conversation.
struct HeaderChange: Sendable {
  /// As we had it.
  var before: ConversationHeader
  var after: ConversationHeader
}

extension Conversation {
  /// Takes title, system prompt and template over where they still are as they were.
  /// - Returns: whether anything changed.
  mutating func adopt(_ change: HeaderChange) -> Bool {
    let old = ConversationHeader(self)
    if title == change.before.title { title = change.after.title }
    if system == change.before.system { system = change.after.system }
    if template == change.before.template { template = change.after.template }
    return ConversationHeader(self) != old
  }
}

extension StoredConversation {
  /// Notes that title, system prompt and template are here as they are stored, unless they were changed meanwhile.
  mutating func noteAdopted() {
    ourHeader.title = header.title
    ourHeader.system = header.system
    ourHeader.template = header.template
  }
}

/// What came of a save.
package struct SaveOutcome: Sendable {
  package var stored: StoredConversation
  /// What another program had written since we looked.
  package var theirs: Conversation?
  /// The conversation was gone from the store, and was written anew as a whole.
  package var wasGone = false
}

extension ConversationStore {
  /// Saves a conversation whole: all its messages, beside those that others wrote into it.
  public func save(_ conversation: Conversation) throws {
    _ = try save(ConversationChanges(conversation, messages: Set(conversation.nodes.keys)), knowing: nil)
  }

  /// Writes changes in one transaction, so that the tree in the store is whole at every moment: a message never comes
  /// without those before it.
  /// - Parameter known: what the store held when we last looked; nil: never.
  package func save(_ changes: ConversationChanges, knowing known: StoredConversation?) throws -> SaveOutcome {
    try write { try Self.save(changes, knowing: known, $0) }
  }

  static func save(
    _ changes: ConversationChanges, knowing known: StoredConversation?, _ database: Database
  ) throws -> SaveOutcome {
    let conversation = changes.conversation
    let revision = try Row.fetchOne(
      database, sql: "SELECT revision FROM conversation WHERE id = ?", arguments: [conversation.id]
    ).map { $0.integer("revision") ?? 0 }

    var theirs: Conversation?
    var stored: StoredConversation?
    if let revision, let known, known.revision == revision {
      stored = known
    } else if revision != nil, let loaded = try Self.load(conversation.id, database) {
      theirs = loaded.conversation
      stored = StoredConversation(loaded.conversation, revision: loaded.revision)
    }
    let header = ConversationHeader(conversation)
    let merged = stored.map { header.merged(before: known?.ourHeader, stored: $0.header) } ?? header
    try Self.put(conversation, merged, revision: (revision ?? 0) + 1, database)

    let (whole, texts) = Self.toWrite(changes, stored: stored?.messages)
    for id in changes.removed where stored?.messages.contains(id) ?? false {
      try database.execute(
        sql: "DELETE FROM message WHERE conversation = ? AND id = ?", arguments: [conversation.id, id])
    }
    for id in whole { if let node = conversation[id] { try Self.put(node, in: conversation, database) } }
    for id in texts {
      try database.execute(
        sql: "UPDATE message SET content = ? WHERE conversation = ? AND id = ?",
        arguments: [conversation[id]?.content.stored, conversation.id, id])
    }
    if let stored {
      try Self.putChoices(conversation, before: known?.ourChoices, stored: stored, written: whole, database)
    }

    var result = StoredConversation(conversation, revision: (revision ?? 0) + 1)
    result.messages = (stored?.messages ?? []).union(whole).subtracting(changes.removed)
    result.header = merged
    return SaveOutcome(
      stored: result, theirs: theirs, wasGone: revision == nil && known?.revision != nil)
  }

  /// Messages to write whole, and those whose text is enough. What hangs on a message that is not stored brings it along.
  private static func toWrite(
    _ changes: ConversationChanges, stored: Set<Conversation.MessageID>?
  ) -> (whole: Set<Conversation.MessageID>, texts: Set<Conversation.MessageID>) {
    let conversation = changes.conversation
    guard let stored else { return (Set(conversation.nodes.keys), []) }
    var whole = changes.messages
    var texts: Set<Conversation.MessageID> = []
    for id in changes.texts where !whole.contains(id) {
      if stored.contains(id) { texts.insert(id) } else { whole.insert(id) }
    }
    for id in whole.union(texts) {
      var at = conversation[id]?.parent
      while let here = at, !stored.contains(here), !whole.contains(here), let node = conversation[here] {
        whole.insert(here)
        at = node.parent
      }
    }
    return (whole, texts)
  }

  // MARK: Rows

  private static func put(
    _ conversation: Conversation, _ header: ConversationHeader, revision: Int, _ database: Database
  ) throws {
    try database.execute(
      sql: """
        INSERT INTO conversation
          (id, title, summary, system, template, created, updated, context_start, revision)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET title = excluded.title, summary = excluded.summary, system = excluded.system,
          template = excluded.template, updated = max(updated, excluded.updated),
          context_start = excluded.context_start, revision = excluded.revision
        """,
      arguments: [
        conversation.id, header.title.stored, conversation.displayTitle.stored, header.system.stored, header.template,
        conversation.created, conversation.updated, header.contextStart, revision,
      ])
  }

  private static func put(_ node: ConversationNode, in conversation: Conversation, _ database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO message (conversation, id, parent, role, content, created, reply, chosen)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (conversation, id) DO UPDATE SET content = excluded.content, reply = excluded.reply
        """,
      arguments: [
        conversation.id, node.id, node.parent, node.role.rawValue, node.content.stored, node.created,
        try node.reply?.stored(), conversation.isChosen(node.id),
      ])
  }

  /// Writes which way the path takes, where that was changed here.
  private static func putChoices(
    _ conversation: Conversation, before: [Conversation.MessageID?: Conversation.MessageID]?,
    stored: StoredConversation, written: Set<Conversation.MessageID>, _ database: Database
  ) throws {
    for (parent, child) in conversation.chosen {
      guard stored.messages.contains(child) || written.contains(child) else { continue }
      guard before?[parent] != child || written.contains(child) else { continue }
      try database.execute(
        sql: "UPDATE message SET chosen = (id = ?) WHERE conversation = ? AND parent IS ?",
        arguments: [child, conversation.id, parent])
    }
  }

  // MARK: Without a session

  /// What is stored of a conversation now; nil where that is what is known already.
  package func changes(of id: String, since known: StoredConversation) throws -> (Conversation, StoredConversation)? {
    try read { database in
      let row = try Row.fetchOne(database, sql: "SELECT revision FROM conversation WHERE id = ?", arguments: [id])
      guard let row, row.integer("revision") ?? 0 != known.revision, let now = try Self.load(id, database) else {
        return nil
      }
      return (now.conversation, StoredConversation(now.conversation, revision: now.revision))
    }
  }

  public func rename(_ id: String, to title: String) throws {
    try write {
      try $0.execute(
        sql: "UPDATE conversation SET title = ?, revision = revision + 1 WHERE id = ?", arguments: [title.stored, id])
    }
  }

  /// Deletes a conversation, its messages and its draft.
  public func delete(_ id: String) throws {
    try write { database in
      try database.execute(sql: "DELETE FROM conversation WHERE id = ?", arguments: [id])
      try database.execute(
        sql: "DELETE FROM draft WHERE conversation IN (?, ?)", arguments: [id, Draft.systemKey(of: id)])
    }
  }
}
