#if canImport(Glibc)
  import Foundation
  import Glibc
  import TestSupport
  import Testing

  /// A run that trains behind the screen is saved however the screen ends.
  @Suite(.serialized) struct ScreenRunSavesTests {
    enum End: String, CaseIterable, CustomTestStringConvertible {
      case terminalCloses, hangUpSignals, terminate, terminateUnread, usr1
      var testDescription: String { rawValue }
      var code: Int32 {
        switch self {
        case .terminalCloses, .hangUpSignals: 128 + SIGHUP
        case .terminate, .terminateUnread: 128 + SIGTERM
        case .usr1: 128 + SIGUSR1
        }
      }
    }

    @Test(arguments: End.allCases) func theRunIsSaved(end: End) throws {
      guard let tokenizer = Fixtures.path("models/chatlet/chatlet-q8_0.gguf") else { return }
      let folder = TemporaryFolder()
      let out = folder.file("run")
      let made = try ScreenProgram(
        ["--no-model", "--train", folder.file("run.toml")],
        prepare: { _ in
          let text = String(repeating: "the cat sat on the mat and it was good\n", count: 400)
          try text.write(toFile: folder.file("data.txt"), atomically: true, encoding: .utf8)
          let settings = """
            recipe = "pretrain"
            data = "\(folder.file("data.txt"))"
            out = "\(out)"
            tokenizer = "\(tokenizer)"
            steps = 1000000
            context_length = 16
            batch_size = 2
            save_every = 0
            sample_every = 0
            eval_every = 0
            [model]
            layers = 1
            hidden_size = 16
            heads = 2
            """
          try settings.write(toFile: folder.file("run.toml"), atomically: true, encoding: .utf8)
        })
      guard let program = made else { return }
      /// Lines at the log's beginning: all of it can be long, as fast as so small a model learns.
      func steps() -> Int {
        let log = FileHandle(forReadingAtPath: out + "/events.jsonl")
        defer { try? log?.close() }
        return ((try? log?.read(upToCount: 1 << 16)) ?? nil)?.count { $0 == 0x0A } ?? 0
      }
      for _ in 0..<600 where steps() < 20 { usleep(50_000) }
      #expect(steps() >= 20)
      switch end {
      case .terminalCloses: program.hangUp()
      case .hangUpSignals:
        // As the kernel and a shell that goes send them.
        for _ in 0..<4 { kill(program.process, SIGHUP) }
      case .terminate: kill(program.process, SIGTERM)
      case .usr1: kill(program.process, SIGUSR1)
      case .terminateUnread:
        program.stopReading()
        for i in 0..<40 {
          program.resize(200 + i % 2, 60 + i % 3)
          usleep(20_000)
        }
        kill(program.process, SIGTERM)
      }
      #expect(program.exitCode() == end.code)
      let saved = (try? FileManager.default.contentsOfDirectory(atPath: out + "/checkpoints")) ?? []
      #expect(!saved.isEmpty, "\(end)")
      let log = try #require(FileHandle(forReadingAtPath: out + "/events.jsonl"))
      defer { try? log.close() }
      let length = try log.seekToEnd()
      try log.seek(toOffset: length - min(length, 4096))
      let last = String(decoding: try log.readToEnd() ?? Data(), as: UTF8.self)
      #expect(last.contains("\"done\""))
    }
  }
#endif
