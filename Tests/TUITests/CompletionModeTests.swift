import Chat
import Core
import Foundation
import TestSupport
import Testing
import TUI

/// Base models: the text goes on in place.
@Suite struct CompletionModeTests {
  private final class Desk {
    let chat: ChatService
    var state = AppState(size: Size(100, 30))
    let transcript = Transcript()

    init(_ folder: TemporaryFolder, template: String? = nil) {
      chat = ChatService(inbox: Mailbox<AppMessage>(), wake: {}, store: folder.file("conversations.sqlite"))
      chat.chosenTemplate = template
    }

    func use(_ model: LoadedModel) {
      state.chat.model = .ready
      chat.use(model, state: &state)
      var greedy = GenerateParameters.greedy
      greedy.maxTokens = 8
      chat.perform(.setSampling(greedy), state: &state)
    }

    func say(_ text: String) {
      chat.perform(.send(text), state: &state)
      repeat {
        _ = chat.drain(into: &state, now: 0)
        _ = frame()
      } while state.chat.busy
    }

    func frame() -> String {
      HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: transcript).buffer)
    }
  }

  /// The fixtures' model as it would be without a chat template.
  private func base(in folder: TemporaryFolder) throws -> LoadedModel? {
    guard let path = Fixtures.path("models/chatlet") else { return nil }
    let copy = folder.file("base")
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    for name in ["config.json", "model.safetensors", "tokenizer.json"] {
      try FileManager.default.copyItem(atPath: path + "/" + name, toPath: copy + "/" + name)
    }
    let model = try LoadedModel.load(copy, threads: 1)
    #expect(model.chatTemplate == nil && model.tokenizer?.id(of: "<|im_start|>") != nil)
    return model
  }

  @Test func aModelWithoutATemplateGoesOnWithTheText() throws {
    let folder = TemporaryFolder()
    guard let model = try base(in: folder) else { return }
    let desk = Desk(folder)
    desk.use(model)
    #expect(desk.state.chat.isCompletion)
    desk.say("The quick brown")
    let reply = desk.state.chat.messages[1].text
    #expect(!reply.isEmpty)
    // What the model was sent is the text and nothing else.
    desk.chat.perform(.showRaw(true), state: &desk.state)
    #expect(desk.state.chat.raw == "The quick brown" + reply)
    desk.state.chat.raw = nil
    // On the screen it stands in one line, as far as it has no line ends.
    let firstLine = ("The quick brown" + reply).split(separator: "\n", omittingEmptySubsequences: false)[0]
    #expect(desk.frame().contains(firstLine.prefix(60)))
    #expect(!desk.frame().contains("assistant"))
    // The next text goes on where the reply ended.
    desk.say(" and then")
    desk.chat.perform(.showRaw(true), state: &desk.state)
    #expect(desk.state.chat.raw?.hasPrefix("The quick brown" + reply + " and then") == true)
    desk.chat.close()
  }

  @Test func theTemplateIsChosenOnTheScreenAndKeptWithTheConversation() throws {
    let folder = TemporaryFolder()
    guard let model = try base(in: folder) else { return }
    let desk = Desk(folder)
    desk.use(model)
    _ = desk.state.perform(.chooseTemplate)
    _ = desk.state.handle(.paste("chatml"))
    let effects = desk.state.handle(.key(Key(.enter)))
    #expect(effects == [.setTemplate("chatml")])
    for effect in effects { desk.chat.perform(effect, state: &desk.state) }
    #expect(desk.state.chat.template == "chatml" && !desk.state.chat.isCompletion)
    desk.say("Hello")
    desk.chat.perform(.showRaw(true), state: &desk.state)
    #expect(desk.state.chat.raw?.hasPrefix("<|im_start|>user\nHello<|im_end|>") == true)
    // Another conversation is written as the model wants it; this one, opened again, as was chosen.
    let kept = desk.chat.session.conversation
    desk.chat.perform(.newConversation, state: &desk.state)
    #expect(desk.state.chat.isCompletion)
    desk.chat.show(kept, state: &desk.state)
    #expect(desk.state.chat.template == "chatml")
    desk.chat.close()
  }

  @Test func theCommandLineChoosesATemplate() throws {
    guard let path = Fixtures.path("models/chatlet") else { return }
    let folder = TemporaryFolder()
    let model = try LoadedModel.load(path, threads: 1)
    let desk = Desk(folder)
    desk.use(model)
    #expect(!desk.state.chat.isCompletion, "it has a template of its own")
    desk.chat.close()
    let raw = Desk(folder, template: "raw")
    raw.use(model)
    #expect(raw.state.chat.isCompletion)
    raw.chat.close()
  }

  @Test func messagesStandWhereTheTextBeforeThemEnded() {
    var state = AppState(size: Size(60, 20))
    state.chat.template = "raw"
    state.chat.messages = [
      ChatMessage(id: "1", role: .user, text: "Once upon"),
      ChatMessage(id: "2", role: .assistant, text: " a time\nthere"),
      ChatMessage(id: "3", role: .user, text: " was a fox"),
    ]
    let text = HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
    #expect(text.contains("Once upon a time"))
    #expect(text.contains("there was a fox"))
    #expect(state.chat.messageRows == [0, 0, 1])
    #expect(state.chat.contentRows == 2)
  }
}
