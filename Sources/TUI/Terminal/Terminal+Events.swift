import CNcurses
import CTerminal

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

extension Terminal {
  /// The next event; nil when none comes within the time. Without a time it waits, and costs nothing while it does.
  /// - Parameter timeoutMilliseconds: nil or negative waits for ever; 0 only looks.
  public func nextEvent(timeoutMilliseconds: Int? = nil) -> Event? {
    if !queue.isEmpty { return queue.removeFirst() }
    guard isOpen else { return nil }
    let deadline = timeoutMilliseconds.flatMap { $0 < 0 ? nil : milliseconds() + $0 }
    while true {
      var wait = deadline.map { max(0, $0 - milliseconds()) } ?? -1
      if let patience = decoder.patience {
        let rest = max(0, lastInput + patience - milliseconds())
        if wait < 0 || rest < wait { wait = rest }
      }
      var sources = [
        // A negative descriptor is passed over.
        pollfd(fd: isGone ? -1 : options.input, events: Int16(POLLIN), revents: 0),
        pollfd(fd: waker.readEnd, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signalPipe.readEnd, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&sources, nfds_t(sources.count), Int32(clamping: wait))
      if count < 0 {
        if errno == EINTR || errno == EAGAIN { continue }
        if isGone { return nil }
        lose()
      }
      if sources[2].revents != 0 { takeSignals() }
      if sources[0].revents != 0 {
        readInput()
      } else if let patience = decoder.patience, milliseconds() - lastInput >= patience {
        // Measured from the last byte: other events must not keep a lone ESC from being the key.
        decoder.flush(into: &queue)
      }
      if sources[1].revents != 0 {
        waker.drain()
        queue.append(.wake)
      }
      if !queue.isEmpty { return queue.removeFirst() }
      if let deadline, milliseconds() >= deadline { return nil }
    }
  }

  /// The terminal went away: that is told once, and from then on nothing is read or drawn.
  private func lose() {
    guard !isGone else { return }
    isGone = true
    queue.append(.terminate(signal: SIGHUP))
  }

  private func milliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  private func readInput() {
    let capacity = 1 << 16
    let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { bytes in
      let count = read(options.input, bytes.baseAddress, capacity)
      if count > 0 { decoder.feed(bytes[..<count], into: &queue) }
      return count
    }
    if count > 0 {
      lastInput = milliseconds()
      coalesceDrags()
    } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
      lose()
    }
  }

  /// Of drags in a row only the last place matters.
  private func coalesceDrags() {
    guard queue.count > 1 else { return }
    var kept: [Event] = []
    for event in queue {
      if case .mouse(let new) = event, new.kind == .drag || new.kind == .move,
        case .mouse(let old)? = kept.last, old.kind == new.kind, old.button == new.button
      {
        kept[kept.count - 1] = event
      } else {
        kept.append(event)
      }
    }
    queue = kept
  }

  private func takeSignals() {
    signalPipe.drain()
    var number: Int32 = 0
    let bits = gbx_signals_take(&number)
    if bits & UInt32(GBX_SIGNAL_TERMINATE) != 0 { queue.append(.terminate(signal: number)) }
    if bits & UInt32(GBX_SIGNAL_STOP) != 0 {
      suspend()
    } else if bits & UInt32(GBX_SIGNAL_CONTINUE) != 0 {
      // Stopped without our knowing; the shell has had the terminal since.
      comeBack()
    }
    if bits & UInt32(GBX_SIGNAL_RESIZE) != 0, let now = currentSize() {
      adopt(now)
      queue.append(.resize(now))
    }
  }

  /// Stops the program as Ctrl-Z in a shell does; returns when it runs again, with `.continued` as the next event.
  public func suspend() {
    guard isOpen else { return }
    leave()
    gbx_stop_process_group()
    comeBack()
  }

