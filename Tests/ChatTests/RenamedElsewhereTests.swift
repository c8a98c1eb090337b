import Chat
import Core
import Foundation
import TestSupport
import Testing

/// What another program says of a conversation that is open here.
@Suite struct RenamedElsewhereTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("conversations.sqlite") }

  private func session(_ conversation: Conversation) throws -> ChatSession {
    let session = ChatSession(store: ConversationStore(path: path))
    try session.open(conversation)
    return session
  }

  private func stored() throws -> Conversation {
    var c = Conversation()
    c.append(.user, "hello")
    c.title = "first"
    try ConversationStore(path: path).save(c)
    return c
  }

  private func wait(
    _ session: ChatSession, until isSo: (ChatEvent) -> Bool, _ location: SourceLocation = #_sourceLocation
  ) {
    for _ in 0..<2000 {
      if session.events.drain().contains(where: isSo) { return }
      usleep(5_000)
    }
    Issue.record("it was not told", sourceLocation: location)
  }

  private func isRenamed(_ event: ChatEvent) -> Bool { if case .renamed = event { true } else { false } }

  @Test func aTitleGivenElsewhereIsSeen() throws {
    let c = try stored()
    let a = try session(c)
    try ConversationStore(path: path).rename(c.id, to: "second")
    a.lookForChanges()
    wait(a, until: isRenamed)
    #expect(a.conversation.title == "second")
    // Nothing new is nothing told.
    a.lookForChanges()
    a.wait()
    #expect(!a.events.drain().contains(where: isRenamed))
    // It stays when something else is saved here, and goes when it is changed here.
    try a.setSystem("be brief")
    a.wait()
    #expect(try ConversationStore(path: path).load(c.id)?.title == "second")
    a.rename("first")
    a.wait()
    #expect(try ConversationStore(path: path).load(c.id)?.title == "first")
  }

  @Test func aSaveFindsItToo() throws {
    let c = try stored()
    let a = try session(c)
    let b = try session(c)
    try b.setTemplate("raw")
    b.rename("by b")
    b.wait()
    try a.setSystem("by a")
    a.wait()
    wait(a, until: isRenamed)
    #expect(a.conversation.title == "by b" && a.conversation.template == "raw" && a.conversation.system == "by a")
    // What is said here after that is ours again, whatever it was before.
    a.rename("first")
    a.wait()
    let now = try #require(try ConversationStore(path: path).load(c.id))
    #expect(now.title == "first" && now.template == "raw" && now.system == "by a")
  }

  @Test func aMessageWrittenElsewhereIsABranchHere() throws {
    let c = try stored()
    let a = try session(c)
    a.lookForChanges()
    a.wait()
    var other = try #require(try ConversationStore(path: path).load(c.id))
    other.append(.assistant, "from elsewhere")
    try ConversationStore(path: path).save(other)
    a.lookForChanges()
    wait(a) { if case .changed = $0 { true } else { false } }
    #expect(a.conversation.nodes.values.contains { $0.content == "from elsewhere" })
  }
}
