import Chat
import Core
import Foundation
import TestSupport
import Testing

@Suite struct ConversationStoreTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("sub/conversations.sqlite") }

  func sample() -> Conversation {
    var c = Conversation()
    c.system = "Be brief."
    let q = c.append(.user, "What is a 100% fox\0\u{1B}[31m?")
    var reply = ReplyRecord(model: "chatlet", parameters: .greedy)
    reply.ids = [1, 2, 3]
    reply.logprobs = [-0.5, -.infinity, -1.25]
    reply.finish = .stop
    c.append(.assistant, "An animal.", reply: reply)
    c.insert(.assistant, "A canine. 鸟", under: q)
    return c
  }

  @Test func reopensWhatItSaved() throws {
    let c = sample()
    try ConversationStore(path: path).save(c)
    let loaded = try #require(try ConversationStore(path: path).load(c.id))
    #expect(loaded == c)
    let absent = try ConversationStore(path: path).load("absent")
    #expect(absent == nil)
  }

  @Test func keepsWhatStreamedWithoutBeingClosed() throws {
    let store = ConversationStore(path: path)
    var c = Conversation()
    let q = c.append(.user, "Tell me")
    var known = try store.save(ConversationChanges(c, messages: [q]), knowing: nil).stored
    let a = c.append(.assistant, "", reply: ReplyRecord(model: "m", parameters: .greedy))
    known = try store.save(ConversationChanges(c, messages: [a]), knowing: known).stored
    c.update(a) { $0.content = "Once upon" }
    _ = try store.save(ConversationChanges(c, texts: [a]), knowing: known)
    // Another process reads while the first still holds the file, as after kill −9: nothing was closed.
    let seen = try #require(try ConversationStore(path: path).load(c.id))
    #expect(seen.path.map(\.content) == ["Tell me", "Once upon"])
    #expect(seen[a]?.reply?.finish == nil)
    withExtendedLifetime(store) {}
  }

  @Test func remembersTheBranchChosen() throws {
    let store = ConversationStore(path: path)
    var c = sample()
    try store.save(c)
    let leaf = try #require(c.leaf)
    c.selectSibling(of: leaf, offset: -1)
    _ = try store.save(ConversationChanges(c), knowing: nil)
    #expect(try store.load(c.id)?.path.last?.content == "An animal.")
  }

  @Test func listsSearchesRenamesDeletes() throws {
    let store = ConversationStore(path: path)
    #expect(try store.list().isEmpty)
    var old = sample()
    old.updated = 1
    var new = Conversation()
    new.append(.user, "Count to ten")
    try store.save(old)
    try store.save(new)
    #expect(try store.list().map(\.id) == [new.id, old.id])
    #expect(try store.latest() == new.id)
    #expect(try store.list(search: "CANINE").map(\.id) == [old.id])
    #expect(try store.list(search: "100% f").map(\.id) == [old.id])
    #expect(try store.list(search: "_").isEmpty)
    #expect(try store.list(limit: 1, offset: 1).map(\.id) == [old.id])
    try store.rename(new.id, to: "Numbers")
    #expect(try store.list(search: "numbers").map(\.title) == ["Numbers"])
    try store.delete(old.id)
    #expect(try store.list().count == 1)
    let gone = try store.load(old.id)
    #expect(gone == nil)
  }

  @Test func movesADamagedFileAside() throws {
    try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: true)
    let damage = Data("this is no database, but it is long enough to look like one".utf8)
    try damage.write(to: URL(fileURLWithPath: path))
    let store = ConversationStore(path: path)
    #expect(try store.list().isEmpty)
    let notice = try #require(store.takeNotice())
    #expect(notice.contains("nothing could be read") && notice.contains("damaged-"))
    #expect(store.takeNotice() == nil)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.file("sub"))
    let aside = try #require(files.first { $0.contains("damaged-") })
    #expect(FileManager.default.contents(atPath: folder.file("sub/" + aside)) == damage)
    let c = sample()
    try store.save(c)
    #expect(try store.load(c.id) == c)
  }

  @Test func saysInOneSentenceWhatCannotBe() throws {
    let store = ConversationStore(path: "/proc/nowhere/conversations.sqlite")
    #expect(throws: StoreError.self) { _ = try store.list() }
  }
}
