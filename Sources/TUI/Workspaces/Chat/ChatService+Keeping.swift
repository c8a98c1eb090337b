import Chat
import Core

/// The draft as it was last handed to the store.
struct DraftState: Equatable {
  var conversation = ""
  var version = 0
  var editing: String?
}

/// A text on its way to the model; `editing`: the message it is another version of.
package struct SentText: Sendable, Equatable {
  package var text: String
  package var editing: String?
}

/// What was typed and cannot be lost: drafts, messages that do not fit, what is not saved.
extension ChatService {
  // MARK: Drafts

  /// Hands what stands in the input box to the store when it changed since the last time.
  package func keepDraft(of state: AppState) {
    let conversation = session.conversation.id
    let now = DraftState(
      conversation: conversation, version: state.composer.version, editing: state.chat.editing)
    keepSystem(of: state)
    guard now != keptDraft else { return }
    keptDraft = now
    keep(state.composer, of: conversation, editing: state.chat.editing)
  }

  /// The same of a system prompt that is not in use yet.
  private func keepSystem(of state: AppState, owned: Bool = true) {
    let draft = Draft(
      conversation: Draft.systemKey(of: session.conversation.id), text: state.chat.systemDraft ?? "")
    guard draft != keptSystem || !owned else { return }
    // One that was never written leaves no trace.
    guard !draft.text.isEmpty || keptSystem.conversation == draft.conversation else { return }
    keptSystem = draft
    session.saver?.save(draft, owned: owned)
  }

  /// The program is left: the next one may take the draft up.
  package func leaveDraft(of state: AppState) {
    // What was handed on earlier comes first.
    queue.sync {}
    keepSystem(of: state, owned: false)
    keepText(of: state, owned: false)
    let draft = Draft(
      conversation: session.conversation.id, text: state.composer.text, editing: state.chat.editing.flatMap { Int($0) })
    // One that was never typed leaves no trace.
    guard !draft.text.isEmpty || keptDraft.conversation == draft.conversation else { return }
    session.saver?.save(draft, owned: false)
  }

  /// Long texts are put together behind the screen.
  private func keep(_ editor: TextEditor, of conversation: String, editing: String?) {
    let saver = session.saver
    queue.work {
      saver?.save(Draft(conversation: conversation, text: editor.text, editing: editing.flatMap { Int($0) }))
    }
  }

  /// Each conversation has its own draft. What was typed in one that has not begun goes along to the next.
  func changeDraft(from old: Conversation, to new: Conversation, state: inout AppState) {
    guard old.id != new.id else { return }
    keepSystem(of: state)
    state.chat.systemDraft = nil
    let goesAlong = state.chat.editing == nil && (old.isEmpty || new.isEmpty)
    if goesAlong {
      session.saver?.save(Draft(conversation: old.id, text: ""))
    } else {
      keep(state.composer, of: old.id, editing: state.chat.editing)
      state.composer.clear()
    }
    keptDraft = DraftState()
    let (saver, inbox) = (session.saver, inbox)
    queue.work {
      for key in [new.id, Draft.systemKey(of: new.id)] {
        if let draft = try? saver?.draft(of: key) { inbox.send(.draft(draft)) }
      }
    }
  }

  /// What was typed when a program ended before its conversation began.
  func findAbandonedDraft() {
    let (store, inbox) = (store, inbox)
    queue.work {
      do {
        try store.prepare()
        guard let draft = try store.abandonedDraft(), let id = draft.conversationID else { return }
        let stored = try store.load(id)
        inbox.send(.abandonedDraft(draft, stored ?? Conversation(id: id)))
      } catch {
        inbox.send(.failed(title: "Conversations", message: "\(error)"))
      }
    }
  }

