extension Conversation {
  /// Takes in messages as they were stored, in any order; those that are there already stay as they are.
  ///
  /// Whatever the ids say, the outcome is a tree and nothing is left out: a message whose parent is nowhere begins the
  /// conversation anew beside the others, and so does the earliest of a circle of parents.
  mutating func adopt(_ stored: [ConversationNode]) {
    var fresh: [MessageID: ConversationNode] = [:]
    for node in stored where nodes[node.id] == nil { fresh[node.id] = node }
    let ordered = fresh.values.sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    var waiting: [MessageID: [MessageID]] = [:]
    var ready: [MessageID] = []
    for node in ordered {
      if let parent = node.parent, fresh[parent] != nil {
        waiting[parent, default: []].append(node.id)
      } else {
        ready.append(node.id)
      }
    }
    adopt(ready, &fresh, &waiting)
    // What is left hangs on circles.
    for node in ordered where fresh[node.id] != nil {
      fresh[node.id]?.parent = nil
      adopt([node.id], &fresh, &waiting)
    }
  }

  private mutating func adopt(
    _ ready: [MessageID], _ fresh: inout [MessageID: ConversationNode], _ waiting: inout [MessageID: [MessageID]]
  ) {
    var ready = ready
    var next = 0
    while next < ready.count {
      let id = ready[next]
      next += 1
      guard var node = fresh.removeValue(forKey: id) else { continue }
      if let parent = node.parent, nodes[parent] == nil { node.parent = nil }
      place(node)
      ready += waiting.removeValue(forKey: id) ?? []
    }
  }

  /// Takes in what another program wrote into this conversation: its messages become branches, its texts replace ours.
  /// - Parameters:
  ///   - own: messages made or changed here, which stay as they are.
  ///   - removed: messages removed here, which do not come back.
  /// - Returns: whether anything changed.
  @discardableResult
  mutating func merge(_ theirs: Conversation, own: Set<MessageID>, removed: Set<MessageID>) -> Bool {
    let before = nodes.count
    var changed = false
    adopt(theirs.nodes.values.filter { !removed.contains($0.id) })
    for (id, node) in theirs.nodes where !own.contains(id) {
      guard let mine = nodes[id], mine.content != node.content || mine.reply != node.reply else { continue }
      changed = true
      update(id) {
        $0.content = node.content
        $0.reply = node.reply
      }
    }
    return changed || nodes.count != before
  }
}
