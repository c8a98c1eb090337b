import Core
import Foundation
import TestSupport
import Testing
import TUI

/// Models, runs and tokenizers are opened by their paths in the lists of those that are known.
@Suite struct PathOpeningTests {
  private func keys(_ names: String..., in state: inout AppState) -> [Effect] {
    names.flatMap { name in Key(name as String).map { state.handle(.key($0)) } ?? [] }
  }

  private func render(_ state: inout AppState) -> String {
    HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
  }

  private func type(_ text: String, in state: inout AppState) -> [Effect] {
    text.flatMap { state.handle(.key(Key($0))) }
  }

  private func picker(_ state: AppState) -> Picker? {
    guard case .picker(let picker)? = state.overlays.last else { return nil }
    return picker
  }

  private func models() -> AppState {
    var state = AppState(size: Size(100, 30))
    let effects = state.perform(.chooseModel)
    #expect(effects == [.findModels])
    state.fill(
      .model, with: [PickerItem(id: "/models/tiny.gguf", title: "tiny"), PickerItem(id: "/m/old", title: "old")])
    return state
  }

  private let found = [
    PathCandidate(path: "~/m/chat/", detail: "a model", isTarget: true),
    PathCandidate(path: "~/m/chatter/", isTarget: false), PathCandidate(path: "~/m/chatty.gguf", note: "3 MB"),
  ]

  @Test(arguments: ["/a", "./a", "../a", "~", "~/a"]) func whatBeginsSoIsAPath(typed: String) {
    var state = models()
    let effects = type(typed, in: &state)
    #expect(effects.last == .listPaths(typed, .model))
    #expect(picker(state)?.isTypingPath == true)
    #expect(keys("Enter", in: &state) == [.openPath(typed, .model)])
  }

  @Test func aNameIsLookedForAsBefore() {
    var state = models()
    #expect(type("old", in: &state) == [])
    #expect(keys("Enter", in: &state) == [.loadModel("/m/old")])
  }

  @Test func tabCompletesAndListsSeveral() {
    var state = models()
    _ = type("~/m/c", in: &state)
    // Before the answer is there, Tab waits for it.
    _ = keys("Tab", in: &state)
    let next = state.takePaths(found, for: "~/m/c", .model)
    #expect(picker(state)?.query.text == "~/m/chat")
    #expect(next == [.listPaths("~/m/chat", .model)])
    _ = state.takePaths(found, for: "~/m/chat", .model)
    let frame = render(&state)
    for name in ["chat/  a model", "chatter/", "chatty.gguf"] { #expect(frame.contains(name), "\(frame)") }
    #expect(!frame.contains("tiny"))
    // An answer to what was typed earlier is none to what is typed now.
    _ = type("t", in: &state)
    #expect(state.takePaths(found, for: "~/m/chat", .model) == [])
    #expect(picker(state)?.typedPath.answered == "~/m/chat")
    #expect(!render(&state).contains("chatter/"))
    _ = state.takePaths(Array(found[1...]), for: "~/m/chatt", .model)
    _ = keys("Down", "Tab", in: &state)
    #expect(picker(state)?.query.text == "~/m/chatter/")
  }

  @Test func enterOpensWhatIsTypedOrLooksIntoTheFolderThatIsChosen() {
    var state = models()
    _ = state.handle(.paste("~/m/chat"))
    _ = state.takePaths(found, for: "~/m/chat", .model)
    #expect(keys("Down", "Down", "Enter", in: &state) == [.listPaths("~/m/chatter/", .model)])
    #expect(picker(state)?.query.text == "~/m/chatter/")
    _ = keys("Ctrl-U", in: &state)
    _ = state.handle(.paste("~/m/chat"))
    _ = state.takePaths(found, for: "~/m/chat", .model)
    #expect(keys("Up", "Enter", in: &state) == [.openPath("~/m/chatty.gguf", .model)])
    // The list of models may come late.
    state.fill(.model, with: [PickerItem(id: "/late", title: "late")])
    #expect(
      state.openPath("~/m/chatty.gguf", as: "/home/me/m/chatty.gguf", .model) == [
        .loadModel("/home/me/m/chatty.gguf")
      ])
    #expect(state.overlays.isEmpty)
  }