  private func take(_ draft: Draft, state: inout AppState) {
    if draft.isSystem { return takeSystem(draft, state: &state) }
    guard draft.conversation == session.conversation.id, !draft.text.isEmpty else { return }
    let typed = state.composer.text
    guard typed != draft.text else { return }
    state.composer.setText(typed.isEmpty ? draft.text : draft.text + "\n" + typed)
    if let id = draft.editing, session.conversation[id] != nil { state.chat.editing = String(id) }
    // The store has something of it, which goes when the box is emptied.
    keptDraft = DraftState(conversation: draft.conversation, version: -1)
  }

  private func takeSystem(_ draft: Draft, state: inout AppState) {
    let isOpen = state.overlays.contains { if case .text = $0 { true } else { false } }
    guard draft.conversationID == session.conversation.id, !draft.text.isEmpty, state.chat.systemDraft == nil, !isOpen
    else { return }
    state.chat.systemDraft = draft.text
    keptSystem = draft
    let key = state.keys.label(of: .systemPrompt) ?? "the palette"
    state.say("a system prompt that you were writing is not in use yet: \(key) shows it", seconds: 8)
  }

  // MARK: Messages

  package func take(_ message: AppMessage, state: inout AppState) {
    switch message {
    case .draft(let draft): take(draft, state: &state)
    case .abandonedDraft(let draft, let conversation):
      // Only into a conversation in which nothing has happened yet.
      guard session.conversation.isEmpty, session.conversation.system.isEmpty, state.composer.isEmpty else { return }
      show(conversation, state: &state)
      take(draft, state: &state)
      // From now on it is this program's: no other takes it up.
      session.saver?.save(draft)
      if !draft.isSystem { state.say("what you were writing last time is in the input box", seconds: 8) }
    case .checked(let sent, let problem):
      isChecking = false
      if let problem {
        putBack(sent, state: &state)
        state.fail("Not sent", problem)
      } else {
        sendChecked(sent, state: &state)
      }
      refresh(&state)
    case .keptText(let draft): takeText(draft, state: &state)
    case .conversationDeleted(let conversation): deletions.append(.conversation(conversation))
    default: break
    }
  }

  // MARK: Sending

  /// A message that may not fit in the context is measured first, behind the screen.
  func send(_ sent: SentText, state: inout AppState) {
    if session.surelyFits(sent.text) { return sendChecked(sent, state: &state) }
    isChecking = true
    let (session, inbox) = (session, inbox)
    queue.work {
      do {
        try session.check(sent.text)
        inbox.send(.checked(sent, problem: nil))
      } catch {
        inbox.send(.checked(sent, problem: "\(error)"))
      }
    }
  }

  private func sendChecked(_ sent: SentText, state: inout AppState) {
    do {
      if let id = sent.editing.flatMap({ Int($0) }) {
        try session.edit(id, to: sent.text, isChecked: true)
      } else {
        try session.send(sent.text, isChecked: true)
      }
      keepDraft(of: state)
    } catch {
      putBack(sent, state: &state)
      state.say("\(error)", .warning, seconds: 8)
    }
  }

  /// What was not sent stands in the input box again, before what was typed since.
  private func putBack(_ sent: SentText, state: inout AppState) {
    let typed = state.composer.text
    state.composer.setText(typed.isEmpty ? sent.text : sent.text + "\n" + typed)
    state.chat.editing = sent.editing
  }

  // MARK: Saving

  /// A sign that stays as long as something is not saved; a message, the first time.
  func showUnsaved(_ state: inout AppState) {
    let before = state.chat.unsaved
    guard let unsaved = session.saver?.unsaved else {
      state.chat.unsaved = nil
      if before != nil { state.say("all is saved now") }
      return
    }
    let what = unsaved.messages > 0 ? Figures.count(unsaved.messages, "message") : "what you typed"
    state.chat.unsaved = ChatState.Unsaved(sign: "\(what) not saved", reason: unsaved.reason)
    if before == nil {
      state.fail(
        "Not saved",
        "\(unsaved.reason) What is said here stays in memory and is tried again until it is saved; the top line says so as "
          + "long as it is not.")
    }
  }
}
