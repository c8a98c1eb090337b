import Foundation
import TestSupport
import Testing

@testable import TUI

/// Models, runs and tokenizers are opened by path in the lists that show them.
@Suite struct PathPickerTests {
  private let folder = TemporaryFolder()

  init() throws {
    for name in ["models/run-one", "models/run-two", "models/plain", "mono", ".hidden"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
    }
    for name in ["models/run-one/run.json", "models/run-two/run.json", "models/notes.txt", "models/small.gguf"] {
      try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }
  }

  /// Answers what a list asks for, as the program does.
  private func type(_ keys: [Key], _ state: inout AppState) -> [Effect] {
    var rest: [Effect] = []
    for key in keys {
      for effect in state.handle(.key(key)) {
        if case .findPaths(let typed) = effect {
          state.fill(paths: PathItems.items(for: typed), answering: typed)
        } else {
          rest.append(effect)
        }
      }
    }
    return rest
  }

  private func keys(_ text: String) -> [Key] { text.map { Key(.character($0)) } }

  private func picker(_ state: AppState) -> Picker? {
    if case .picker(let picker) = state.overlays.last { return picker }
    return nil
  }

  private func opened(_ action: Action = .chooseModel) -> AppState {
    var state = AppState(size: Size(100, 30))
    _ = state.perform(action)
    state.fill(.model, with: [PickerItem(id: "/elsewhere/m.gguf", title: "m.gguf")])
    return state
  }

  @Test func tabCompletesAsAShellDoes() throws {
    var state = opened()
    _ = type(keys(folder.path + "/m"), &state)
    #expect(picker(state)?.matches.count == 2)
    // Nothing more is sure: the one that is selected.
    _ = type(keys("od") + [Key(.tab)], &state)
    #expect(picker(state)?.query.text == folder.path + "/models/")
    let shown = try #require(picker(state)).shown
    // What can be opened stands first.
    #expect(shown.map(\.title) == ["run-one/", "run-two/", "small.gguf", "plain/", "notes.txt"])
    #expect(shown[0].detail == "a run" && shown[2].detail == "GGUF")
    _ = type(keys("r") + [Key(.tab)], &state)
    #expect(picker(state)?.query.text == folder.path + "/models/run-")
    #expect(type(keys("t") + [Key(.enter)], &state) == [.loadModel(folder.path + "/models/run-two")])
  }

  @Test func foldersAreGoneInto() throws {
    var state = opened()
    _ = type(keys(folder.path + "/mod") + [Key(.enter)], &state)
    #expect(picker(state)?.query.text == folder.path + "/models/")
    #expect(type(keys("small.gguf") + [Key(.enter)], &state) == [.loadModel(folder.path + "/models/small.gguf")])
    // It stands there again until it was opened.
    _ = state.perform(.chooseModel)
    #expect(picker(state)?.query.text == folder.path + "/models/small.gguf")
  }

  @Test func whatIsNotThereIsSaidAndKept() throws {
    var state = opened()
    #expect(type(keys(folder.path + "/absent") + [Key(.enter), Key(.tab)], &state).isEmpty)
    #expect(picker(state)?.query.text == folder.path + "/absent")
    let shown = HeadlessScreen.text(Frame.render(&state, theme: .midnight, transcript: Transcript()).buffer)
    #expect(shown.contains("there is nothing of this name"))
  }

  @Test func answersToEarlierTypingAreNotShown() {
    var state = opened()
    for key in keys("/us") { _ = state.handle(.key(key)) }
    state.fill(paths: [PickerItem(id: "/usr", title: "usr/")], answering: "/u")
    #expect(picker(state)?.shown.isEmpty == true)
    // The list itself may come late, too.
    state.fill(.model, with: [])
    _ = state.handle(.paste("r"))
    #expect(picker(state)?.query.text == "/usr")
  }

  @Test func aWordIsNoPath() {
    var state = opened()
    #expect(type(keys("m.g"), &state).isEmpty)
    #expect(picker(state)?.isPath == false && picker(state)?.selected?.id == "/elsewhere/m.gguf")
    #expect(type([Key(.enter)], &state) == [.loadModel("/elsewhere/m.gguf")])
  }

  @Test func homeAndRelativePaths() throws {
    let home = try #require(ProcessInfo.processInfo.environment["HOME"])
    for typed in ["~", "~/", ".", "./", "..", "/"] {
      var state = opened()
      _ = state.handle(.paste(typed))
      #expect(picker(state)?.isPath == true, "\(typed)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: home).filter { !$0.hasPrefix(".") }
    let items = PathItems.items(for: "~")
    #expect(items.count == min(1000, names.count) && items.allSatisfy { $0.completion.hasPrefix("~/") })
    #expect(items.allSatisfy { $0.id.hasPrefix(home + "/") })
    #expect(PathItems.items(for: folder.path + "/.h").map(\.title) == [".hidden/"])
    #expect(PathItems.items(for: folder.path + "/none/x").isEmpty)
  }

  @Test(arguments: [(Action.chooseRun, "run-one"), (.chooseTokenizer, "small.gguf")])
  func runsAndTokenizersToo(_ action: Action, _ name: String) {
    var state = opened(action)
    let effects = type(keys(folder.path + "/models/" + name) + [Key(.enter)], &state)
    let path = folder.path + "/models/" + name
    #expect(effects == [action == .chooseRun ? .openRun(path) : .loadTokenizer(path)])
  }
}
