#if canImport(Glibc)
  import Foundation
  import TestSupport
  import Testing

  /// Paths typed into the program as it is built.
  @Suite(.serialized) struct ScreenPathTests {
    @Test func aModelIsOpenedByItsPath() throws {
      guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
      let made = try ScreenProgram(
        ["--no-model"],
        prepare: { home in
          try FileManager.default.createDirectory(atPath: home.file("kept"), withIntermediateDirectories: true)
          try FileManager.default.copyItem(atPath: model, toPath: home.file("kept/mine.gguf"))
          try Data("no model".utf8).write(to: URL(fileURLWithPath: home.file("kept/letter.txt")))
        })
      guard let program = made else { return }
      #expect(program.shows("no model"))
      program.type("\u{0F}")
      #expect(program.shows("or a path"))
      program.type("~/kept/l\t")
      #expect(program.shows("letter.txt"))
      program.type("\r")
      #expect(program.shows("unknown") || program.shows("expected"))
      program.type("\u{15}~/kept/m\t")
      #expect(program.shows("mine.gguf"))
      program.type("\r")
      // The terminal's own title says which model there is.
      #expect(program.shows("glassbox · "))
      program.type("\u{11}")
      #expect(program.exitCode() == 0)
    }

    @Test func aModelThatDoesNotLoadLeavesTheOneThatIsThere() throws {
      guard let model = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
      guard let program = try ScreenProgram(["-m", model]) else { return }
      #expect(program.shows("glassbox · "))
      program.type("\u{0F}/dev/null\r")
      #expect(program.shows("expected"))
      program.type("\u{1B}")
      // Esc and a letter together would be Alt with it.
      usleep(300_000)
      program.type("hi\r")
      #expect(program.shows("assistant"))
      program.type("\u{11}")
      #expect(program.exitCode() == 0)
    }
  }
#endif
