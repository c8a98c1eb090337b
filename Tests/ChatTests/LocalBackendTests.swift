import Chat
import Core
import TestSupport
import Testing

/// With the small trained model of the fixtures.
@Suite struct LocalBackendTests {
  func backend(context: Int? = nil) throws -> LocalBackend? {
    guard let path = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return nil }
    return try LocalBackend(LoadedModel.load(path, threads: 1, context: context))
  }

  func talk(_ session: ChatSession) -> (timings: GenerationTimings?, events: [ChatEvent]) {
    var all: [ChatEvent] = []
    while let event = session.events.receive() {
      all.append(event)
      if case .done(_, _, let timings) = event { return (timings, all) }
      if case .failed(_, let why) = event {
        Issue.record("\(why)")
        return (nil, all)
      }
    }
    return (nil, all)
  }

  @Test func onlyNewTokensAreRead() throws {
    guard let backend = try backend() else { return }
    var parameters = GenerateParameters.greedy
    parameters.maxTokens = 12
    let session = ChatSession(backend: backend, parameters: parameters)
    try session.send("Hello!")
    let first = try #require(talk(session).timings)
    #expect(first.reusedTokens == 0)
    try session.send("Who are you?")
    let second = try #require(talk(session).timings)
    // Everything but the end of the reply and the new turn is still there.
    #expect(second.reusedTokens >= first.promptTokens + first.decodedTokens - 1)

    // What was reused changes nothing: a fresh backend says the same.
    let fresh = ChatSession(session.conversation, backend: try self.backend(), parameters: parameters)
    let again = try fresh.regenerate()
    #expect(talk(fresh).timings?.reusedTokens == 0)
    #expect(fresh.conversation[again]?.content == session.conversation.path.last?.content)
    #expect(fresh.conversation[again]?.reply?.ids == session.conversation.path.last?.reply?.ids)
  }

  @Test func branchesStayWarm() throws {
    guard let backend = try backend() else { return }
    var parameters = GenerateParameters.greedy
    parameters.maxTokens = 6
    let session = ChatSession(backend: backend, parameters: parameters)
    let reply = try session.send("Hello!")
    _ = talk(session)
    let question = try #require(session.conversation[reply]?.parent)
    try session.edit(question, to: "Hello there, friend!")
    _ = talk(session)
    // Back on the first branch, its pages are still held.
    try session.select(reply)
    try session.send("More")
    let timings = try #require(talk(session).timings)
    let firstReply = try #require(session.conversation[reply]?.reply)
    #expect(timings.reusedTokens >= firstReply.timings.promptTokens + firstReply.timings.decodedTokens - 1)
  }

  @Test func aFullContextDropsTheOldestTurns() throws {
    guard let backend = try backend(context: 160) else { return }
    var parameters = GenerateParameters.greedy
    parameters.maxTokens = 8
    var conversation = Conversation()
    conversation.system = "Be brief."
    let session = ChatSession(conversation, backend: backend, parameters: parameters)
    var trimmed = 0
    for turn in 0..<12 {
      try session.send("Tell me about number \(turn), please.")
      let (timings, events) = talk(session)
      #expect((timings?.promptTokens ?? 0) + (timings?.decodedTokens ?? 0) <= 160)
      for event in events {
        guard case .trimmed(let dropped) = event else { continue }
        trimmed += 1
        #expect(dropped > 0 && dropped % 2 == 0)
        #expect(timings?.promptTokens ?? 0 <= 96)
      }
    }
    // Dropped down to 60 % at once, it does not happen at every turn.
    #expect((1...6).contains(trimmed))
    let text = try backend.rendered(
      ChatRequest(
        system: "Be brief.", turns: session.conversation.path, contextStart: session.conversation.contextStart,
        parameters: parameters)
    ).text
    #expect(text.contains("Be brief.") && !text.contains("number 0,") && text.contains("number 11,"))
  }

  @Test func aMessageLargerThanTheContextIsRefused() throws {
    guard let backend = try backend(context: 64) else { return }
    let session = ChatSession(backend: backend)
    // Before it is sent; and where it was let pass, by the backend.
    #expect(throws: ChatError.self) { try session.send(String(repeating: "word ", count: 200)) }
    #expect(session.conversation.isEmpty)
    let reply = try session.send(String(repeating: "word ", count: 200), isChecked: true)
    while let event = session.events.receive() {
      if case .failed(reply, let why) = event {
        #expect(why.contains("context holds 64"))
        break
      }
      if case .done = event {
        Issue.record("it should have failed")
        break
      }
    }
  }
}
