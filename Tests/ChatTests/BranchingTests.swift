import Chat
import Core
import Foundation
import TestSupport
import Testing

/// A reply that takes another token at some place and goes on from there.
@Suite struct BranchingTests {
  private func session(_ parameters: GenerateParameters) throws -> ChatSession? {
    guard let path = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return nil }
    let backend = try LocalBackend(LoadedModel.load(path, threads: 1))
    return ChatSession(backend: backend, parameters: parameters)
  }

  private var greedy: GenerateParameters {
    var parameters = GenerateParameters.greedy
    parameters.maxTokens = 16
    parameters.topLogprobs = 5
    return parameters
  }

  private func settle(_ session: ChatSession) {
    while let event = session.events.receive() {
      if case .done = event { return }
      if case .failed(_, let why) = event {
        Issue.record("\(why)")
        return
      }
    }
  }

  @Test func theReplyIsThePrefixTheOtherTokenAndWhatTheModelSaysThen() throws {
    guard let session = try session(greedy), let backend = session.backend as? LocalBackend else { return }
    try session.send("Hello! Who are you?")
    settle(session)
    let old = try #require(session.conversation.path.last)
    let record = try #require(old.reply)
    #expect(record.ids.count > 4)
    #expect(record.entropies?.count == record.ids.count && record.ranks == record.ids.map { _ in 1 }, "greedy: rank 1")
    for (entropy, top) in zip(record.entropies ?? [], record.top) {
      // At least what the known tokens bring, at most as if the rest were spread over the vocabulary.
      let known = top.reduce(0.0) { $0 - Double($1.logprob) * exp(Double($1.logprob)) }
      #expect(Double(entropy) >= known - 1e-3)
    }

    let end = backend.tokenizer.specialTokens.endOfGeneration
    let place = 3
    let other = try #require(record.top[place].first { $0.id != record.ids[place] && !end.contains($0.id) })
    let id = try session.branch(old.id, keeping: place, then: other.id)
    settle(session)
    let node = try #require(session.conversation[id])
    let new = try #require(node.reply)
    #expect(session.conversation.siblings(of: id) == [old.id, id])
    #expect(session.conversation.path.last?.id == id)
    #expect(Array(new.ids.prefix(place + 1)) == Array(record.ids.prefix(place)) + [other.id])
    #expect(new.logprobs[place] == other.logprob && new.ranks?[place] ?? 0 > 1)
    #expect(new.logprobs.count == new.ids.count && new.top.count == new.ids.count)
    #expect(new.ids.count <= 16, "what was kept counts in the length")
    #expect(session.conversation[old.id]?.content == old.content)
    // From exactly those ids: the generator alone, given them as a prompt, says the same.
    let prompt = try backend.rendered(
      ChatRequest(
        system: "", turns: session.conversation.path(to: old.parent), contextStart: nil, parameters: greedy)
    ).encode(with: backend.tokenizer)
    var said: [TokenID] = []
    var parameters = greedy
    parameters.maxTokens = 16 - place - 1
    Generator(engine: backend.model.engine, tokenizer: backend.tokenizer).generate(
      prompt: prompt + new.ids.prefix(place + 1), pages: backend.model.engine.makePages(), parameters: parameters
    ) { if case .token(let token) = $0 { said.append(token.id) } }
    #expect(Array(new.ids.dropFirst(place + 1)) == said)
    #expect(node.content.utf8.elementsEqual(backend.tokenizer.decode(new.ids, skipSpecialTokens: true).utf8))
  }

  @Test func theSameTokenGivesTheSameReply() throws {
    guard let session = try session(greedy) else { return }
    try session.send("Hello!")
    settle(session)
    let old = try #require(session.conversation.path.last)
    let ids = try #require(old.reply?.ids)
    let id = try session.branch(old.id, keeping: 2, then: ids[2])
    settle(session)
    #expect(session.conversation[id]?.reply?.ids == ids)
    #expect(session.conversation[id]?.content == old.content)
  }

  @Test func theEndTokenEndsTheReplyThere() throws {
    guard let session = try session(greedy), let backend = session.backend as? LocalBackend else { return }
    try session.send("Hello!")
    settle(session)
    var conversation = session.conversation
    let old = try #require(conversation.path.last)
    let end = try #require(backend.tokenizer.specialTokens.endOfGeneration.first)
    conversation.update(old.id) { $0.reply?.top[2][4] = TokenAlternative(id: end, logprob: -4) }
    try session.open(conversation)
    let id = try session.branch(old.id, keeping: 2, then: end)
    settle(session)
    let new = try #require(session.conversation[id]?.reply)
    #expect(new.ids == Array(old.reply?.ids.prefix(2) ?? []))
    #expect(new.finish == .stop)
  }

  @Test func whatIsNotKnownIsRefused() throws {
    guard let session = try session(greedy) else { return }
    try session.send("Hello!")
    settle(session)
    var conversation = session.conversation
    let reply = try #require(conversation.path.last)
    #expect(throws: ChatError.nothingToReplyTo) { try session.branch(reply.id, keeping: 999, then: 1) }
    #expect(throws: ChatError.nothingToReplyTo) { try session.branch(reply.id, keeping: 0, then: -1) }
    conversation.update(reply.id) { $0.reply?.model = "somebody else" }
    try session.open(conversation)
    #expect(throws: ChatError.writtenByAnother("somebody else")) {
      try session.branch(reply.id, keeping: 0, then: reply.reply?.top[0][1].id ?? 0)
    }
  }
}
