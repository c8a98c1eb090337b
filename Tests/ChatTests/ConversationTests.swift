import Chat
import Core
import Testing

@Suite struct ConversationTests {
  @Test func growsAlongThePath() {
    var c = Conversation()
    c.system = "Be brief."
    c.append(.user, "one")
    c.append(.assistant, "two")
    #expect(c.path.map(\.content) == ["one", "two"])
    #expect(c.messages == [Message(.system, "Be brief."), Message(.user, "one"), Message(.assistant, "two")])
    #expect(c.displayTitle == "one")
  }

  @Test func editingMakesASibling() throws {
    var c = Conversation()
    let question = c.append(.user, "q1")
    c.append(.assistant, "a1")
    let version = c.edit(question, to: "q2")
    let edited = try #require(version)
    #expect(c.path.map(\.content) == ["q2"])
    #expect(c.siblings(of: edited) == [question, edited])
    #expect(c.position(of: edited).index == 2)
    c.append(.assistant, "a2")
    // Back to the first version: the path goes on as it did.
    c.selectSibling(of: edited, offset: -1)
    #expect(c.path.map(\.content) == ["q1", "a1"])
    let round = c.selectSibling(of: question, offset: -1)
    #expect(round == edited)
    #expect(c.path.map(\.content) == ["q2", "a2"])
  }

  @Test func askingAgainMakesASibling() {
    var c = Conversation()
    let q = c.append(.user, "q")
    let first = c.append(.assistant, "a1")
    let second = c.insert(.assistant, "a2", under: q)
    #expect(c.children(of: q) == [first, second])
    #expect(c.path.map(\.content) == ["q", "a2"])
    #expect(c.path(to: first).map(\.content) == ["q", "a1"])
  }

  @Test func removingTakesWhatFollows() {
    var c = Conversation()
    let q = c.append(.user, "q")
    let first = c.append(.assistant, "a1")
    let second = c.insert(.assistant, "a2", under: q)
    c.append(.user, "more")
    let removed = c.remove(second)
    #expect(removed.count == 2)
    #expect(c.path.map(\.id) == [q, first])
    #expect(c.nodes.count == 2)
  }

  @Test func idsDiffer() {
    #expect(Set((0..<200).map { _ in Conversation.freshID() }).count == 200)
  }
}
