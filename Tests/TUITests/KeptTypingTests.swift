import Chat
import Core
import Foundation
import TestSupport
import Testing
import TUI

/// What was typed and chosen is there again.
@Suite struct KeptTypingTests {
  let folder = TemporaryFolder()

  private func keys(_ names: String..., in state: inout AppState) -> [Effect] {
    names.flatMap { name in Key(name as String).map { state.handle(.key($0)) } ?? [] }
  }

  private func render(_ state: inout AppState) -> String {
    HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
  }

  // MARK: History

  @Test func programsAtOnceKeepEachOthersHistory() throws {
    let path = folder.file("history")
    // As the first version wrote it: no NUL at the end.
    try Data("old one\0old two".utf8).write(to: URL(fileURLWithPath: path))
    let histories = (0..<4).map { _ in PromptHistory(path: path) }
    for i in 0..<50 {
      for (j, history) in histories.enumerated() { history.append("text \(j).\(i)\nin two lines") }
    }
    for history in histories { history.finish() }
    let read = PromptHistory.read(path)
    #expect(read.prefix(2) == ["old one", "old two"])
    #expect(read.count == 202)
    for j in 0..<4 {
      let own = read.filter { $0.hasPrefix("text \(j).") }
      #expect(own == (0..<50).map { "text \(j).\($0)\nin two lines" })
    }
  }

  @Test func aLongHistoryKeepsItsNewestPart() throws {
    let path = folder.file("history")
    let history = PromptHistory(path: path)
    let long = String(repeating: "long 用 ", count: 30_000)
    for i in 0..<12 { history.append("\(i) " + long) }
    history.finish()
    let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    #expect(size <= 3 << 20)
    let read = PromptHistory.read(path)
    #expect(read.last == "11 " + long)
    #expect(read.allSatisfy { $0.hasSuffix(long) && !$0.contains("\u{FFFD}") })
  }

  @Test func aHistoryThatIsNotTextIsStillRead() throws {
    let path = folder.file("history")
    try Data([0x61, 0, 0xFF, 0x62, 0, 0x63]).write(to: URL(fileURLWithPath: path))
    #expect(PromptHistory.read(path) == ["a", "\u{FFFD}b", "c"])
  }

  @Test func aHistoryThatCannotBeWrittenIsSaidOnceAndTriedAgain() throws {
    let place = folder.file("not-yet")
    let told = Mailbox<String>()
    let history = PromptHistory(path: place + "/history", onFailure: { told.send($0) })
    history.append("one")
    history.append("two")
    history.finish()
    #expect(told.drain().count == 1)
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    history.append("three")
    history.finish()
    #expect(PromptHistory.read(place + "/history") == ["one", "two", "three"])
  }

  // MARK: Theme, sampling, forms

  @Test func whatWasChosenIsRememberedBesideWhatOthersWrote() throws {
    let path = folder.file("state/screen.json")
    var state = RememberedState.load(path)
    #expect(state == RememberedState())
    let first = RememberedStateFile(state, path: path)
    let second = RememberedStateFile(state, path: path)
    state.theme = "paper"
    first.keep(state)
    first.finish()
    var other = RememberedState()
    other.forms["sampling"] = ["temperature": "0.2"]
    second.keep(other)
    second.finish()
    let read = RememberedState.load(path)
    #expect(read.theme == "paper" && read.forms == ["sampling": ["temperature": "0.2"]])
    #expect(read.theme(configured: nil) == "paper")
    // config.toml was changed since: it goes first.
    #expect(read.theme(configured: "contrast") == "contrast")
    try Data("{broken".utf8).write(to: URL(fileURLWithPath: path))
    #expect(RememberedState.load(path).problem?.contains("screen.json") == true)
  }

  @Test func samplingSettingsComeBack() {
    var state = AppState(size: Size(100, 40))
    _ = state.perform(.sampling)
    _ = keys("Ctrl-U", "0", ".", "3", "Tab", "Ctrl-U", "7", "Ctrl-S", in: &state)
    #expect(state.chat.parameters.topK == 7)
    let kept = state.typedSampling
    #expect(kept == ["temperature": "0.3", "top_k": "7"])
    var next = AppState(size: Size(100, 40))
    let isTaken = next.takeSampling(kept)
    #expect(isTaken)
    #expect(next.chat.parameters == state.chat.parameters)
    var odd = AppState(size: Size(100, 40))
    let isOddTaken = odd.takeSampling(["temperature": "hot", "top_k": "-3", "nonsense": "1"])
    #expect(!isOddTaken)
    #expect(odd.chat.parameters == GenerateParameters())
  }

