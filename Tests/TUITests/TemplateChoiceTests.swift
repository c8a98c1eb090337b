import Chat
import Core
import Foundation
import TestSupport
import Testing
import TUI

/// The template that was chosen is the one that is used and shown.
@Suite struct TemplateChoiceTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("conversations.sqlite") }

  private func desk(template: String? = nil) throws -> (ChatService, AppState, LoadedModel)? {
    guard let model = Fixtures.path("models/chatlet") else { return nil }
    let chat = ChatService(inbox: Mailbox<AppMessage>(), wake: {}, store: path)
    chat.chosenTemplate = template
    return (chat, AppState(size: Size(100, 30)), try LoadedModel.load(model, threads: 1))
  }

  @Test func theCommandLinesTemplateHoldsForEveryConversationThatHasNoneOfItsOwn() throws {
    guard case (let chat, var state, let model)? = try desk(template: "raw") else { return }
    chat.use(model, state: &state)
    #expect(state.chat.template == "raw")
    chat.perform(.setTemplate("chatml"), state: &state)
    #expect(state.chat.template == "chatml")
    chat.perform(.newConversation, state: &state)
    #expect(state.chat.template == "raw")
    // The model's own, asked for on the screen, takes its place.
    chat.perform(.setTemplate(nil), state: &state)
    #expect(state.chat.template == "chatml")
    chat.close()
  }

  @Test func theTextThatIsSentIsShownAsItIsNow() throws {
    guard case (let chat, var state, let model)? = try desk() else { return }
    var conversation = Conversation()
    conversation.append(.user, "hello")
    chat.use(model, state: &state)
    chat.show(conversation, state: &state)
    chat.perform(.showRaw(true), state: &state)
    #expect(state.chat.raw?.contains("<|im_start|>user\nhello") == true)
    chat.perform(.setTemplate("raw"), state: &state)
    #expect(state.chat.raw == "hello")
    chat.perform(.setTemplate("chatml"), state: &state)
    chat.perform(.setSystem("be brief"), state: &state)
    #expect(state.chat.raw?.contains("be brief") == true)
    chat.close()
  }

  @Test func aTemplateChosenInAnotherProgramIsUsed() throws {
    guard case (let chat, var state, let model)? = try desk() else { return }
    var conversation = Conversation()
    conversation.append(.user, "hello")
    try ConversationStore(path: path).save(conversation)
    chat.use(model, state: &state)
    chat.show(conversation, state: &state)
    #expect(state.chat.template == "chatml")
    let other = ChatSession(store: ConversationStore(path: path))
    try other.open(conversation)
    try other.setTemplate("raw")
    other.rename("by another")
    other.wait()
    chat.session.lookForChanges()
    for _ in 0..<2000 where state.chat.title != "by another" {
      _ = chat.drain(into: &state, now: 0)
      usleep(5000)
    }
    #expect(state.chat.title == "by another")
    #expect(state.chat.template == "raw")
    chat.close()
  }
}
