#if canImport(Glibc)
  import Foundation
  import Glibc
  import Synchronization
  import TestSupport
  import Testing

  /// tgkill(2), which the module of the C library does not declare.
  @_silgen_name("tgkill") private func tgkill(_ process: pid_t, _ thread: pid_t, _ signal: Int32) -> Int32

  /// The built full-screen program on a pseudo-terminal of its own, which it has as its controlling one.
  final class ScreenProgram: Sendable {
    let process: pid_t
    let folder = TemporaryFolder()
    private let master: Int32
    private let state = Mutex((drawn: [UInt8](), reads: true, closed: false))

    /// nil where there is no program, or no pseudo-terminal.
    /// - Parameters:
    ///   - environment: `NAME=value` beside what every program gets.
    ///   - prepare: gets the program's home before it starts.
    init?(
      _ arguments: [String] = ["--no-model"], limits: String = "", environment: [String] = [],
      prepare: (TemporaryFolder) throws -> Void = { _ in }
    ) throws {
      let path = try #require(BuiltProgram.path, "the program was not built beside the tests")
      try prepare(folder)
      let master = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
      var unlock: Int32 = 0
      var number: UInt32 = 0
      guard master >= 0, ioctl(master, 0x4004_5431, &unlock) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
        return nil
      }
      self.master = master
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      for file in 0...2 as ClosedRange<Int32> {
        posix_spawn_file_actions_addopen(&actions, file, "/dev/pts/\(number)", O_RDWR, 0)
      }
      var settings = posix_spawnattr_t()
      posix_spawnattr_init(&settings)
      defer { posix_spawnattr_destroy(&settings) }
      // A session of its own: the first terminal that is opened becomes its controlling one. No signal is ignored.
      var all = sigset_t()
      sigfillset(&all)
      posix_spawnattr_setsigdefault(&settings, &all)
      sigemptyset(&all)
      posix_spawnattr_setsigmask(&settings, &all)
      posix_spawnattr_setflags(&settings, Int16(0x80 | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
      let line = "ulimit -c 0; stty cols 80 rows 24; \(limits) exec \"$@\""
      let words = ["/bin/bash", "-c", line, "bash", path] + arguments
      let variables = [
        "HOME=\(folder.path)", "XDG_DATA_HOME=\(folder.path)/data", "XDG_CONFIG_HOME=\(folder.path)/config",
        "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no", "PATH=/usr/bin:/bin",
      ]
      let argv = words.map { (word: String) in strdup(word) } + [nil]
      let envp = (variables + environment).map { (word: String) in strdup(word) } + [nil]
      defer { for pointer in argv + envp { free(pointer) } }
      var child = pid_t()
      guard posix_spawn(&child, "/bin/bash", &actions, &settings, argv, envp) == 0 else {
        close(master)
        return nil
      }
      process = child
      Thread.detachNewThread { [weak self] in
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        while true {
          guard let self else { return }
          if self.state.withLock({ $0.closed }) { return }
          guard self.state.withLock({ $0.reads }) else {
            usleep(10_000)
            continue
          }
          var source = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
          guard poll(&source, 1, 20) > 0 else { continue }
          let count = read(master, &bytes, bytes.count)
          if count > 0 { self.state.withLock { $0.drawn += bytes[..<count] } } else { usleep(10_000) }
        }
      }
    }

    deinit {
      kill(process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
      hangUp()
    }

    var output: String { state.withLock { String(decoding: $0.drawn, as: UTF8.self) } }

    /// Whether something has been drawn within some time.
    func shows(_ text: String) -> Bool {
      for _ in 0..<400 {
        if output.contains(text) { return true }
        usleep(50_000)
      }
      return false
    }

    func type(_ text: String) { _ = write(master, text, text.utf8.count) }

    func resize(_ width: Int, _ height: Int) {
      var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
      _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// From now on nobody reads what the program draws.
    func stopReading() { state.withLock { $0.reads = false } }
    func goOnReading() { state.withLock { $0.reads = true } }

    /// The terminal goes away.
    func hangUp() {
      let isFirst = state.withLock { s in
        defer { s.closed = true }
        return !s.closed
      }
      if isFirst { close(master) }
    }

    /// The exit code, as a shell gives it; nil where it has not ended within a minute.
    func exitCode() -> Int32? {
      var status: Int32 = 0
      for _ in 0..<1200 {
        if waitpid(process, &status, WNOHANG) == process {
          return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
        }
        usleep(50_000)
      }
      return nil
    }

    /// Its threads, the first of them left out.
    var otherThreads: [pid_t] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
      return names.compactMap { pid_t($0) }.filter { $0 != process }.sorted()
    }

    /// Sends a signal to one thread.
    func send(_ signal: Int32, toThread thread: pid_t) { _ = tgkill(process, thread, signal) }
  }
#endif
