import Core

/// A conversation as a tree: editing a message or asking again for a reply makes a sibling, nothing is ever overwritten.
/// One path through the tree, from its beginning to a leaf, is the active one: what is shown and sent.
public struct Conversation: Sendable, Equatable, Identifiable {
  public typealias MessageID = ConversationNode.ID

  /// Eight letters and digits.
  public let id: String
  /// Empty until named; ``displayTitle`` then falls back to the first words.
  public var title = ""
  /// Sent before everything else; empty: none.
  public var system = ""
  /// The name of the template chosen by the user; nil: the model's own.
  public var template: String?
  /// Seconds since 1970.
  public var created: Double
  public var updated: Double
  /// The first message that still fits the context; those before it on the active path are not sent any more.
  public var contextStart: MessageID?

  public private(set) var nodes: [MessageID: ConversationNode] = [:]
  /// Children in order of creation; the key nil holds the beginnings.
  private var children: [MessageID?: [MessageID]] = [:]
  /// Which child the active path takes after each message; the key nil: where it begins.
  private(set) var chosen: [MessageID?: MessageID] = [:]

  public init(id: String = Conversation.freshID(), now: Double = Clock.now) {
    self.id = id
    created = now
    updated = now
  }

  public static func freshID() -> String {
    let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
    return String((0..<8).map { _ in letters[Int.random(in: 0..<letters.count)] })
  }

  public var isEmpty: Bool { nodes.isEmpty }
  public subscript(id: MessageID) -> ConversationNode? { nodes[id] }

  /// Title, or the first words of the first message.
  public var displayTitle: String {
    if !title.isEmpty { return title }
    guard let first = path.first(where: { $0.role == .user }) else { return "New conversation" }
    let words = first.content.split(whereSeparator: \.isWhitespace).prefix(10).joined(separator: " ")
    return words.count > 60 ? String(words.prefix(59)) + "…" : words
  }

  // MARK: Reading

  /// The active path, from the beginning to its leaf.
  public var path: [ConversationNode] {
    var out: [ConversationNode] = []
    var at: MessageID?
    while let next = chosen[at], let node = nodes[next] {
      out.append(node)
      at = next
    }
    return out
  }

  public var leaf: MessageID? { path.last?.id }

  /// From the beginning to a message, along its parents.
  public func path(to id: MessageID?) -> [ConversationNode] {
    var out: [ConversationNode] = []
    var at = id
    while let here = at, let node = nodes[here] {
      out.append(node)
      at = node.parent
    }
    return out.reversed()
  }

  public func children(of id: MessageID?) -> [MessageID] { children[id] ?? [] }

  /// A message and the others that share its parent, in order of creation.
  public func siblings(of id: MessageID) -> [MessageID] {
    guard let node = nodes[id] else { return [] }
    return children(of: node.parent)
  }

  /// "2 of 3": where a message stands among its siblings, from 1.
  public func position(of id: MessageID) -> (index: Int, count: Int) {
    let all = siblings(of: id)
    return ((all.firstIndex(of: id) ?? 0) + 1, all.count)
  }

  /// The messages a model gets, with the system prompt first.
  public var messages: [Message] {
    (system.isEmpty ? [] : [Message(.system, system)]) + path.map(\.message)
  }

  // MARK: Growing

  /// Adds a message under another (the active leaf unless told) and makes it the active leaf.
  @discardableResult
  public mutating func append(
    _ role: Role, _ content: String, reply: ReplyRecord? = nil, now: Double = Clock.now
  ) -> MessageID {
    insert(role, content, under: leaf, reply: reply, now: now)
  }

  /// Adds a message under a parent (nil: as another beginning) and chooses it.
  @discardableResult
  public mutating func insert(
    _ role: Role, _ content: String, under parent: MessageID?, reply: ReplyRecord? = nil, now: Double = Clock.now
  ) -> MessageID {
    let parent = parent.flatMap { nodes[$0]?.id }
    // Siblings are kept in the order of their times, also where a clock stands still or goes back.
    let last = children(of: parent).last.flatMap { nodes[$0]?.created } ?? -.infinity
    let node = ConversationNode(
      id: freshMessageID(), parent: parent, role: role, content: content, created: max(now, last.nextUp), reply: reply)
    place(node)
    select(node.id)
    updated = max(updated, now)
    return node.id
  }