  private func comeBack() {
    reset_prog_mode()
    if let now = currentSize(), now != size {
      adopt(now)
      queue.append(.resize(now))
    }
    wrefresh(gbx_stdscr())
    enter()
    queue.append(.continued)
  }

  /// Lends the terminal to another program (an editor, a pager) while `body` runs.
  public func withSuspended<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard isOpen else { return try body() }
    leave()
    defer { comeBack() }
    return try body()
  }

  /// Runs a command of the shell on the terminal, which is lent to it meanwhile.
  /// - Returns: its exit code; 127 when it could not be started.
  public func run(_ command: String) -> Int32 {
    withSuspended {
      var child = pid_t()
      let arguments = ["/bin/sh", "-c", command].map { (word: String) in strdup(word) } + [nil]
      defer { for argument in arguments { free(argument) } }
      var settings = posix_spawnattr_t()
      posix_spawnattr_init(&settings)
      defer { posix_spawnattr_destroy(&settings) }
      // The child gets the signals that we ignore or block.
      var all = sigset_t()
      sigemptyset(&all)
      posix_spawnattr_setsigmask(&settings, &all)
      for number in [SIGPIPE, SIGINT, SIGQUIT, SIGTSTP] { sigaddset(&all, number) }
      posix_spawnattr_setsigdefault(&settings, &all)
      posix_spawnattr_setflags(&settings, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
      guard posix_spawn(&child, "/bin/sh", nil, &settings, arguments, environ) == 0 else { return 127 }
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0 && errno == EINTR {}
      return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
  }

  /// Hands text to the terminal's clipboard (OSC 52). Whether it took it cannot be known; false when the text is too
  /// long to try.
  public func copy(_ text: String) -> Bool {
    guard isOpen, text.utf8.count <= 1 << 20 else { return false }
    send("\u{1B}]52;c;\(Base64.encode(text.utf8))\u{07}")
    return true
  }

  /// Names the terminal's window or tab.
  public func setTitle(_ title: String) {
    guard isOpen, modes.isModern else { return }
    send("\u{1B}]2;\(SafeText.clean(title, keepingNewlines: false))\u{07}")
  }

  /// The keys terminfo knows for this terminal, besides the sequences that all share.
  static func terminfoKeys() -> [[UInt8]: Key] {
    var names: [(String, Key)] = [
      ("kcuu1", Key(.up)), ("kcud1", Key(.down)), ("kcub1", Key(.left)), ("kcuf1", Key(.right)), ("khome", Key(.home)),
      ("kend", Key(.end)), ("kpp", Key(.pageUp)), ("knp", Key(.pageDown)), ("kich1", Key(.insert)),
      ("kdch1", Key(.delete)), ("kbs", Key(.backspace)), ("kcbt", Key(.tab, .shift)), ("kent", Key(.enter)),
    ]
    for number in 1...12 { names.append(("kf\(number)", Key(.function(number)))) }
    var result: [[UInt8]: Key] = [:]
    for (name, key) in names {
      guard let text = tigetstr(name), Int(bitPattern: text) != -1 else { continue }
      let bytes = Array(String(cString: text).utf8)
      // One byte (kbs as ^H) would take a control key from the user.
      if bytes.count > 1, bytes[0] == 0x1B { result[bytes] = key }
    }
    return result
  }
}

/// As RFC 4648 has it, with padding.
enum Base64 {
  static func encode(_ bytes: some Collection<UInt8>) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count / 3 * 4 + 4)
    var word: UInt32 = 0
    var count = 0
    for byte in bytes {
      word = word << 8 | UInt32(byte)
      count += 1
      if count == 3 {
        for shift in [18, 12, 6, 0] { result.append(alphabet[Int(word >> UInt32(shift) & 63)]) }
        word = 0
        count = 0
      }
    }
    if count > 0 {
      word <<= UInt32(8 * (3 - count))
      for place in 0..<4 { result.append(place <= count ? alphabet[Int(word >> UInt32(18 - 6 * place) & 63)] : 0x3D) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
