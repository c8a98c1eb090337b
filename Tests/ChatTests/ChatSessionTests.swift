import Chat
import Core
import Synchronization
import TestSupport
import Testing

/// Replies with the words it was given, and can wait for a word to be let go.
final class ScriptedBackend: ChatBackend, @unchecked Sendable {
  let name = "script"
  let contextLength = 100
  let words: [String]
  let requests = Mutex<[ChatRequest]>([])
  /// Endless: goes on until it is stopped.
  let isEndless: Bool

  init(_ words: [String], endless: Bool = false) {
    self.words = words
    isEndless = endless
  }

  func tokens(of request: ChatRequest) -> Int? { request.turns.count * 10 }

  func reply(to request: ChatRequest, isCancelled: () -> Bool, onEvent: (BackendEvent) -> Void) {
    requests.withLock { $0.append(request) }
    onEvent(.prompt(RenderedConversation(), tokens: 10))
    var timings = GenerationTimings()
    repeat {
      for word in words {
        if isCancelled() { return onEvent(.generation(.done(.cancelled, timings))) }
        timings.decodedTokens += 1
        onEvent(.generation(.token(GeneratedToken(id: 7, text: word, logprob: -0.5))))
      }
    } while isEndless
    onEvent(.generation(.text("!")))
    onEvent(.generation(.done(.stop, timings)))
  }
}

@Suite struct ChatSessionTests {
  let folder = TemporaryFolder()

  /// Events up to the final one.
  func events(of session: ChatSession) -> [ChatEvent] {
    var all: [ChatEvent] = []
    while let event = session.events.receive() {
      all.append(event)
      switch event {
      case .done, .failed: return all
      default: break
      }
    }
    return all
  }

  @Test func aReplyGrowsAndIsSaved() throws {
    let store = ConversationStore(path: folder.file("c.sqlite"))
    let session = ChatSession(backend: ScriptedBackend(["Hel", "lo"]), store: store)
    let id = try session.send("Hi")
    let all = events(of: session)
    session.wait()
    #expect(all.first == .started(id))
    #expect(all.contains(.context(used: 10, of: 100)))
    guard case .done(id, .stop, let timings)? = all.last else {
      Issue.record("no final event")
      return
    }
    #expect(timings.decodedTokens == 2)
    let saved = try store.load(session.conversation.id)
    #expect(saved == session.conversation)
    #expect(saved?.path.map(\.content) == ["Hi", "Hello!"])
    #expect(saved?.path.last?.reply?.ids == [7, 7])
    #expect(saved?.path.last?.reply?.finish == .stop)
  }

  @Test func stopsAndKeepsWhatWasSaid() throws {
    let session = ChatSession(backend: ScriptedBackend(["a"], endless: true))
    let id = try session.send("Go")
    #expect(throws: ChatError.busy) { try session.send("more") }
    var said = 0
    while let event = session.events.receive() {
      if case .token = event { said += 1 }
      if said == 5 { session.stop() }
      if case .done(_, let reason, _) = event {
        #expect(reason == .cancelled)
        break
      }
    }
    session.wait()
    #expect((session.conversation[id]?.content.count ?? 0) >= 5)
    #expect(session.conversation[id]?.reply?.finish == .cancelled)
  }

  @Test func regeneratingAndEditingMakeSiblings() throws {
    let backend = ScriptedBackend(["yes"])
    let session = ChatSession(backend: backend)
    let first = try session.send("question")
    _ = events(of: session)
    let second = try session.regenerate()
    _ = events(of: session)
    #expect(session.conversation.siblings(of: second) == [first, second])

    let question = try #require(session.conversation.path.first?.id)
    try session.edit(question, to: "other")
    _ = events(of: session)
    #expect(session.conversation.path.map(\.content) == ["other", "yes!"])
    #expect(backend.requests.withLock { $0.last?.turns.map(\.content) } == ["other"])
    try session.selectSibling(of: try #require(session.conversation.path.first?.id), offset: 1)
    #expect(session.conversation.path.map(\.content) == ["question", "yes!"])
  }

  @Test func refusesWhatItCannotDo() throws {
    let session = ChatSession()
    #expect(throws: ChatError.noModel) { try session.send("Hi") }
    #expect(throws: ChatError.nothingToSend) { try session.send(" \n") }
    session.backend = ScriptedBackend(["x"])
    #expect(throws: ChatError.nothingToReplyTo) { try session.regenerate() }
    #expect(session.conversation.isEmpty)
  }

  @Test func saysWhenItCannotSave() throws {
    let store = ConversationStore(path: "/proc/nowhere/c.sqlite")
    let session = ChatSession(backend: ScriptedBackend(["x"]), store: store)
    try session.send("Hi")
    var isTold = false
    var isDone = false
    while !isTold || !isDone, let event = session.events.receive() {
      if event == .saving { isTold = true }
      if case .done = event { isDone = true }
    }
    session.wait()
    #expect(session.saver?.unsaved?.messages == 2)
    #expect(session.saver?.unsaved?.reason.contains("/proc/nowhere") == true)
  }
}