  @Test func aRunFormReopensWithItsFieldsAndTheErrorBesideTheOneMeant() throws {
    var state = AppState(size: Size(100, 40))
    _ = keys("Ctrl-T", "Tab", in: &state)
    _ = state.handle(.paste("~/nowhere/data.txt"))
    _ = keys("Tab", "Tab", "Tab", "Tab", "Ctrl-U", "7", in: &state)
    let effects = keys("Ctrl-S", in: &state)
    guard case .startRun? = effects.first else {
      Issue.record("no run was asked for")
      return
    }
    #expect(state.overlays.isEmpty)
    let why = "/home/me/nowhere/data.txt: it cannot be opened: no such file or directory."
    state.reopen(Forms.newRun(modelPath: ""), because: why)
    guard case .form(let form)? = state.overlays.last else {
      Issue.record("the form did not come back")
      return
    }
    #expect(form["data"] == "~/nowhere/data.txt")
    #expect(form["steps"] == "7")
    #expect(form.fields[form.selection].key == "data" && form.fields[form.selection].problem != nil)
    #expect(render(&state).contains("data.txt: it cannot be opened"))
    // Left with Esc, opened again: all is there, without the error.
    _ = keys("Esc", "Ctrl-T", in: &state)
    guard case .form(let again)? = state.overlays.last else { return }
    #expect(again["data"] == "~/nowhere/data.txt" && again["steps"] == "7" && again.problem == nil)
  }

  @Test func anErrorNamesItsFieldByKey() {
    var form = Forms.newRun(modelPath: "")
    form.refuse("'learning_rate' is '7', but it must be a number from 0 to 1.")
    #expect(form.fields[form.selection].key == "learning_rate")
    var other = Forms.newRun(modelPath: "")
    other.refuse("Something else.")
    #expect(other.fields.allSatisfy { $0.problem == nil } && other.problem == "Something else.")
  }

  @Test func aLongProblemOfAFormIsShownWhole() {
    var state = AppState(size: Size(80, 30))
    _ = state.perform(.newRun)
    let words = (0..<24).map { "word\($0)" }
    state.reopen(Forms.newRun(modelPath: ""), because: words.joined(separator: " "))
    let text = render(&state)
    for word in words { #expect(text.contains(word), "\(word)") }
  }

  @Test func aFormThatIsOpenIsKeptToo() {
    var state = AppState(size: Size(100, 40))
    _ = keys("Ctrl-T", "Tab", in: &state)
    _ = state.handle(.paste("half a pa"))
    state.rememberOpenForms()
    #expect(state.typedForms["new-run"] == ["data": "half a pa"])
  }

  // MARK: Deleting, searching, leaving

  @Test func deletingAMessageAsksFirst() {
    var state = Samples.chat(Size(120, 40))
    state.chat.busy = false
    state.setFocus(.log)
    state.chat.selection = 2
    #expect(keys("d", in: &state) == [])
    #expect(render(&state).contains("Delete the message?"))
    #expect(keys("Enter", in: &state) == [], "the first button keeps it")
    _ = keys("d", in: &state)
    #expect(keys("d", in: &state) == [.deleteMessage(state.chat.messages[2].id)])
    #expect(keys("u", in: &state) == [.undoDeletion])
    state.chat.busy = true
    #expect(keys("d", in: &state) == [] && state.overlays.isEmpty)
  }

  @Test func aSearchOfConversationsIsAnsweredByTheStore() {
    var state = AppState(size: Size(100, 40))
    #expect(state.perform(.conversations) == [.listConversations])
    let all = [PickerItem(id: "a", title: "Weather"), PickerItem(id: "b", title: "Cooking")]
    state.fill(.conversation, with: all, answering: "")
    #expect(keys("f", in: &state) == [.findConversations("f")])
    #expect(keys("o", in: &state) == [.findConversations("fo")])
    // The answer to an older query comes late.
    state.fill(.conversation, with: [], empty: "nothing matches", answering: "f")
    state.fill(
      .conversation, with: [PickerItem(id: "b", title: "Cooking", detail: "… with fox and …")], answering: "fo")
    let text = render(&state)
    #expect(text.contains("Cooking") && text.contains("with fox") && !text.contains("Weather"))
    #expect(keys("Enter", in: &state) == [.openConversation("b")])
  }

  @Test func leavingWithUnsavedMessagesAsks() {
    var state = AppState(size: Size(100, 30))
    state.chat.unsaved = .init(sign: "2 messages not saved", reason: "The disk is full.")
    #expect(render(&state).contains("2 messages not saved"))
    #expect(keys("Ctrl-Q", in: &state) == [])
    #expect(render(&state).contains("The disk is full."))
    #expect(keys("Enter", in: &state) == [], "the first button stays")
    #expect(keys("Ctrl-C", "Ctrl-C", in: &state) == [])
    #expect(keys("l", in: &state) == [.quit])
  }
}
