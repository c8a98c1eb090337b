import Chat
import Core

/// The conversation between the screen and its session: hands requests on, brings what happens back into the state.
package final class ChatService {
  let inbox: Mailbox<AppMessage>
  let store: ConversationStore
  package let session: ChatSession
  private let events: Mailbox<ChatEvent>
  let queue = WorkQueue()
  package private(set) var model: LoadedModel?
  private var backend: LocalBackend?
  /// Whether there is a model that answers.
  package var canReply: Bool { backend != nil }
  /// The template that the command line asks for.
  package var chosenTemplate: String?
  /// Tokens and time of the reply that streams, for its speed.
  private var streamed = 0
  private var firstToken = 0.0
  private let wantedList = LatestValue<String>()
  /// A long message is being measured.
  var isChecking = false
  /// What was deleted here, the last at the end.
  var deletions: [Deletion] = []
  /// The draft as it was last kept.
  var keptDraft = DraftState()
  var keptSystem = Draft(conversation: "", text: "")
  var keptText = KeptText()
  /// The template of the conversation that the backend was made for.
  private var usedTemplate: String?

  /// - Parameters:
  ///   - wake: called when something happened, from any thread.
  ///   - path: of the conversations' file; nil: the usual one.
  package init(inbox: Mailbox<AppMessage>, wake: @escaping @Sendable () -> Void, store path: String?) {
    self.inbox = inbox
    store = ConversationStore(path: path)
    events = Mailbox<ChatEvent>(capacity: 4096, onArrival: wake)
    var parameters = GenerateParameters()
    parameters.topLogprobs = 10
    session = ChatSession(Conversation(), store: store, parameters: parameters, events: events)
    store.onNotice { inbox.send(.failed(title: "Conversations", message: $0)) }
  }

  /// - Returns: what to tell the user once the screen is given back: where what could not be saved is.
  @discardableResult
  package func close() -> String? {
    session.stop()
    events.close()
    return session.leave()
  }

  /// Opens a conversation by its id, or imports one from a file, behind the first frame.
  package func open(conversation: String?) {
    guard let conversation else { return findAbandonedDraft() }
    let (store, inbox, saver) = (store, inbox, session.saver)
    queue.work {
      do {
        if let found = try store.load(conversation) ?? saver?.unsavedConversation(conversation) {
          inbox.send(.conversationOpened(found))
        } else if let text = SmallFile.read(conversation, limit: 64 << 20),
          let first = try ConversationExport.parse(jsonLines: text, name: conversation).first
        {
          inbox.send(.conversationOpened(first))
        } else {
          inbox.send(
            .failed(title: "Conversation", message: "There is neither a conversation nor a file named \(conversation).")
          )
        }
      } catch {
        inbox.send(.failed(title: "Conversation", message: "\(error)"))
      }
    }
  }

  package func use(_ model: LoadedModel, state: inout AppState) {
    self.model = model
    usedTemplate = session.conversation.template
    do {
      // A model without a template was not taught to chat: its text goes on in place.
      let name =
        session.conversation.template ?? chosenTemplate ?? (model.chatTemplate == nil ? ChatTemplate.raw.name : nil)
      let backend = try LocalBackend(model, template: name)
      self.backend = backend
      session.backend = backend
      state.chat.template = backend.template.name
      if let note = backend.templateNote {
        state.say(note, .warning, seconds: 12)
      } else if name == ChatTemplate.raw.name, session.conversation.template == nil {
        let key = state.keys.label(of: .chooseTemplate) ?? "the palette"
        state.say("\(SafeText.clean(model.name)) goes on with a text; \(key) chooses a chat template", seconds: 8)
      }
      measure()
      if state.chat.raw != nil { showRaw(&state) }
    } catch {
      backend = nil
      session.backend = nil
      state.chat.model = .failed(model.name)
      state.fail("This model cannot chat", "\(error)")
    }
  }

  package func show(_ conversation: Conversation, state: inout AppState) {
    do {
      let old = session.conversation
      try session.open(conversation)
      changeDraft(from: old, to: conversation, state: &state)
      state.chat.selection = nil
      state.chat.editing = nil
      state.chat.raw = nil
      state.chat.notice = nil
      state.chat.follows = true
      if conversation.template != old.template, let model { use(model, state: &state) }
      refresh(&state)
      measure()
    } catch {
      state.say("\(error)", .warning)
    }
  }

  /// How full the context is costs an encoding of the conversation: not on the screen's thread.
  func measure() {
    let (session, inbox) = (session, inbox)
    queue.work {
      if let use = session.contextUse() { inbox.send(.context(used: use.used, of: use.of)) }
    }
  }

  // MARK: What the user asks for

  package func perform(_ effect: Effect, state: inout AppState) {
    do {
      switch effect {
      case .send(let text): send(SentText(text: text), state: &state)
      case .stopReply: session.stop()
      case .regenerate(let message):
        if let id = Int(message) { try session.regenerate(id) }
      case .edit(let message, let text): send(SentText(text: text, editing: message), state: &state)
      case .branch(let message, let token, let other):
        if let id = Int(message) { try session.branch(id, keeping: token, then: other) }
      case .setTemplate(let name):
        try session.setTemplate(name)
        // The model's own, instead of the command line's.
        if name == nil { chosenTemplate = nil }
        if let model { use(model, state: &state) }
      case .switchSibling(let message, let step):
        if let id = Int(message) { try session.selectSibling(of: id, offset: step) }
        measure()
      case .setSystem(let text):
        try session.setSystem(text)
        state.say(text.isEmpty ? "no system prompt" : "the model is told so from now on")
        measure()
      case .setSampling(var parameters):
        parameters.topLogprobs = 10
        session.parameters = parameters
      case .showRaw(let on): if on { showRaw(&state) }
      case .showAlternatives(let message, let token): showAlternatives(message, token, &state)
      case .newConversation: show(Conversation(), state: &state)
      case .listConversations: list("", current: session.conversation.id)
      case .findConversations(let words): list(words, current: session.conversation.id)
      case .openConversation(let id): open(conversation: id)
      case .renameConversation(let id, let title):
        if id == session.conversation.id { session.rename(title) } else { later { try $0.rename(id, to: title) } }
      case .deleteConversation(let id): try delete(conversation: id, state: &state)
      case .deleteMessage(let id): try delete(message: id, state: &state)
      case .undoDeletion: try undoDeletion(state: &state)
      default: break
      }
    } catch {
      state.say("\(error)", .warning)
    }
    refresh(&state)
  }

  func later(_ work: @escaping @Sendable (ConversationStore) throws -> Void) {
    let (store, inbox) = (store, inbox)
    queue.work {
      do { try work(store) } catch { inbox.send(.failed(title: "Conversations", message: "\(error)")) }
    }
  }

  /// The list, or those in it that have the words in title or text.
  private func list(_ words: String, current: String) {
    let (store, inbox) = (store, inbox)
    wantedList.put(words)
    queue.work { [wantedList] in
      // While one typed on, only the last query is still of interest.
      guard let words = wantedList.take() else { return }
      do {
        let items = try store.list(search: words).map { found in
          PickerItem(
            id: found.id, title: found.title,
            detail: found.excerpt ?? found.draft.map { "not sent: \($0)" } ?? "", note: Dates.ago(found.updated),
            current: found.id == current)
        }
        inbox.send(.conversations(items, problem: nil, query: words))
      } catch {
        inbox.send(.conversations([], problem: "\(error)", query: words))
      }
    }
  }

  private func showRaw(_ state: inout AppState) {
    guard let backend else {
      _ = state.refuseWithoutModel()
      return
    }
    let conversation = session.conversation
    var turns = conversation.path
    // What the model was sent, and after it what it wrote itself.
    let reply = turns.last?.role == .assistant ? turns.removeLast().content : ""
    let request = ChatRequest(
      system: conversation.system, turns: turns, contextStart: conversation.contextStart, parameters: session.parameters
    )
    do {
      state.chat.raw = try backend.rendered(request).text + reply
    } catch {
      state.say("\(error)", .warning)
    }
  }

  private func showAlternatives(_ id: String, _ token: Int, _ state: inout AppState) {
    guard let message = state.chat.messages.first(where: { $0.id == id }), message.marks.indices.contains(token) else {
      return
    }
    // Ids say something only in the vocabulary of the model that drew them.
    let author = Int(id).flatMap { session.conversation[$0]?.reply?.model } ?? ""
    guard let model, let tokenizer = model.tokenizer, model.name == author else {
      state.say("\(ChatError.writtenByAnother(author))", .warning, seconds: 8)
      return
    }
    let mark = message.marks[token]
    let items = mark.top.map { other in
      PickerItem(
        id: "\(other.id)", title: TokenLabel.of(tokenizer.bytes(of: other.id)), detail: "id \(other.id)",
        note: Figures.fixed(100 * Figures.exponential(Double(other.logprob)), 2) + " %", current: other.id == mark.id)
    }
    var figures = ["Instead of “\(TokenLabel.of(tokenizer.bytes(of: mark.id)))”"]
    if let rank = mark.rank { figures.append("rank \(Figures.grouped(rank))") }
    if let entropy = mark.entropy { figures.append("entropy \(Figures.fixed(Double(entropy), 2)) nats") }
    var picker = Picker(
      .alternatives(message: id, token: token), title: figures.joined(separator: " · "), items: items)
    picker.isSearchable = false
    picker.emptyText = "this reply was made without alternatives"
    state.overlays.append(.picker(picker))
  }

  // MARK: What happens

  /// The messages of the active path, as they are now.
  package func refresh(_ state: inout AppState) {
    let conversation = session.conversation
    state.chat.conversation = conversation.id
    state.chat.title = conversation.isEmpty ? "" : conversation.displayTitle
    state.chat.system = conversation.system
    state.chat.busy = session.isGenerating || isChecking
    let path = conversation.path
    var old: [String: ChatMessage] = [:]
    for message in state.chat.messages { old[message.id] = message }
    state.chat.messages = path.map { node in
      let place = conversation.position(of: node.id)
      let id = conversation.id + "/\(node.id)"
      var message =
        old[String(node.id)].flatMap { $0.key == id && $0.text == node.content ? $0 : nil }
        ?? ChatMessage(id: String(node.id), role: node.role, text: node.content)
      message.key = id
      message.sibling = place.index - 1
      message.siblings = place.count
      Self.fill(&message, from: node, tokenizer: node.reply?.model == model?.name ? model?.tokenizer : nil)
      message.streaming = state.chat.busy && node.id == path.last?.id && node.role == .assistant
      return message
    }
    if let selection = state.chat.selection, selection >= path.count { state.chat.selection = nil }
    // What is shown of the model's text is of this conversation as it is.
    if state.chat.raw != nil, !session.isGenerating { showRaw(&state) }
  }

  private static func fill(_ message: inout ChatMessage, from node: ConversationNode, tokenizer: (any Tokenizer)?) {
    guard let reply = node.reply else { return }
    message.tokenCount = reply.ids.count
    let seconds = reply.timings.prefillSeconds + reply.timings.decodeSeconds
    message.seconds = seconds > 0 ? seconds : nil
    message.ending = reply.finish == .cancelled ? "stopped" : reply.finish == .length ? "cut at its length" : nil
    guard message.marks.count != reply.ids.count, reply.logprobs.count == reply.ids.count, let tokenizer else { return }
    var detokenizer = StreamingDetokenizer(tokenizer)
    let marks = reply.ids.indices.map { i in
      TokenMark(
        id: reply.ids[i], text: detokenizer.push(reply.ids[i]), logprob: reply.logprobs[i],
        top: reply.top.indices.contains(i) ? reply.top[i] : [],
        entropy: reply.entropies.flatMap { $0.indices.contains(i) ? $0[i] : nil },
        rank: reply.ranks.flatMap { $0.indices.contains(i) ? $0[i] : nil })
    }
    // Another model may have had this name: ids that do not say what the message says are not its tokens.
    let said = marks.map(\.text).joined()
    guard said.utf8.starts(with: node.content.utf8) || node.content.utf8.starts(with: said.utf8) else { return }
    message.marks = marks
    message.version += 1
  }

  /// Takes in what the session said since the last time.
  /// - Returns: whether anything came.
  package func drain(into state: inout AppState, now: Double) -> Bool {
    let all = events.drain()
    for event in all { take(event, &state, now) }
    return !all.isEmpty
  }

  private func take(_ event: ChatEvent, _ state: inout AppState, _ now: Double) {
    switch event {
    case .started:
      streamed = 0
      state.chat.busy = true
      state.chat.prefill = nil
      refresh(&state)
    case .progress(let read, let total): state.chat.prefill = read < total ? (read, total) : nil
    case .token(let token, let id):
      state.chat.prefill = nil
      if streamed == 0 { firstToken = now }
      streamed += 1
      if streamed > 4, now > firstToken { state.chat.tokensPerSecond = Double(streamed - 1) / (now - firstToken) }
      append(token.text, to: id, &state) {
        $0.marks.append(
          TokenMark(
            id: token.id, text: token.text, logprob: token.logprob, top: token.top, entropy: token.entropy,
            rank: token.rank))
        $0.tokenCount = $0.marks.count
      }
    case .text(let text, let id): append(text, to: id, &state) { _ in }
    case .context(let used, let total):
      state.chat.contextUsed = used
      state.chat.contextSize = total
    case .trimmed(let dropped):
      state.chat.notice = "the context was full: the oldest \(Figures.count(dropped, "message")) are not sent any more"
    case .done(_, _, let timings):
      end(&state)
      if timings.tokensPerSecond > 0 { state.chat.tokensPerSecond = timings.tokensPerSecond }
    case .failed(_, let why):
      end(&state)
      state.fail("The reply failed", why)
    case .notice(let text): state.fail("Conversations", text)
    case .saving: showUnsaved(&state)
    case .changed:
      refresh(&state)
      state.say("another program wrote into this conversation: its messages are branches here")
    case .renamed:
      followTemplate(&state)
      refresh(&state)
    }
  }

  /// Another program may have chosen another template for the conversation.
  private func followTemplate(_ state: inout AppState) {
    guard session.conversation.template != usedTemplate, let model, !session.isGenerating else { return }
    use(model, state: &state)
  }

  private func end(_ state: inout AppState) {
    state.chat.prefill = nil
    refresh(&state)
    // The session may be a moment behind its own last event.
    state.chat.busy = false
    followTemplate(&state)
    for i in state.chat.messages.indices { state.chat.messages[i].streaming = false }
  }

  private func append(_ text: String, to id: Int, _ state: inout AppState, _ change: (inout ChatMessage) -> Void) {
    guard let index = state.chat.messages.indices.last, state.chat.messages[index].id == String(id) else { return }
    state.chat.messages[index].text += text
    state.chat.messages[index].version += 1
    state.chat.messages[index].streaming = true
    change(&state.chat.messages[index])
  }
}
