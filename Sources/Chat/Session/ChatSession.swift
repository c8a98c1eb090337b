import Core
import Dispatch

/// One conversation with one model: takes messages, generates replies on a thread of its own, keeps the tree, saves it as
/// it grows, and tells the screen in events.
///
/// All calls return at once. Exactly one `done` or `failed` follows each `started`.
public final class ChatSession: @unchecked Sendable {
  public typealias MessageID = Conversation.MessageID

  public let events: Mailbox<ChatEvent>
  private let store: ConversationStore?
  /// Writes in order, so that neither screen nor generation waits for the disk.
  private let saving = DispatchQueue(label: "glassbox.conversations")

  private let lock = Condition()
  private var state: State

  private struct State {
    var conversation: Conversation
    var backend: (any ChatBackend)?
    var parameters: GenerateParameters
    var isGenerating = false
    var isStopping = false
    /// The store failed and the user was told.
    var saidNotSaved = false
  }

  /// - Parameters:
  ///   - backend: nil until a model is loaded.
  ///   - store: nil keeps the conversation in memory only.
  ///   - events: must be drained while a reply is generated; a full mailbox makes the generation wait.
  public init(
    _ conversation: Conversation = Conversation(), backend: (any ChatBackend)? = nil, store: ConversationStore? = nil,
    parameters: GenerateParameters = GenerateParameters(), events: Mailbox<ChatEvent> = Mailbox()
  ) {
    self.store = store
    self.events = events
    state = State(conversation: conversation, backend: backend, parameters: parameters)
  }

  // MARK: State

  /// The tree as it is now.
  public var conversation: Conversation { lock.withLock { state.conversation } }
  public var isGenerating: Bool { lock.withLock { state.isGenerating } }

  /// How the next reply is drawn.
  public var parameters: GenerateParameters {
    get { lock.withLock { state.parameters } }
    set { lock.withLock { state.parameters = newValue } }
  }

  /// Who replies next. A reply on its way goes on with the backend it began with.
  public var backend: (any ChatBackend)? {
    get { lock.withLock { state.backend } }
    set { lock.withLock { state.backend = newValue } }
  }

  /// Tokens of the active path as the backend would read it, of how many; nil without a model. Costs an encoding of the
  /// conversation.
  public func contextUse() -> (used: Int, of: Int)? {
    let now = lock.withLock { state }
    guard let backend = now.backend else { return nil }
    return backend.tokens(of: request(now.conversation, now.conversation.path, now.parameters)).map {
      (min($0, backend.contextLength), backend.contextLength)
    }
  }

  // MARK: Talking

  /// Adds a user message after the active leaf and begins the reply.
  /// - Throws: ``ChatError``.
  @discardableResult
  public func send(_ text: String) throws -> MessageID {
    guard text.contains(where: { !$0.isWhitespace }) else { throw ChatError.nothingToSend }
    return try reply { $0.append(.user, text) }
  }

  /// Another reply to the message before `id` (the last reply unless told), beside the old one.
  /// - Throws: ``ChatError``.
  @discardableResult
  public func regenerate(_ id: MessageID? = nil) throws -> MessageID {
    try reply { conversation in
      guard let id = id ?? conversation.leaf, let node = conversation[id] else { return nil }
      return node.role == .assistant ? node.parent : node.id
    }
  }

  /// Another version of a message beside it; for a user's message, with a new reply.
  /// - Returns: the reply that begins, or the edited message where it is a reply itself.
  /// - Throws: ``ChatError``.
  @discardableResult
  public func edit(_ id: MessageID, to text: String) throws -> MessageID {
    guard conversation[id]?.role == .assistant else { return try reply { $0.edit(id, to: text) } }
    let edited = try change { $0.edit(id, to: text) }
    guard let edited else { throw ChatError.nothingToReplyTo }
    save(edited)
    return edited
  }

  /// Ends the reply at the next token; what was said stays.
  public func stop() { lock.withLock { state.isStopping = true } }

  /// Waits until no reply is being generated and everything is saved. Somebody else must drain the events.
  public func wait() {
    lock.withLock { while state.isGenerating { lock.wait() } }
    saving.sync {}
  }

  // MARK: Tree

  /// Goes to a sibling of a message.
  public func selectSibling(of id: MessageID, offset: Int) throws {
    _ = try change { $0.selectSibling(of: id, offset: offset) }
    saveChoice()
  }

  /// Leads the active path through a message.
  public func select(_ id: MessageID) throws {
    try change { $0.select(id) }
    saveChoice()
  }

  public func setSystem(_ text: String) throws {
    try change { $0.system = text }
    saveChoice()
  }

  public func rename(_ title: String) {
    lock.withLock { state.conversation.title = title }
    saveChoice()
  }

  /// Another conversation takes this one's place.
  public func open(_ conversation: Conversation) throws { try change { $0 = conversation } }

  private func change<T>(_ body: (inout Conversation) -> T) throws -> T {
    try lock.withLock {
      guard !state.isGenerating else { throw ChatError.busy }
      return body(&state.conversation)
    }
  }

  // MARK: Replying

