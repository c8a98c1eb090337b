import Chat
import Core

/// Something that was deleted, as it was.
enum Deletion {
  case messages([ConversationNode], of: String)
  case conversation(Conversation)
}

extension ChatService {
  /// What can be undone.
  package var deletionCount: Int { deletions.count }

  func delete(message id: String, state: inout AppState) throws {
    guard let id = Int(id) else { return }
    let removed = try session.remove(id)
    guard !removed.isEmpty else { return }
    deletions.append(.messages(removed, of: session.conversation.id))
    state.chat.selection = nil
    state.say("\(Figures.count(removed.count, "message")) deleted")
    measure()
  }

  func delete(conversation id: String, state: inout AppState) throws {
    let isOpen = id == session.conversation.id
    let open = isOpen ? session.conversation : session.saver?.unsavedConversation(id)
    if isOpen { show(Conversation(), state: &state) }
    try session.forget(id)
    let inbox = inbox
    later { store in
      let deleted = try open ?? store.load(id)
      try store.delete(id)
      if let deleted { inbox.send(.conversationDeleted(deleted)) }
    }
  }

  func undoDeletion(state: inout AppState) throws {
    guard let last = deletions.last else {
      state.say("nothing was deleted since Glassbox was started", .warning)
      return
    }
    switch last {
    case .messages(let removed, let id) where id == session.conversation.id:
      try session.restore(removed)
      state.say("\(Figures.count(removed.count, "message")) brought back")
      measure()
    case .messages(let removed, let id):
      let inbox = inbox
      later { store in
        guard var conversation = try store.load(id) else {
          throw StoreError("The conversation of the deleted messages is not there any more.")
        }
        conversation.restore(removed)
        try store.save(conversation)
        inbox.send(.conversationOpened(conversation))
      }
    case .conversation(let conversation):
      let inbox = inbox
      later { store in
        try store.save(conversation)
        inbox.send(.conversationOpened(conversation))
      }
    }
    deletions.removeLast()
  }
}
