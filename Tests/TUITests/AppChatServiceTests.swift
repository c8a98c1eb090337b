import Chat
import Core
import TestSupport
import Testing
import TUI

/// The conversation between screen, session and a real (small) model.
@Suite struct AppChatServiceTests {
  private final class Desk {
    let inbox = Mailbox<AppMessage>()
    let chat: ChatService
    var state = AppState(size: Size(100, 30))
    let transcript = Transcript()

    init(_ folder: TemporaryFolder, model: LoadedModel?) {
      chat = ChatService(inbox: inbox, wake: {}, store: folder.file("conversations.sqlite"))
      if let model {
        state.chat.model = .ready
        chat.use(model, state: &state)
        var greedy = GenerateParameters.greedy
        greedy.maxTokens = 12
        chat.perform(.setSampling(greedy), state: &state)
      }
    }

    /// Lets things happen until no reply is being made.
    func settle() {
      repeat {
        _ = chat.drain(into: &state, now: 0)
        _ = Frame.render(&state, theme: .midnight, transcript: transcript)
      } while state.chat.busy
    }

    /// The next message from a background thread.
    func message() -> AppMessage? { inbox.receive() }
  }

  @Test func chatsRegeneratesBranchesAndReopens() throws {
    guard let path = Fixtures.path("models/chatlet") else { return }
    let folder = TemporaryFolder()
    let model = try LoadedModel.load(path, threads: 1)
    let desk = Desk(folder, model: model)
    desk.chat.perform(.send("Hello"), state: &desk.state)
    desk.settle()
    #expect(desk.state.chat.messages.map(\.role) == [.user, .assistant])
    let first = desk.state.chat.messages[1]
    #expect(!first.text.isEmpty && !first.streaming)
    #expect(first.marks.map(\.text).joined().hasPrefix(first.text.prefix(8)))
    #expect(first.marks.allSatisfy { $0.top.count == 10 })

    desk.chat.perform(.regenerate(message: first.id), state: &desk.state)
    desk.settle()
    #expect(desk.state.chat.messages[1].siblings == 2)
    #expect(desk.state.chat.messages[1].text == first.text, "greedy replies repeat")
    desk.chat.perform(.switchSibling(message: desk.state.chat.messages[1].id, by: -1), state: &desk.state)
    #expect(desk.state.chat.messages[1].id == first.id)

    desk.chat.perform(.edit(message: desk.state.chat.messages[0].id, text: "Hello there"), state: &desk.state)
    desk.settle()
    #expect(desk.state.chat.messages[0].text == "Hello there")
    #expect(desk.state.chat.messages[0].siblings == 2)
    desk.chat.perform(.showRaw(true), state: &desk.state)
    #expect(desk.state.chat.raw?.contains("<|im_start|>user\nHello there<|im_end|>") == true)

    let id = desk.state.chat.conversation
    desk.chat.close()
    let again = Desk(folder, model: nil)
    again.chat.open(conversation: id)
    guard case .conversationOpened(let conversation)? = again.message() else {
      Issue.record("the conversation was not found again")
      return
    }
    again.chat.show(conversation, state: &again.state)
    #expect(again.state.chat.messages.map(\.text) == desk.state.chat.messages.map(\.text))
    again.chat.close()
  }

  @Test func withoutAModelItSaysSo() {
    let folder = TemporaryFolder()
    let desk = Desk(folder, model: nil)
    desk.chat.perform(.send("Hello"), state: &desk.state)
    #expect(desk.state.toast?.tone == .warning)
    #expect(!desk.state.chat.busy)
    desk.chat.open(conversation: "no-such-conversation")
    guard case .failed? = desk.message() else {
      Issue.record("nothing was said about a conversation that is not there")
      return
    }
    desk.chat.close()
  }
}