  /// Above all ids that were ever counted, and one of so many that two writers of one conversation draw different ones.
  private func freshMessageID() -> MessageID {
    while true {
      let id = MessageID.random(in: 1 << 32...MessageID.max >> 1)
      if nodes[id] == nil { return id }
    }
  }

  /// Another version of a message, beside it. The old one and what followed it stay as a branch.
  /// - Returns: the new message; nil where there is no such message.
  @discardableResult
  public mutating func edit(_ id: MessageID, to content: String, now: Double = Clock.now) -> MessageID? {
    guard let old = nodes[id] else { return nil }
    return insert(old.role, content, under: old.parent, now: now)
  }

  /// Changes a message in place: for a reply while it streams.
  public mutating func update(_ id: MessageID, _ change: (inout ConversationNode) -> Void) {
    guard nodes[id] != nil else { return }
    change(&nodes[id]!)
  }

  /// Puts a node under its parent, among its siblings by time.
  mutating func place(_ node: ConversationNode) {
    guard nodes[node.id] == nil else { return }
    nodes[node.id] = node
    var siblings = children[node.parent] ?? []
    let place = siblings.lastIndex { Self.isBefore(nodes[$0], node) }.map { $0 + 1 } ?? 0
    siblings.insert(node.id, at: place)
    children[node.parent] = siblings
    if chosen[node.parent] == nil { chosen[node.parent] = node.id }
  }

  private static func isBefore(_ a: ConversationNode?, _ b: ConversationNode) -> Bool {
    guard let a else { return true }
    return (a.created, a.id) < (b.created, b.id)
  }

  /// Chooses a child without leading the path to it.
  mutating func choose(_ id: MessageID) {
    if let node = nodes[id] { chosen[node.parent] = id }
  }

  // MARK: Choosing

  /// Leads the active path through a message; beyond it, the path goes on as it did when it last came by.
  public mutating func select(_ id: MessageID) {
    for node in path(to: id) { chosen[node.parent] = node.id }
  }

  /// Goes to the sibling `offset` places on (round at the ends).
  /// - Returns: the message now chosen.
  @discardableResult
  public mutating func selectSibling(of id: MessageID, offset: Int) -> MessageID? {
    let all = siblings(of: id)
    guard let at = all.firstIndex(of: id) else { return nil }
    let next = all[((at + offset) % all.count + all.count) % all.count]
    select(next)
    return next
  }

  public func isChosen(_ id: MessageID) -> Bool { nodes[id].map { chosen[$0.parent] == id } ?? false }

  /// A message and all that follows it, on every branch.
  public func subtree(of id: MessageID) -> [ConversationNode] {
    var found: [ConversationNode] = []
    var open = [id]
    while let next = open.popLast(), let node = nodes[next] {
      found.append(node)
      open += children(of: next)
    }
    return found
  }

  /// Removes a message and all that follows it.
  /// - Returns: the messages removed, which ``restore(_:)`` brings back.
  @discardableResult
  public mutating func remove(_ id: MessageID) -> [ConversationNode] {
    guard let node = nodes[id] else { return [] }
    let removed = subtree(of: id)
    for node in removed {
      children[node.id] = nil
      chosen[node.id] = nil
      nodes[node.id] = nil
    }
    children[node.parent]?.removeAll { $0 == id }
    if chosen[node.parent] == id { chosen[node.parent] = children(of: node.parent).last }
    return removed
  }

  /// Brings messages back that were removed, and leads the active path to the first of them.
  public mutating func restore(_ removed: [ConversationNode]) {
    adopt(removed)
    if let first = removed.first { select(first.id) }
  }
}
