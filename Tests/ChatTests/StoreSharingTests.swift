import Chat
import Core
import Foundation
import GRDB
import TestSupport
import Testing

/// Two programs in one store, stores that cannot be written for a while, drafts.
@Suite struct StoreSharingTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("conversations.sqlite") }

  /// A program of its own: store, session, and somebody who reads its events.
  private final class Desk {
    let session: ChatSession
    var notices: [String] = []
    init(_ path: String, _ conversation: Conversation, says words: [String] = ["yes"]) throws {
      session = ChatSession(backend: ScriptedBackend(words), store: ConversationStore(path: path))
      try session.open(conversation)
    }
    func say(_ text: String) throws {
      try session.send(text)
      var isDone = false
      wait { event in
        if case .done = event { isDone = true }
        return isDone
      }
      #expect(isDone)
      session.wait()
    }

    /// Takes events in until one is the last; for a while.
    func wait(for isLast: (ChatEvent) -> Bool) {
      for _ in 0..<3000 {
        var isOver = false
        for event in session.events.drain() {
          if case .notice(let text) = event { notices.append(text) }
          if isLast(event) { isOver = true }
        }
        if isOver { return }
        usleep(10_000)
      }
    }
  }

  private func whole(_ id: String) throws -> Conversation {
    try #require(try ConversationStore(path: path).load(id))
  }

  @Test func twoProgramsInOneConversationMakeBranches() throws {
    var c = Conversation()
    c.append(.user, "before")
    c.append(.assistant, "so far")
    try ConversationStore(path: path).save(c)
    let a = try Desk(path, c, says: ["from a"])
    let b = try Desk(path, c, says: ["from b"])
    try a.say("a1")
    try b.say("b1")
    try a.say("a2")
    try b.say("b2")
    let stored = try whole(c.id)
    #expect(stored.nodes.count == 10)
    #expect(Set(stored.children(of: c.leaf).compactMap { stored[$0]?.content }) == ["a1", "b1"])
    #expect(a.session.conversation.path.map(\.content) == ["before", "so far", "a1", "from a!", "a2", "from a!"])
    // Each took in what the other had written by then, as a branch.
    #expect(b.session.conversation.nodes.count == 10)
    #expect(b.session.conversation.path.map(\.content) == ["before", "so far", "b1", "from b!", "b2", "from b!"])
  }

  @Test func aTitleSetElsewhereStays() throws {
    var c = Conversation()
    c.append(.user, "x")
    try ConversationStore(path: path).save(c)
    let a = try Desk(path, c)
    let b = try Desk(path, c)
    try a.say("one")
    b.session.rename("Named by b")
    b.session.wait()
    try a.say("two")
    try a.say("three")
    try a.session.setSystem("Be a.")
    a.session.wait()
    try b.say("four")
    let stored = try whole(c.id)
    #expect(stored.title == "Named by b" && stored.system == "Be a.")
    #expect(stored.nodes.count == 9)
  }

  @Test func aConversationDeletedElsewhereIsWrittenAgainWhole() throws {
    let a = try Desk(path, Conversation())
    try a.say("one")
    let id = a.session.conversation.id
    try ConversationStore(path: path).delete(id)
    try a.say("two")
    #expect(try whole(id).path.map(\.content) == ["one", "yes!", "two", "yes!"])
    if a.notices.isEmpty { a.wait { _ in !a.notices.isEmpty } }
    #expect(a.notices.first?.contains("deleted elsewhere") == true)
  }

  @Test func aMessageDeletedElsewhereComesBackWithWhatHangsOnIt() throws {
    let a = try Desk(path, Conversation())
    try a.say("one")
    let b = try Desk(path, a.session.conversation)
    let first = try #require(a.session.conversation.path.first?.id)
    let removed = try b.session.remove(first)
    b.session.wait()
    #expect(removed.count == 2)
    #expect(try ConversationStore(path: path).load(a.session.conversation.id)?.nodes.isEmpty == true)
    try a.say("two")
    #expect(try whole(a.session.conversation.id).path.map(\.content) == ["one", "yes!", "two", "yes!"])
  }

  @Test func anImportedConversationIsSavedWithItsPast() throws {
    var c = Conversation()
    c.append(.user, "from a file")
    c.append(.assistant, "yes")
    let a = try Desk(path, c)
    try a.say("more")
    #expect(try whole(c.id).path.map(\.content) == ["from a file", "yes", "more", "yes!"])
  }

  @Test func theFileSetAsideOrRemovedIsNotWrittenTo() throws {
    let a = try Desk(path, Conversation())
    try a.say("one")
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.moveItem(atPath: path + suffix, toPath: folder.file("aside") + suffix)
    }
    try a.say("two")
    #expect(try whole(a.session.conversation.id).nodes.count == 4)
  }

  @Test func deletingAndTakingBack() throws {
    let a = try Desk(path, Conversation())
    try a.say("one")
    try a.say("two")
    let before = a.session.conversation
    let third = before.path[2].id
    let removed = try a.session.remove(third)
    a.session.wait()
    #expect(try whole(before.id).path.map(\.content) == ["one", "yes!"])
    try a.session.restore(removed)
    a.session.wait()
    #expect(try whole(before.id) == a.session.conversation)
    #expect(a.session.conversation.path == before.path)
  }

  /// Another program holds the lock through several messages: they are kept, tried again, and none lacks its parent.
  @Test func whatCouldNotBeSavedIsSavedLater() throws {
    let a = try Desk(path, Conversation())
    try a.say("one")
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let holder = try DatabaseQueue(path: path, configuration: configuration)
    try holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    try a.say("two")
    #expect(a.session.saver?.unsaved?.messages == 2)
    #expect(a.session.saver?.unsaved?.reason.contains("locked") == true)
    // Another conversation is opened meanwhile; the first is not forgotten.
    let id = a.session.conversation.id
    try a.session.open(Conversation())
    #expect(a.session.saver?.unsavedConversation(id)?.nodes.count == 4)
    try holder.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    a.session.wait()
    #expect(a.session.saver?.unsaved == nil)
    #expect(try whole(id).path.map(\.content) == ["one", "yes!", "two", "yes!"])
  }

  /// The program has to leave while the store is locked: what it knew is kept beside it, and taken in by the next.
  @Test func whatIsNotSavedWhenLeavingIsTakenInNextTime() throws {
    let a = try Desk(path, Conversation())
    try a.say("one")
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let holder = try DatabaseQueue(path: path, configuration: configuration)
    try holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    try a.say("two")
    a.session.saver?.save(Draft(conversation: "new", text: "typed"), owned: false)
    let told = try #require(a.session.leave())
    #expect(told.contains("unsaved-"))
    try holder.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    let next = ConversationStore(path: path)
    #expect(try next.load(a.session.conversation.id)?.path.map(\.content) == ["one", "yes!", "two", "yes!"])
    #expect(next.takeNotice()?.contains("saved now: 1 conversation.") == true)
    #expect(try next.abandonedDraft()?.text == "typed")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains("unsaved") }
    #expect(left.isEmpty)
  }

  @Test func aConversationOpenedAgainHasWhatWasNotSaved() throws {
    let a = try Desk(path, Conversation())
    try a.say("one")
    let id = a.session.conversation.id
    let stored = try whole(id)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let holder = try DatabaseQueue(path: path, configuration: configuration)
    try holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    try a.say("two")
    try a.session.open(Conversation())
    try a.session.open(stored)
    #expect(a.session.conversation.path.map(\.content) == ["one", "yes!", "two", "yes!"])
    try holder.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    a.session.wait()
    #expect(try whole(id).nodes.count == 4)
  }

  @Test func searchLooksIntoTextsInAnyScript() throws {
    let store = ConversationStore(path: path)
    var c = Conversation()
    c.title = "Weather"
    c.append(.user, String(repeating: "long ago ", count: 40) + "ЭТО Überraschung 100% \\_" + " and on")
    try store.save(c)
    for words in ["это", "über", "100% \\_", "LONG AGO", "weath"] {
      #expect(try store.list(search: words).map(\.id) == [c.id], "\(words)")
    }
    #expect(try store.list(search: "100_").isEmpty)
    let excerpt = try #require(try store.list(search: "ÜBERRASCHUNG").first?.excerpt)
    #expect(excerpt.contains("Überraschung") && excerpt.hasPrefix("…"))
    #expect(try store.list(search: "weath").first?.excerpt == nil)
  }

  @Test func draftsAreKeptByConversation() throws {
    let store = ConversationStore(path: path)
    try store.save(Draft(conversation: "one", text: "not sent\0\u{1B}", editing: 1 << 40))
    try store.save(Draft(conversation: "two", text: "other"))
    let again = ConversationStore(path: path)
    #expect(try again.draft(of: "one") == Draft(conversation: "one", text: "not sent\0\u{1B}", editing: 1 << 40))
    // This process still types them.
    let own = try again.abandonedDraft()
    #expect(own == nil)
    try store.save(Draft(conversation: "two", text: "other"), owned: false)
    #expect(try again.abandonedDraft()?.text == "other")
    // One whose conversation has begun belongs there.
    var c = Conversation(id: "two")
    c.append(.user, "sent")
    try store.save(c)
    let begun = try again.abandonedDraft()
    #expect(begun == nil)
    #expect(try again.list().first?.draft == "other")
    try store.save(Draft(conversation: "two", text: ""))
    let gone = try again.draft(of: "two")
    #expect(gone == nil)
  }

  @Test func aDraftOfAKilledProgramIsFound() throws {
    let store = ConversationStore(path: path)
    try store.save(Draft(conversation: "one", text: "typed"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "exit 0"]
    try process.run()
    process.waitForEnd()
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "UPDATE draft SET owner = ?", arguments: [process.processIdentifier]) }
    #expect(try store.abandonedDraft()?.text == "typed")
  }
}

