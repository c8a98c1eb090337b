import Core
import Synchronization

/// Keeps conversations and drafts in a store as they grow, on a thread of its own: what could not be written is kept
/// and tried again until it can be. Safe to use from any thread.
public final class ConversationSaver: Sendable {
  /// What is not in the store yet, and why.
  public struct Unsaved: Sendable, Equatable {
    public var messages: Int
    public var drafts: Int
    /// One sentence.
    public var reason: String
  }

  enum Event: Sendable {
    /// ``ConversationSaver/unsaved`` has changed.
    case unsaved
    /// What another program wrote into a conversation.
    case theirs(Conversation, HeaderChange)
    /// A conversation that was deleted elsewhere has been written again.
    case wasGone
  }

  private struct Pending: Sendable {
    var conversation: Conversation
    /// What is to be written, each with the number of the call that asked for it.
    var messages: [Conversation.MessageID: Int] = [:]
    var texts: [Conversation.MessageID: Int] = [:]
    var header: Int?
    /// Removed here, and not yet there; and all that were ever removed here.
    var removing: [Conversation.MessageID: Int] = [:]
    var removed: Set<Conversation.MessageID> = []
    /// Messages made or changed here.
    var own: Set<Conversation.MessageID> = []
    var known: StoredConversation?

    /// Another program's words, where we have not changed them.
    mutating func take(_ change: HeaderChange) {
      _ = conversation.adopt(change)
      known?.noteAdopted()
    }

    var isUnsaved: Bool { !messages.isEmpty || !texts.isEmpty || header != nil || !removing.isEmpty }
    /// At least one where anything is unsaved.
    var count: Int { isUnsaved ? max(1, Set(messages.keys).union(texts.keys).union(removing.keys).count) : 0 }
  }

  private struct State: Sendable {
    var pending: [String: Pending] = [:]
    var drafts: [String: (draft: Draft, owned: Bool, number: Int)] = [:]
    var number = 0
    /// Why the last attempt failed.
    var reason: String?
    /// Seconds until the next attempt after a failure.
    var delay = 0.5
    var isRetrying = false
    /// An attempt is on its way: what is noted until it begins is taken along.
    var isQueued = false
  }

  private let store: ConversationStore
  private let tell: @Sendable (Event) -> Void
  private let queue = WorkQueue()
  private let state = Mutex<State>(State())

  /// - Parameter tell: called on the saver's own thread; must not wait.
  init(_ store: ConversationStore, tell: @escaping @Sendable (Event) -> Void) {
    self.store = store
    self.tell = tell
  }

  /// nil where all is in the store; also while a first attempt is under way.
  public var unsaved: Unsaved? {
    state.withLock { state in
      guard let reason = state.reason else { return nil }
      let messages = state.pending.values.reduce(0) { $0 + $1.count }
      guard messages + state.drafts.count > 0 else { return nil }
      return Unsaved(messages: messages, drafts: state.drafts.count, reason: reason)
    }
  }

  // MARK: What is to be kept

  /// Takes note of a conversation that was opened: read from the store, or from elsewhere.
  /// - Returns: the same with what was not saved of it when it was last open here.
  func open(_ conversation: Conversation) -> Conversation {
    state.withLock { state in
      var opened = conversation
      if let old = state.pending[conversation.id], old.isUnsaved {
        opened.adopt(old.conversation.nodes.values.filter { !old.removed.contains($0.id) })
        if let leaf = old.conversation.leaf { opened.select(leaf) }
        state.pending[conversation.id]?.conversation = opened
      } else {
        state.pending[conversation.id] = Pending(
          conversation: conversation, known: StoredConversation(conversation, revision: nil))
      }
      return opened
    }
  }

  /// Saves messages of a conversation as they stand, and what is said of it.
  func save(
    _ conversation: Conversation, messages: [Conversation.MessageID] = [], texts: [Conversation.MessageID] = [],
    removed: [Conversation.MessageID] = []
  ) {
    note(conversation) { pending, number in
      for id in messages {
        pending.messages[id] = number
        pending.removing[id] = nil
        pending.removed.remove(id)
      }
      for id in texts { pending.texts[id] = number }
      pending.own.formUnion(messages)
      pending.own.formUnion(texts)
      for id in removed {
        pending.messages[id] = nil
        pending.texts[id] = nil
        pending.removing[id] = number
      }
      pending.removed.formUnion(removed)
      if texts.isEmpty { pending.header = number }
    }
  }

  private func note(_ conversation: Conversation, _ change: (inout Pending, Int) -> Void) {
    state.withLock { state in
      state.number += 1
      var pending = state.pending[conversation.id] ?? Pending(conversation: conversation)
      pending.conversation = conversation
      change(&pending, state.number)
      state.pending[conversation.id] = pending
    }
    attemptSoon()
  }

  private func attemptSoon() {
    let isFirst = state.withLock { state in
      defer { state.isQueued = true }
      return !state.isQueued
    }
    if isFirst { queue.work { self.attempt() } }
  }

  /// Keeps what is being typed.
  /// - Parameter owned: whether this program goes on typing it.
  public func save(_ draft: Draft, owned: Bool = true) {
    state.withLock { state in
      state.number += 1
      state.drafts[draft.conversation] = (draft, owned, state.number)
    }
    attemptSoon()
  }

