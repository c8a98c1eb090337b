import Core

/// One conversation with one model: takes messages, generates replies on a thread of its own, keeps the tree, saves it as
/// it grows, and tells the screen in events.
///
/// All calls return at once. Exactly one `done` or `failed` follows each `started`.
public final class ChatSession: @unchecked Sendable {
  public typealias MessageID = Conversation.MessageID

  public let events: Mailbox<ChatEvent>
  /// Writes on its own thread, so that neither screen nor generation waits for the disk; nil: nothing is kept.
  public private(set) var saver: ConversationSaver?

  private let lock = Condition()
  private var state: State

  private struct State {
    var conversation: Conversation
    var backend: (any ChatBackend)?
    var parameters: GenerateParameters
    var isGenerating = false
    var isStopping = false
  }

  /// - Parameters:
  ///   - backend: nil until a model is loaded.
  ///   - store: nil keeps the conversation in memory only.
  ///   - events: must be drained while a reply is generated; a full mailbox makes the generation wait.
  public init(
    _ conversation: Conversation = Conversation(), backend: (any ChatBackend)? = nil, store: ConversationStore? = nil,
    parameters: GenerateParameters = GenerateParameters(), events: Mailbox<ChatEvent> = Mailbox()
  ) {
    self.events = events
    state = State(conversation: conversation, backend: backend, parameters: parameters)
    if let store {
      saver = ConversationSaver(store) { [weak self] event in self?.take(event) }
    }
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
  /// - Parameter isChecked: whether ``check(_:)`` has let the text pass already.
  /// - Throws: ``ChatError``.
  @discardableResult
  public func send(_ text: String, isChecked: Bool = false) throws -> MessageID {
    if !isChecked { try check(text) }
    return try reply { $0.append(.user, text) }
  }

  /// Whether a message can be sent: whether it fits in the context together with the system prompt.
  /// Costs an encoding where that is not plain from its length.
  /// - Throws: ``ChatError``.
  public func check(_ text: String) throws {
    guard text.contains(where: { !$0.isWhitespace }) else { throw ChatError.nothingToSend }
    let (backend, system) = lock.withLock { (state.backend, state.conversation.system) }
    guard let backend, !surelyFits(text) else { return }
    func tokens(_ content: String) -> Int? {
      let turn = ConversationNode(id: 1, parent: nil, role: .user, content: content, created: 0)
      return backend.tokens(
        of: ChatRequest(system: system, turns: [turn], contextStart: nil, parameters: GenerateParameters()))
    }
    guard let all = tokens(text), all >= backend.contextLength else { return }
    let around = tokens("") ?? 0
    throw ChatError.tooLong(tokens: max(1, all - around), fits: max(0, backend.contextLength - 1 - around))
  }

  /// Whether a message is so short that it fits however it is written in tokens: none is shorter than a byte.
  public func surelyFits(_ text: String) -> Bool {
    let (backend, system) = lock.withLock { (state.backend, state.conversation.system) }
    guard let backend else { return true }
    let room = backend.contextLength - 128 - system.utf8.count
    return room > 0 && text.utf8.count <= room
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
  public func edit(_ id: MessageID, to text: String, isChecked: Bool = false) throws -> MessageID {
    guard conversation[id]?.role == .assistant else {
      if !isChecked { try check(text) }
      return try reply { $0.edit(id, to: text) }
    }
    let edited = try change { $0.edit(id, to: text) }
    guard let edited else { throw ChatError.nothingToReplyTo }
    save(edited)
    return edited
  }

  /// Another version of a reply beside it, which says the same up to a token, has another one there, and goes on.
  /// - Parameters:
  ///   - count: tokens that are kept.
  ///   - token: one of the alternatives that are known at this place.
  /// - Returns: the reply that begins.
  /// - Throws: ``ChatError``.
  @discardableResult
  public func branch(_ id: MessageID, keeping count: Int, then token: TokenID) throws -> MessageID {
    guard let node = conversation[id], let record = node.reply, node.parent != nil else {
      throw ChatError.nothingToReplyTo
    }
    if let backend, backend.name != record.model { throw ChatError.writtenByAnother(record.model) }
    let known = record.generatedTokens
    guard known.indices.contains(count), let other = known[count].replaced(by: token) else {
      throw ChatError.nothingToReplyTo
    }
    return try reply(opening: Array(known[..<count]) + [other]) { _ in node.parent }
  }

  /// Ends the reply at the next token; what was said stays.
  public func stop() { lock.withLock { state.isStopping = true } }

  /// Waits until no reply is being generated and what can be saved is. Somebody else must drain the events.
  public func wait() {
    lock.withLock { while state.isGenerating { lock.wait() } }
    saver?.flush()
  }

  /// The program leaves; as ``wait()``, and what cannot be saved is kept elsewhere.
  /// - Returns: what to tell the user; nil where all is saved.
  public func leave() -> String? {
    lock.withLock { while state.isGenerating { lock.wait() } }
    return saver?.leave()
  }

  // MARK: Tree

  /// Goes to a sibling of a message.
  public func selectSibling(of id: MessageID, offset: Int) throws {
    _ = try change { $0.selectSibling(of: id, offset: offset) }
    saveHeader()
  }

  /// Leads the active path through a message.
  public func select(_ id: MessageID) throws {
    try change { $0.select(id) }
    saveHeader()
  }

  public func setSystem(_ text: String) throws {
    try change { $0.system = text }
    saveHeader()
  }

  /// - Parameter name: of a template that the user chose for this conversation; nil: the model's own.
  /// - Throws: ``ChatError``.
  public func setTemplate(_ name: String?) throws {
    try change { $0.template = name }
    saveHeader()
  }

  public func rename(_ title: String) {
    lock.withLock { state.conversation.title = title }
    saveHeader()
  }

  /// Removes a message and all that follows it, on every branch.
  /// - Returns: what ``restore(_:)`` brings back.
  /// - Throws: ``ChatError``.
  public func remove(_ id: MessageID) throws -> [ConversationNode] {
    let removed = try change { $0.remove(id) }
    saver?.save(conversation, removed: removed.map(\.id))
    return removed
  }

  /// Brings removed messages back.
  /// - Throws: ``ChatError``.
  public func restore(_ removed: [ConversationNode]) throws {
    try change { $0.restore(removed) }
    saver?.save(conversation, messages: removed.map(\.id))
  }

  /// Another conversation takes this one's place. What could not be saved of this one is still tried.
  public func open(_ conversation: Conversation) throws {
    try change { $0 = saver?.open(conversation) ?? conversation }
  }

  /// Takes in what other programs have written into the conversation since it was last looked at, behind the caller.
  public func lookForChanges() { saver?.look(for: conversation.id) }

  /// Begins anew; nothing more is written of the conversation so far, which is being deleted.
  public func forget(_ id: String) throws {
    if conversation.id == id { try open(Conversation()) }
    saver?.forget(id)
  }

  private func change<T>(_ body: (inout Conversation) -> T) throws -> T {
    try lock.withLock {
      guard !state.isGenerating else { throw ChatError.busy }
      return body(&state.conversation)
    }
  }

  // MARK: Replying

  /// Begins a reply to the message that `question` names or adds.
  private func reply(
    opening: [GeneratedToken] = [], to question: (inout Conversation) -> MessageID?
  ) throws -> MessageID {
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
      var request = request(state.conversation, turns, parameters)
      request.opening = opening
      return (Job(backend: backend, request: request, question: asked, reply: reply), reply)
    }
    save(job.question)
    save(job.reply)
    if !startThread({ self.run(job) }) {
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
        let drawn = job.request.opening.count + timings.decodedTokens
        events.send(.context(used: prompt + drawn, of: job.backend.contextLength))
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
      if !token.top.isEmpty {
        node.reply?.top.append(token.top)
        if node.reply?.entropies == nil {
          node.reply?.entropies = []
          node.reply?.ranks = []
        }
        if let entropy = token.entropy { node.reply?.entropies?.append(entropy) }
        if let rank = token.rank { node.reply?.ranks?.append(rank) }
      }
      count = node.reply?.ids.count ?? 0
    }
    return count
  }

  private func update(_ id: MessageID, _ change: (inout ConversationNode) -> Void) {
    lock.withLock { state.conversation.update(id, change) }
  }

  // MARK: Saving

  private func save(_ id: MessageID) { saver?.save(conversation, messages: [id]) }
  private func saveProgress(_ id: MessageID) { saver?.save(conversation, texts: [id]) }

  /// What is said of the conversation, and which way the path takes.
  private func saveHeader() {
    let conversation = conversation
    guard !conversation.isEmpty || !conversation.system.isEmpty || !conversation.title.isEmpty else { return }
    saver?.save(conversation)
  }

  /// On the saver's thread.
  private func take(_ event: ConversationSaver.Event) {
    switch event {
    case .unsaved: tell(.saving)
    case .theirs(let theirs, let header):
      guard let saver else { return }
      let ours = saver.ours(of: theirs.id)
      let (isRenamed, isChanged) = lock.withLock {
        guard state.conversation.id == theirs.id else { return (false, false) }
        let isChanged = state.conversation.merge(theirs, own: ours.own, removed: ours.removed)
        return (state.conversation.adopt(header), isChanged)
      }
      if isChanged { tell(.changed) }
      if isRenamed { tell(.renamed) }
    case .wasGone:
      tell(.notice("This conversation was deleted elsewhere; as it goes on here, it has been saved again."))
    }
  }

  /// Never waits: the screen may be waiting for the saving to end.
  private func tell(_ event: ChatEvent) {
    let events = events
    WorkQueue.apart { events.send(event) }
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
