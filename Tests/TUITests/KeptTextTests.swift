import Chat
import Core
import Foundation
import TestSupport
import Testing
import TUI

/// The Tokens pane's own text and a system prompt that is not in use yet are there again.
@Suite struct KeptTextTests {
  let folder = TemporaryFolder()
  var path: String { folder.file("conversations.sqlite") }

  private final class Desk {
    let inbox = Mailbox<AppMessage>()
    let chat: ChatService
    var state = AppState(size: Size(100, 30))

    init(_ path: String) {
      chat = ChatService(inbox: inbox, wake: {}, store: path)
      chat.refresh(&state)
    }

    /// As the program does every few seconds.
    func keep() {
      state.rememberOpenForms()
      chat.keepDraft(of: state)
      chat.keepText(of: state)
    }

    func leave() {
      state.rememberOpenForms()
      chat.leaveDraft(of: state)
      chat.close()
    }

    func wait(until isSo: (AppState) -> Bool, _ location: SourceLocation = #_sourceLocation) {
      for _ in 0..<3000 {
        for message in inbox.drain() {
          if case .conversationOpened(let conversation) = message {
            chat.show(conversation, state: &state)
          } else {
            chat.take(message, state: &state)
          }
        }
        if isSo(state) { return }
        usleep(10_000)
      }
      Issue.record("it did not come about", sourceLocation: location)
    }

    func write(_ text: String, name: String = "") {
      state.setFocus(.tokens)
      state.showText([], name: name)
      state.tokens.document.insert(text)
    }
  }

  /// What the store has of texts that a program has left.
  private func left() throws -> String? { try ConversationStore(path: path).abandonedText()?.text }

  @Test func aTextWrittenInTheTokensPaneComesBack() throws {
    let first = Desk(path)
    first.write("mine: é 用\nsecond line", name: "two words")
    first.state.tokens.document.move(to: 4)
    first.keep()
    first.state.tokens.document.insert("!")
    first.leave()
    let second = Desk(path)
    second.chat.findKeptText()
    second.wait { !$0.tokens.document.isEmpty }
    #expect(second.state.tokens.document.text == "mine!: é 用\nsecond line")
    #expect(second.state.tokens.document.caret == 5)
    #expect(second.state.tokens.documentName == "two words")
    #expect(second.state.tokens.source == .own)
    // Emptied, it does not come again.
    second.keep()
    second.state.tokens.document.set([])
    second.leave()
    #expect(try left() == nil)
  }

  @Test func whatStandsElsewhereIsNotKept() throws {
    let desk = Desk(path)
    desk.state.showText(Array("of a file".utf8), name: "a.txt", isCopy: true)
    desk.leave()
    #expect(try left() == nil)
    let other = Desk(path)
    other.state.showText(Array("of a file".utf8), name: "a.txt", isCopy: true)
    other.state.tokens.document.insert("changed part ")
    other.leave()
    #expect(try left() == "own a.txt\nchanged part of a file")
  }