  /// Begins a reply to the message that `question` names or adds.
  private func reply(to question: (inout Conversation) -> MessageID?) throws -> MessageID {
    let (job, node) = try lock.withLock { () throws -> (Job, MessageID) in
      guard !state.isGenerating else { throw ChatError.busy }
      guard let backend = state.backend else { throw ChatError.noModel }
      guard let asked = question(&state.conversation) else { throw ChatError.nothingToReplyTo }
      let turns = state.conversation.path(to: asked)
      let parameters = state.parameters
      let reply = state.conversation.insert(
        .assistant, "", under: asked, reply: ReplyRecord(model: backend.name, parameters: parameters))
      state.isGenerating = true
      state.isStopping = false
      return (
        Job(
          backend: backend, request: request(state.conversation, turns, parameters), question: asked, reply: reply),
        reply
      )
    }
    save(job.question)
    save(job.reply)
    if !BackgroundThread.start(name: "chat", { self.run(job) }) {
      lock.withLock {
        state.isGenerating = false
        lock.broadcast()
      }
      let why = "The system gives no thread for the reply; end other programs, or raise the limit (ulimit -u)."
      events.send(.failed(job.reply, why))
    }
    return node
  }

  private struct Job: Sendable {
    let backend: any ChatBackend
    let request: ChatRequest
    let question, reply: MessageID
  }

  private func request(
    _ conversation: Conversation, _ turns: [ConversationNode], _ parameters: GenerateParameters
  ) -> ChatRequest {
    ChatRequest(
      system: conversation.system, turns: turns, contextStart: conversation.contextStart, parameters: parameters)
  }

  /// The generating thread.
  private func run(_ job: Job) {
    events.send(.started(job.reply))
    var saver = ProgressSaver()
    var prompt = 0
    var final: ChatEvent?
    job.backend.reply(to: job.request, isCancelled: { self.lock.withLock { self.state.isStopping } }) { event in
      switch event {
      case .prompt(_, let tokens):
        prompt = tokens
        events.send(.context(used: tokens, of: job.backend.contextLength))
      case .trimmed(let from, let dropped):
        lock.withLock { state.conversation.contextStart = from }
        events.send(.trimmed(dropped: dropped))
      case .generation(.progress(let read, let total)): events.send(.progress(read: read, of: total))
      case .generation(.token(let token)):
        let count = add(token, to: job.reply)
        events.send(.token(token, job.reply))
        if saver.isDue { saveProgress(job.reply) }
        if count % 16 == 0 { events.send(.context(used: prompt + count, of: job.backend.contextLength)) }
      case .generation(.text(let text)):
        update(job.reply) { $0.content += text }
        events.send(.text(text, job.reply))
      case .generation(.done(let reason, let timings)):
        update(job.reply) {
          $0.reply?.finish = reason
          $0.reply?.timings = timings
        }
        events.send(.context(used: prompt + timings.decodedTokens, of: job.backend.contextLength))
        final = .done(job.reply, reason, timings)
      case .generation(.failed(let why)): final = .failed(job.reply, why)
      }
    }
    save(job.reply)
    lock.withLock {
      state.isGenerating = false
      lock.broadcast()
    }
    events.send(final ?? .failed(job.reply, "The model said nothing of how the reply ended."))
  }

  /// - Returns: tokens of the reply so far.
  private func add(_ token: GeneratedToken, to id: MessageID) -> Int {
    var count = 0
    update(id) { node in
      node.content += token.text
      node.reply?.ids.append(token.id)
      node.reply?.logprobs.append(token.logprob)
      if !token.top.isEmpty { node.reply?.top.append(token.top) }
      count = node.reply?.ids.count ?? 0
    }
    return count
  }

  private func update(_ id: MessageID, _ change: (inout ConversationNode) -> Void) {
    lock.withLock { state.conversation.update(id, change) }
  }

  // MARK: Saving

  private func save(_ id: MessageID) { saveLater { try $0.save(id, of: $1) } }
  private func saveChoice() { saveLater { try $0.saveChoice(of: $1) } }

  private func saveProgress(_ id: MessageID) {
    saveLater { store, conversation in
      if let node = conversation[id] { try store.saveProgress(node, in: conversation.id) }
    }
  }

  private func saveLater(_ write: @escaping @Sendable (ConversationStore, Conversation) throws -> Void) {
    guard let store else { return }
    let conversation = conversation
    guard !conversation.isEmpty else { return }
    saving.async { [weak self] in
      do {
        try write(store, conversation)
        if let notice = store.takeNotice() { self?.tell(notice) }
      } catch {
        self?.tellOnce("\(error) This conversation is not being saved.")
      }
    }
  }

  /// Never waits: the screen may be waiting for the saving to end.
  private func tell(_ sentence: String) {
    let events = events
    _ = BackgroundThread.start(name: "notice") { events.send(.notice(sentence)) }
  }

  private func tellOnce(_ sentence: String) {
    let isFirst = lock.withLock {
      defer { state.saidNotSaved = true }
      return !state.saidNotSaved
    }
    if isFirst { tell(sentence) }
  }
}

/// Says when a streaming reply should be written down: twice a second, or every 32 tokens.
private struct ProgressSaver {
  private var last = Clock.monotonic
  private var tokens = 0

  /// Asked once a token.
  var isDue: Bool {
    mutating get {
      tokens += 1
      let now = Clock.monotonic
      guard tokens >= 32 || now - last >= 0.45 else { return false }
      last = now
      tokens = 0
      return true
    }
  }
}