  @Test func aPathThatIsNoModelIsSaidAndWhatWasTypedStays() {
    var state = models()
    _ = type("~/notes.txt", in: &state)
    _ = keys("Enter", in: &state)
    state.refusePath("~/notes.txt", "/home/me/notes.txt: this is no model.", .model)
    #expect(picker(state)?.query.text == "~/notes.txt")
    #expect(render(&state).contains("this is no model."))
    _ = type("x", in: &state)
    #expect(!render(&state).contains("this is no model."))
  }

  @Test func whoHasLeftOrTypesOnOpensNothing() {
    var state = models()
    _ = type("/m", in: &state)
    _ = keys("Enter", "Backspace", in: &state)
    #expect(state.openPath("/m", as: "/m", .model) == [])
    #expect(picker(state)?.query.text == "/")
    _ = keys("Esc", in: &state)
    #expect(state.openPath("/m", as: "/m", .model) == [])
  }

  @Test func runsAndTokenizersAreOpenedByPathToo() {
    for (action, purpose, effect) in [
      (Action.chooseRun, Picker.Purpose.run, Effect.openRun("/x/run")),
      (.chooseTokenizer, .tokenizer, .loadTokenizer("/x/run")), (.addTokenizer, .compare, .addTokenizer("/x/run")),
    ] {
      var state = AppState(size: Size(100, 30))
      _ = state.perform(action)
      _ = type("/x/run/", in: &state)
      #expect(keys("Enter", in: &state) == [.openPath("/x/run/", purpose)])
      #expect(state.openPath("/x/run/", as: "/x/run", purpose) == [effect])
    }
  }

  // MARK: Files

  @Test func filesAndFoldersAreListedByTheirBeginning() throws {
    let folder = TemporaryFolder()
    for name in ["runs/one", "models/small", "mail"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
    }
    for name in ["models/small/config.json", "models/big.gguf", "models/.hidden", "runs/one/run.json"] {
      try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }
    func names(_ typed: String, _ purpose: Picker.Purpose = .model) -> [String] {
      PathFinder.candidates(folder.file(typed), for: purpose).map {
        String($0.path.dropFirst(folder.path.count + 1)) + ($0.isTarget ? "!" : "")
      }
    }
    #expect(names("m") == ["mail/", "models/"])
    #expect(names("models/") == ["models/big.gguf!", "models/small/!"])
    #expect(names("models/.") == ["models/.hidden!"])
    #expect(names("runs/", .run) == ["runs/one/!"])
    #expect(names("nowhere/x").isEmpty)
    #expect(PathFinder.candidates("~", for: .model).map(\.path) == ["~/"])
    #expect(try PathFinder.check(folder.file("runs/one/"), for: .run) == folder.file("runs/one"))
    for path in ["models/big.gguf", "mail", "nowhere"] {
      #expect(throws: (any Error).self) { try PathFinder.check(folder.file(path), for: .model) }
    }
    #expect(throws: TerminalError.self) { try PathFinder.check(folder.file("mail"), for: .run) }
  }

  @Test func aRunThatWasMovedIsStillTalkedTo() throws {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file("final"), withIntermediateDirectories: true)
    let log = """
      {"event": "start", "run": "mine", "recipe": "pretrain", "out": "/gone/mine", "total_steps": 4, "resumed_at": 0, \
      "parameters": 8, "trainable_parameters": 8, "train_tokens": 9, "tokens_per_step": 2, "vocabulary_size": 3}
      {"event": "done", "reason": "finished", "out": "/gone/mine/final", "step": 4, "loss": 5.6, "elapsed_s": 0.2}

      """
    try Data(log.utf8).write(to: URL(fileURLWithPath: folder.file("events.jsonl")))
    try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.file("run.json")))
    #expect(try RunReader.read(folder.path).savedModel == "/gone/mine/final", "there is no model to be found")
    try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.file("final/config.json")))
    #expect(try RunReader.read(folder.path).savedModel == folder.file("final"))
  }
}
