#if canImport(Glibc)
  import Core
  import Foundation
  import Glibc
  import Synchronization
  import TestSupport
  import Testing

  /// How the full-screen program ends, whatever ends it.
  @Suite(.serialized) struct ScreenSignalsTests {
    /// What switches the mouse, the alternate screen and the modes of keys off.
    private static let restoring = [
      "\u{1B}[?1006l", "\u{1B}[?1002l", "\u{1B}[?1000l", "\u{1B}[?2004l", "\u{1B}[?1049l", "\u{1B}[?25h",
    ]

    @Test(arguments: [
      SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO, SIGPWR,
      SIGSTKFLT, SIGSYS, SIGABRT, 40, 64,
    ])
    func everySignalGivesTheTerminalBack(signal: Int32) throws {
      guard let program = try ScreenProgram() else { return }
      #expect(program.shows("glassbox"))
      kill(program.process, signal)
      #expect(program.exitCode() == 128 + signal)
      for mode in Self.restoring { #expect(program.shows(mode), "\(mode.debugDescription)") }
    }

    /// SIGXFSZ is a write that fails, no reason to end.
    @Test func aFileTooLargeIsNoEnd() throws {
      guard let program = try ScreenProgram() else { return }
      #expect(program.shows("glassbox"))
      kill(program.process, SIGXFSZ)
      kill(program.process, SIGTERM)
      #expect(program.exitCode() == 128 + SIGTERM)
    }

    @Test func aClosedTerminalEndsTheProgram() throws {
      guard let program = try ScreenProgram() else { return }
      #expect(program.shows("glassbox"))
      program.hangUp()
      #expect(program.exitCode() == 128 + SIGHUP)
    }

    /// Output that nobody takes does not hold up the end.
    @Test func aTerminalThatIsNotReadEndsTheProgram() throws {
      guard let program = try ScreenProgram() else { return }
      #expect(program.shows("glassbox"))
      program.stopReading()
      for i in 0..<60 {
        program.resize(200 + i % 2, 60 + i % 3)
        usleep(20_000)
      }
      kill(program.process, SIGTERM)
      #expect(program.exitCode() == 128 + SIGTERM)
    }

    /// A crash of any thread: the sequences that leave the screen come once, nothing is drawn after them, and the
    /// backtrace names functions.
    @Test(arguments: 0..<4) func aCrashElsewhereIsTheLastThatIsDrawn(round: Int) throws {
      guard let program = try ScreenProgram() else { return }
      #expect(program.shows("glassbox"))
      guard let thread = program.otherThreads.last else { return }
      // Frames are under way.
      for i in 0..<(5 + 7 * round) { program.resize(100 + i % 2, 30) }
      program.send(SIGSEGV, toThread: thread)
      #expect(program.exitCode() == 128 + SIGSEGV)
      #expect(program.shows("The program crashed: "))
      let output = program.output
      // As terminfo has it: the window's title comes back as well.
      let leave = "\u{1B}[?1049l\u{1B}[23;0;0t"
      #expect(output.components(separatedBy: leave).count == 2, "left once")
      let after = output.components(separatedBy: leave).last ?? ""
      #expect(!after.contains("\u{1B}"), "\(after.debugDescription)")
      #expect(after.contains(" + 0x"))
    }

    @Test func aCrashNamesTheFunctions() throws {
      guard let program = try ScreenProgram() else { return }
      #expect(program.shows("glassbox"))
      kill(program.process, SIGABRT)
      #expect(program.exitCode() == 128 + SIGABRT)
      #expect(program.shows("nextEvent"))
    }

    @Test func anUnreadableSettingsFileIsTold() throws {
      for (what, words) in [("folder", "is a folder"), ("binary", "is not UTF-8 text"), ("large", "is larger than")] {
        let made = try ScreenProgram(prepare: { home in
          let folder = home.file("config/glassbox")
          let file = folder + "/config.toml"
          try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
          switch what {
          case "folder": try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
          case "binary": try Data([0x66, 0xFF, 0x00]).write(to: URL(fileURLWithPath: file))
          default: try Data(repeating: 0x23, count: 1 << 20).write(to: URL(fileURLWithPath: file))
          }
        })
        guard let program = made else { return }
        #expect(program.shows(words), "\(what)")
      }
    }

    /// Few descriptors: a sentence or a screen, no trap.
    @Test(arguments: [4, 6, 8, 10, 12, 14]) func fewDescriptors(count: Int) throws {
      guard let program = try ScreenProgram(["--no-model"], limits: "ulimit -n \(count);") else { return }
      for _ in 0..<100 where !program.output.contains("glassbox") { usleep(20_000) }
      kill(program.process, SIGTERM)
      let code = program.exitCode()
      #expect(code == 1 || code == 128 + SIGTERM, "\(program.output.suffix(500))")
    }

    /// Handlers have a stack of their own on every thread that runs something for long.
    @Test func threadsHaveAStackForHandlers() async {
      @Sendable func has() -> Bool {
        var now = stack_t()
        return sigaltstack(nil, &now) == 0 && now.ss_flags & Int32(SS_DISABLE) == 0 && now.ss_size >= 64 << 10
      }
      let missing = Mutex(0)
      let pool = ThreadPool(threads: 3)
      let own = pthread_self()
      pool.parallelFor(300) { _ in
        usleep(100)
        if pthread_equal(pthread_self(), own) == 0, !has() { missing.withLock { $0 += 1 } }
      }
      #expect(missing.withLock { $0 } == 0)
      let isThere = await withCheckedContinuation { done in
        WorkQueue().work { done.resume(returning: has()) }
      }
      #expect(isThere)
    }
  }
#endif
