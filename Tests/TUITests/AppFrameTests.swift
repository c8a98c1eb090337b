import Foundation
import Testing

import TUI

@Suite struct AppFrameTests {
  static let sizes = [Size(80, 24), Size(120, 40), Size(200, 50)]

  /// Frames for people to look at: `GLASSBOX_FRAMES=folder swift test`.
  @Test func showFrames() throws {
    guard let folder = ProcessInfo.processInfo.environment["GLASSBOX_FRAMES"] else { return }
    for size in Self.sizes {
      for name in ["midnight", "paper"] {
        let theme = try ThemeLoader.load(name)
        func write(_ what: String, _ state: AppState) throws {
          var state = state
          state.themeName = name
          let frame = Frame.render(&state, theme: theme, transcript: Transcript())
          let path = "\(folder)/\(what)-\(size.width)x\(size.height)-\(name).ansi"
          try HeadlessScreen.ansi(frame.buffer).dropLast().write(toFile: path, atomically: true, encoding: .utf8)
        }
        var state = Samples.chat(size)
        try write("deck", state)
        _ = state.perform(.help)
        try write("help", state)
        state.overlays = []
        _ = state.perform(.palette)
        try write("palette", state)
        state.overlays = []
        _ = state.perform(.newRun)
        try write("form", state)
        state.overlays = []
        _ = state.perform(.quit)
        try write("dialog", state)
        state.overlays = []
        state.setFocus(.tokens)
        try write("tokens", state)
        state.setFocus(.train)
        try write("train", state)
        state.setFocus(.log)
        try write("log", state)
        var empty = AppState(size: size)
        empty.clock = "12:04"
        try write("empty", empty)
      }
    }
  }
}
