#if canImport(Glibc)
  import CTerminal
  import Foundation
  import Glibc
  import Synchronization
  import Testing

  import TUI

  /// The real thing on a pseudo-terminal. One at a time: a process has one screen.
  @Suite(.serialized) struct TerminalPtyTests {
    /// A thread reads what is drawn, as a terminal does: the kernel holds only a few kilobytes.
    private final class Pty: Sendable {
      let master: Int32
      let slave: Int32
      private let drawn = Mutex<[UInt8]>([])

      init?() {
        // posix_openpt and its kin are not in the Glibc module.
        let master = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
        var unlock: Int32 = 0
        var number: UInt32 = 0
        guard master >= 0, ioctl(master, 0x4004_5431, &unlock) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
          return nil
        }
        let slave = Glibc.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        guard slave >= 0, ioctl(slave, UInt(TIOCSWINSZ), &size) == 0 else { return nil }
        self.master = master
        self.slave = slave
        Thread.detachNewThread { [weak self] in
          var bytes = [UInt8](repeating: 0, count: 1 << 14)
          while let self {
            var source = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&source, 1, 20) > 0 else { continue }
            let count = read(master, &bytes, bytes.count)
            if count > 0 { self.drawn.withLock { $0 += bytes[..<count] } }
          }
          close(slave)
          close(master)
        }
      }

      /// What was drawn since the last call, once nothing more has come for a moment.
      func output() -> String {
        var seen = -1
        while true {
          let count = drawn.withLock { $0.count }
          if count == seen { break }
          seen = count
          usleep(60_000)
        }
        return drawn.withLock { bytes in
          defer { bytes = [] }
          return String(decoding: bytes, as: UTF8.self)
        }
      }

      func type(_ text: String) { _ = write(master, text, text.utf8.count) }

      var isCooked: Bool {
        var modes = termios()
        tcgetattr(slave, &modes)
        return modes.c_lflag & tcflag_t(ICANON) != 0
      }
    }

    private func open(_ pty: Pty, depth: ColorDepth = .truecolor) throws -> Terminal? {
      setenv("TERM", "xterm-256color", 1)
      var options = Terminal.Options()
      options.depth = depth
      options.redirectsErrors = false
      options.input = pty.slave
      options.output = pty.slave
      return try Terminal(options)
    }

    @Test func drawsWhatChanged() throws {
      guard let pty = Pty(), let terminal = try open(pty) else { return }
      #expect(terminal.size == Size(80, 24))
      var frame = CellBuffer(size: terminal.size)
      frame.put("Hello 用", at: Point(3, 2), style: Style(.rgb(1, 200, 3)))
      terminal.present(frame, cursor: Point(5, 5))
      let first = pty.output()
      #expect(first.contains("\u{1B}[?1049h") && first.contains("\u{1B}[?2004h") && first.contains("\u{1B}[?1006h"))
      #expect(first.contains("Hello"))
      terminal.present(frame, cursor: Point(5, 5))
      #expect(pty.output() == "")
      frame.put("!", at: Point(40, 20), style: Style())
      terminal.present(frame, cursor: nil)
      let third = pty.output()
      #expect(third.contains("!") && !third.contains("Hello") && third.utf8.count < 80)
      terminal.redraw()
      terminal.present(frame, cursor: nil)
      #expect(pty.output().contains("Hello"))
      terminal.close()
      let last = pty.output()
      #expect(last.contains("\u{1B}[?1049l") && last.contains("\u{1B}[?2004l") && last.contains("\u{1B}[?1000l"))
      #expect(pty.isCooked)
      terminal.close()
      #expect(pty.output() == "")
    }

    @Test func readsEvents() throws {
      guard let pty = Pty(), let terminal = try open(pty, depth: .ansi256) else { return }
      #expect(terminal.nextEvent(timeoutMilliseconds: 0) == nil)
      pty.type("a\u{1B}[A\u{1B}[200~p\u{1B}[201~\u{1B}")
      #expect(terminal.nextEvent(timeoutMilliseconds: 5000) == .key(Key("a")))
      #expect(terminal.nextEvent(timeoutMilliseconds: 5000) == .key(Key(.up)))
      #expect(terminal.nextEvent(timeoutMilliseconds: 5000) == .paste("p"))
      #expect(terminal.nextEvent(timeoutMilliseconds: 5000) == .key(Key(.escape)))
      terminal.wake()
      terminal.waker.wake()
      #expect(terminal.nextEvent(timeoutMilliseconds: 5000) == .wake)
      #expect(terminal.nextEvent(timeoutMilliseconds: 0) == nil)
      var size = winsize(ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
      _ = ioctl(pty.slave, UInt(TIOCSWINSZ), &size)
      kill(getpid(), SIGWINCH)
      #expect(terminal.nextEvent(timeoutMilliseconds: 5000) == .resize(Size(100, 30)))
      #expect(terminal.size == Size(100, 30))
      kill(getpid(), SIGTERM)
      #expect(terminal.nextEvent(timeoutMilliseconds: 5000) == .terminate(signal: SIGTERM))
    }

    @Test func crashHandlerGivesTheTerminalBack() throws {
      guard let pty = Pty(), let terminal = try open(pty) else { return }
      terminal.present(CellBuffer(size: terminal.size), cursor: nil)
      _ = pty.output()
      #expect(!pty.isCooked)
      gbx_screen_restore()
      let restored = pty.output()
      for mode in ["\u{1B}[?2004l", "\u{1B}[?1002l", "\u{1B}[?1006l", "\u{1B}[0m", "\u{1B}[?25h", "\u{1B}[?1049l"] {
        #expect(restored.contains(mode))
      }
      #expect(pty.isCooked)
      gbx_screen_restore()
      #expect(pty.output() == "")
    }

    @Test func refusesInOneSentence() throws {
      guard let pty = Pty() else { return }
      var options = Terminal.Options()
      options.input = pty.slave
      options.output = pty.slave
      options.redirectsErrors = false
      setenv("TERM", "dumb", 1)
      defer { setenv("TERM", "xterm-256color", 1) }
      #expect { try Terminal(options) } throws: { "\($0)".contains("dumb") }
      options.output = 9999
      #expect { try Terminal(options) } throws: { "\($0)".contains("needs a terminal") }
    }

    @Test func moreColoursThanPairs() throws {
      guard let pty = Pty(), let terminal = try open(pty) else { return }
      for round in 0..<12 {
        var frame = CellBuffer(size: terminal.size)
        for y in 0..<10 {
          for x in 0..<80 {
            frame.put(
              "x", at: Point(x, y), style: Style(.rgb(UInt8(x), UInt8(y), UInt8(round)), on: .rgb(9, 9, UInt8(x))))
          }
        }
        terminal.present(frame, cursor: nil)
        #expect(!pty.output().isEmpty)
      }
    }
  }
#endif
