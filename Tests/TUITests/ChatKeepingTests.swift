import Chat
import Core
import Foundation
import GRDB
import TestSupport
import Testing
import TUI

/// Drafts, deletions and messages that do not fit, through the service that the screen uses.
@Suite struct ChatKeepingTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("conversations.sqlite") }

  private final class Desk {
    let inbox = Mailbox<AppMessage>()
    let chat: ChatService
    var state = AppState(size: Size(100, 30))

    init(_ path: String) { chat = ChatService(inbox: inbox, wake: {}, store: path) }

    /// Takes in what background threads say until something is so; for a while.
    func wait(until isSo: (AppState) -> Bool, _ location: SourceLocation = #_sourceLocation) {
      for _ in 0..<3000 {
        for message in inbox.drain() {
          if case .conversationOpened(let conversation) = message {
            chat.show(conversation, state: &state)
          } else {
            chat.take(message, state: &state)
          }
        }
        _ = chat.drain(into: &state, now: 0)
        if isSo(state) { return }
        usleep(10_000)
      }
      Issue.record("it did not come about", sourceLocation: location)
    }

    func leave() {
      chat.leaveDraft(of: state)
      chat.close()
    }
  }

  private func stored(_ texts: String...) throws -> Conversation {
    var c = Conversation()
    for (i, text) in texts.enumerated() { c.append(i % 2 == 0 ? .user : .assistant, text) }
    try ConversationStore(path: path).save(c)
    return c
  }

  @Test func aDraftOfANewConversationComesBack() throws {
    let first = Desk(path)
    first.state.composer.insert("not sent yet")
    first.leave()
    let second = Desk(path)
    second.chat.open(conversation: nil)
    second.wait { !$0.composer.isEmpty }
    #expect(second.state.composer.text == "not sent yet")
    // It was taken out again: nothing is left of it.
    second.state.composer.clear()
    second.chat.keepDraft(of: second.state)
    second.leave()
    let left = try ConversationStore(path: path).abandonedDraft()
    #expect(left == nil)
  }

  @Test func eachConversationHasItsDraft() throws {
    let (one, two) = (try stored("one"), try stored("two"))
    let desk = Desk(path)
    desk.chat.show(one, state: &desk.state)
    desk.state.composer.insert("draft of one")
    desk.chat.show(two, state: &desk.state)
    #expect(desk.state.composer.isEmpty)
    desk.state.composer.insert("draft of two")
    desk.chat.show(one, state: &desk.state)
    desk.wait { !$0.composer.isEmpty }
    #expect(desk.state.composer.text == "draft of one")
    desk.leave()
    let store = ConversationStore(path: path)
    #expect(try store.draft(of: one.id)?.text == "draft of one")
    #expect(try store.draft(of: two.id)?.text == "draft of two")
  }

  @Test func anEditComesBackAsAnEdit() throws {
    let one = try stored("question", "answer")
    let first = Desk(path)
    first.chat.show(one, state: &first.state)
    let message = try #require(one.path.first)
    first.state.chat.editing = String(message.id)
    first.state.composer.insert("question, edited")
    first.leave()
    let second = Desk(path)
    second.chat.show(one, state: &second.state)
    second.wait { !$0.composer.isEmpty }
    #expect(second.state.composer.text == "question, edited")
    #expect(second.state.chat.editing == String(message.id))
    second.leave()
  }

  @Test func whatCannotBeSentStaysInTheBox() {
    let desk = Desk(path)
    desk.chat.perform(.send("without a model"), state: &desk.state)
    #expect(desk.state.composer.text == "without a model")
    desk.chat.close()
  }

  @Test func aMessageLongerThanTheContextStaysInTheBox() throws {
    guard let model = Fixtures.path("models/chatlet") else { return }
    let desk = Desk(path)
    var options = LoadedModel.Options()
    options.threads = 1
    options.context = 96
    desk.state.chat.model = .ready
    desk.chat.use(try LoadedModel(files: ModelFiles.open(model), options: options), state: &desk.state)
    let text = String(repeating: "word ", count: 100)
    desk.chat.perform(.send(text), state: &desk.state)
    #expect(desk.state.chat.busy)
    desk.wait { !$0.chat.busy }
    #expect(desk.state.composer.text == text)
    #expect(desk.state.chat.messages.isEmpty)
    guard case .dialog(let dialog)? = desk.state.overlays.last else {
      Issue.record("nothing was said")
      return
    }
    // "word" and " word" are two tokens each at most here; the numbers are those of the tokenizer.
    let numbers = dialog.body.split { !$0.isNumber }.compactMap { Int($0) }
    #expect(numbers.count == 2 && numbers[0] > numbers[1] && numbers[1] < 96 && numbers[1] > 60)
    desk.chat.close()
  }

  @Test func deletionsAreTakenBackInTurn() throws {
    let one = try stored("question", "answer", "more", "yes")
    let desk = Desk(path)
    desk.chat.show(one, state: &desk.state)
    desk.chat.perform(.deleteMessage(desk.state.chat.messages[2].id), state: &desk.state)
    #expect(desk.state.chat.messages.map(\.text) == ["question", "answer"])
    desk.chat.perform(.deleteConversation(one.id), state: &desk.state)
    #expect(desk.state.chat.messages.isEmpty)
    // The store is not looked into meanwhile: who asks without pause keeps others from writing.
    desk.wait { _ in desk.chat.deletionCount == 2 }
    let gone = try ConversationStore(path: path).load(one.id)
    #expect(gone == nil)
    desk.chat.perform(.undoDeletion, state: &desk.state)
    desk.wait { !$0.chat.messages.isEmpty }
    #expect(desk.state.chat.messages.map(\.text) == ["question", "answer"])
    desk.chat.perform(.undoDeletion, state: &desk.state)
    #expect(desk.state.chat.messages.map(\.text) == ["question", "answer", "more", "yes"])
    desk.chat.perform(.undoDeletion, state: &desk.state)
    #expect(desk.state.toast?.tone == .warning)
    desk.chat.close()
    #expect(try ConversationStore(path: path).load(one.id)?.path.map(\.content) == one.path.map(\.content))
  }

  @Test func aSignStaysAsLongAsNothingIsSaved() throws {
    let model = Fixtures.path("models/chatlet")
    guard let model else { return }
    let one = try stored("question", "answer")
    let desk = Desk(path)
    desk.chat.use(try LoadedModel.load(model, threads: 1), state: &desk.state)
    desk.chat.show(one, state: &desk.state)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let holder = try DatabaseQueue(path: path, configuration: configuration)
    try holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    desk.chat.perform(.setSystem("Be brief."), state: &desk.state)
    desk.wait { $0.chat.unsaved != nil }
    #expect(desk.state.chat.unsaved?.reason.contains("locked") == true)
    #expect(!desk.state.overlays.isEmpty)
    try holder.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    desk.wait { $0.chat.unsaved == nil }
    #expect(try ConversationStore(path: path).load(one.id)?.system == "Be brief.")
    desk.chat.close()
  }
}