/// Messages that do not fit.
@Suite struct LongMessageTests {
  /// A token a letter, ten around each conversation.
  final class LetterBackend: ChatBackend, @unchecked Sendable {
    let name = "letters"
    let contextLength = 300
    func tokens(of request: ChatRequest) -> Int? {
      10 + request.system.count + request.turns.reduce(0) { $0 + $1.content.count }
    }
    func reply(to request: ChatRequest, isCancelled: () -> Bool, onEvent: (BackendEvent) -> Void) {
      onEvent(.prompt(RenderedConversation(), tokens: 1))
      onEvent(.generation(.done(.stop, GenerationTimings())))
    }
  }

  @Test func areRefusedBeforeTheyAreSentWithTheirNumbers() throws {
    let session = ChatSession(backend: LetterBackend())
    try session.setSystem("12345")
    let fits = String(repeating: "x", count: 284)
    #expect(!session.surelyFits(fits))
    try session.check(fits)
    #expect(throws: ChatError.tooLong(tokens: 285, fits: 284)) { try session.send(fits + "x") }
    #expect(session.conversation.isEmpty)
    try session.send(fits)
    session.wait()
    let first = try #require(session.conversation.path.first?.id)
    #expect(throws: ChatError.tooLong(tokens: 286, fits: 284)) { try session.edit(first, to: fits + "xx") }
    #expect(session.conversation.nodes.count == 2)
  }
}