  @Test func programsAtOnceKeepEachOthersTexts() throws {
    let (a, b) = (Desk(path), Desk(path))
    a.write("of a")
    b.write("of b")
    for desk in [a, b] { desk.keep() }
    // Of one that is being written nothing is taken.
    let c = Desk(path)
    c.write("of c")
    a.leave()
    c.chat.take(.keptText(try #require(try ConversationStore(path: path).abandonedText())), state: &c.state)
    #expect(c.state.tokens.document.text == "of c")
    b.leave()
    #expect(try left() == "live \nof b" || left() == "own \nof b")
    let next = Desk(path)
    next.chat.findKeptText()
    next.wait { !$0.tokens.document.isEmpty }
    #expect(next.state.tokens.document.text == "of b")
    // It is taken: another program that starts gets what else was left.
    next.chat.session.wait()
    let another = Desk(path)
    another.chat.findKeptText()
    another.wait { !$0.tokens.document.isEmpty }
    #expect(another.state.tokens.document.text == "of a")
    another.leave()
    next.keep()
    next.state.tokens.document.set([])
    next.leave()
    #expect(try left()?.hasSuffix("of a") == true)
    c.leave()
  }

  @Test func aTextThatAnotherTakesThePlaceOfIsHadAgainByUndoing() {
    var state = AppState(size: Size(100, 30))
    state.showText([], name: "")
    state.tokens.document.insert("typed here")
    let number = state.tokens.document.number
    state.showText(Array("of a file".utf8), name: "a.txt", isCopy: true)
    #expect(state.tokens.document.text == "of a file" && state.tokens.documentName == "a.txt")
    #expect(state.tokens.document.number != number)
    state.tokens.document.undo()
    #expect(state.tokens.document.text == "typed here" && state.tokens.documentName == "")
    #expect(state.tokens.document.number == number)
    state.tokens.document.redo()
    #expect(state.tokens.document.text == "of a file" && state.tokens.documentName == "a.txt")
    // A file's text is in the file.
    state.showText(Array("another".utf8), name: "b.txt", isCopy: true)
    state.tokens.document.undo()
    #expect(state.tokens.document.text != "of a file")
  }

  @Test func aDraftThatOneProgramTookUpIsNotTakenByAnother() throws {
    let first = Desk(path)
    first.state.composer.insert("not sent")
    first.leave()
    let second = Desk(path)
    second.chat.open(conversation: nil)
    second.wait { !$0.composer.isEmpty }
    second.chat.session.wait()
    #expect(try ConversationStore(path: path).abandonedDraft() == nil)
    second.leave()
    #expect(try ConversationStore(path: path).abandonedDraft()?.text == "not sent")
    // One who empties the box and leaves is done with it.
    let third = Desk(path)
    third.chat.open(conversation: nil)
    third.wait { !$0.composer.isEmpty }
    third.state.composer.clear()
    third.leave()
    #expect(try ConversationStore(path: path).abandonedDraft() == nil)
  }

  // MARK: System prompts

  private func press(_ names: String..., in state: inout AppState) -> [Effect] {
    names.flatMap { name in Key(name as String).map { state.handle(.key($0)) } ?? [] }
  }

  @Test func aSystemPromptThatIsLeftIsThereWhenItIsOpenedAgain() throws {
    var state = AppState(size: Size(100, 30))
    state.chat.system = "in use"
    _ = press("Ctrl-S", in: &state)
    _ = state.handle(.paste(" and more"))
    _ = press("Esc", "Ctrl-S", in: &state)
    guard case .text(_, _, var editor)? = state.overlays.last else {
      Issue.record("it is not open")
      return
    }
    #expect(editor.text == "in use and more")
    editor.undo()
    #expect(editor.text == "in use")
    let effects = press("Enter", in: &state)
    #expect(effects == [.setSystem("in use and more")])
    #expect(state.chat.systemDraft == nil)
  }

  @Test func aSystemPromptIsKeptWithItsConversation() throws {
    var begun = Conversation()
    begun.append(.user, "hello")
    try ConversationStore(path: path).save(begun)
    let first = Desk(path)
    first.chat.show(begun, state: &first.state)
    _ = press("Ctrl-S", in: &first.state)
    _ = first.state.handle(.paste("You are half"))
    first.keep()
    // Another conversation has its own.
    first.chat.perform(.newConversation, state: &first.state)
    #expect(first.state.chat.systemDraft == nil)
    first.state.overlays = []
    first.leave()
    let second = Desk(path)
    #expect(try ConversationStore(path: path).abandonedDraft() == nil, "it belongs to a conversation that has begun")
    second.chat.open(conversation: begun.id)
    second.wait { $0.chat.systemDraft != nil }
    #expect(second.state.chat.systemDraft == "You are half")
    // Used, it is no draft any more.
    _ = press("Ctrl-S", in: &second.state)
    for effect in press("Enter", in: &second.state) { second.chat.perform(effect, state: &second.state) }
    second.leave()
    let third = Desk(path)
    third.chat.open(conversation: begun.id)
    third.wait { $0.chat.system == "You are half" }
    #expect(try ConversationStore(path: path).draft(of: begun.id + "/system") == nil)
    third.leave()
  }

  @Test func aSystemPromptOfAConversationThatNeverBeganComesBack() {
    let first = Desk(path)
    _ = press("Ctrl-S", in: &first.state)
    _ = first.state.handle(.paste("You are half"))
    first.leave()
    let second = Desk(path)
    second.chat.open(conversation: nil)
    second.wait { $0.chat.systemDraft != nil }
    #expect(second.state.chat.systemDraft == "You are half" && second.state.composer.isEmpty)
    second.leave()
  }
}