  /// What was typed in a conversation, stored or about to be.
  public func draft(of id: String) throws -> Draft? {
    if let waiting = state.withLock({ $0.drafts[id]?.draft }) { return waiting }
    return try store.draft(of: id)
  }

  /// A conversation is to be deleted: nothing of it is written any more.
  func forget(_ id: String) {
    state.withLock {
      $0.pending[id] = nil
      $0.drafts[id] = nil
      $0.drafts[Draft.systemKey(of: id)] = nil
    }
  }

  /// What is not saved of a conversation, as it is here.
  public func unsavedConversation(_ id: String) -> Conversation? {
    state.withLock { state in state.pending[id].flatMap { $0.isUnsaved ? $0.conversation : nil } }
  }

  // MARK: Writing

  /// Tries to write all that is unsaved, and waits for it.
  public func flush() { queue.sync { attempt() } }

  /// The program leaves: what still cannot be saved goes into a file beside the store, which the next program takes in.
  /// - Returns: what to tell the user; nil where all is saved.
  public func leave() -> String? {
    flush()
    guard let unsaved else { return nil }
    let (conversations, drafts) = state.withLock { state in
      (state.pending.values.filter(\.isUnsaved).map(\.conversation), state.drafts.values.map(\.draft))
    }
    do {
      let file = try UnsavedStore.write(conversations, drafts, beside: store.path)
      return "\(unsaved.reason) What was not saved is in \(file); Glassbox takes it in when it can."
    } catch {
      return "\(unsaved.reason) \(unsaved.messages) messages were not saved, nor can they be kept beside it: \(error)"
    }
  }

  /// One attempt at everything; on the queue.
  private func attempt() {
    let before = unsaved
    var problem: String?
    let (ids, drafts) = state.withLock { state in
      state.isQueued = false
      return (state.pending.filter(\.value.isUnsaved).map(\.key), state.drafts)
    }
    for id in ids {
      do { try write(id) } catch { problem = "\(error)" }
    }
    for (id, entry) in drafts where problem == nil {
      do {
        try store.save(entry.draft, owned: entry.owned)
        state.withLock { if $0.drafts[id]?.number == entry.number { $0.drafts[id] = nil } }
      } catch {
        problem = "\(error)"
      }
    }
    state.withLock { $0.reason = problem }
    if problem != nil { retryLater() } else { state.withLock { $0.delay = 0.5 } }
    if unsaved != before { tell(.unsaved) }
  }

  private func write(_ id: String) throws {
    let taken = state.withLock { state in state.pending[id].map { ($0, state.number) } }
    guard let (pending, number) = taken, pending.isUnsaved else { return }
    let outcome = try store.save(
      ConversationChanges(
        pending.conversation, messages: Set(pending.messages.keys), texts: Set(pending.texts.keys),
        removed: Set(pending.removing.keys)),
      knowing: pending.known)
    let change = HeaderChange(before: outcome.stored.ourHeader, after: outcome.stored.header)
    // Before what is known of it changes: what is saved from now on has it already.
    if let theirs = outcome.theirs { tell(.theirs(theirs, change)) }
    state.withLock { state in
      guard var now = state.pending[id] else { return }
      now.messages = now.messages.filter { $0.value > number }
      now.texts = now.texts.filter { $0.value > number }
      now.removing = now.removing.filter { $0.value > number }
      if let header = now.header, header <= number { now.header = nil }
      now.known = outcome.stored
      now.take(change)
      state.pending[id] = now
    }
    if outcome.wasGone { tell(.wasGone) }
  }

  /// Looks whether another program has written into a conversation since we last did, and tells what.
  func look(for id: String) {
    queue.work { [self] in
      guard let pending = state.withLock({ $0.pending[id] }), !pending.isUnsaved, let known = pending.known,
        let (theirs, stored) = try? store.changes(of: id, since: known)
      else { return }
      let ours = ConversationHeader(pending.conversation)
      let change = HeaderChange(before: ours, after: ours.merged(before: known.ourHeader, stored: stored.header))
      tell(.theirs(theirs, change))
      state.withLock { state in
        // What is being changed here meanwhile is found by its save.
        guard var now = state.pending[id], !now.isUnsaved else { return }
        now.known = stored
        now.known?.ourHeader = change.after
        now.known?.ourChoices = now.conversation.chosen
        _ = now.conversation.adopt(change)
        state.pending[id] = now
      }
    }
  }

  /// Half a second after the first failure, then later and later, at most every 10 seconds.
  private func retryLater() {
    let delay = state.withLock { state -> Double? in
      guard !state.isRetrying else { return nil }
      state.isRetrying = true
      defer { state.delay = min(10, state.delay * 2) }
      return state.delay
    }
    guard let delay else { return }
    queue.work(after: delay) { [weak self] in
      guard let self else { return }
      state.withLock { $0.isRetrying = false }
      attempt()
    }
  }

  /// What was made or removed here of a conversation, for merging what others wrote.
  func ours(of id: String) -> (own: Set<Conversation.MessageID>, removed: Set<Conversation.MessageID>) {
    state.withLock { state in (state.pending[id]?.own ?? [], state.pending[id]?.removed ?? []) }
  }
}
