import CNcurses
import CTerminal
import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The terminal the program runs in: the only place that draws on it and reads from it. ncurses knows the terminal and
/// sends what changed; keys, paste and mouse are decoded here. One at a time in a process, used from one thread; only
/// `waker` belongs to all of them.
public final class Terminal {
  public struct Options: Sendable {
    /// nil: what `TERM`, `COLORTERM` and `NO_COLOR` say.
    public var depth: ColorDepth?
    public var mouse = true
    /// Frames are sent between marks that let the terminal show them at once.
    public var synchronizedOutput = true
    /// Draw with ASCII only; nil: where the locale is not UTF-8.
    public var ascii: Bool?
    /// Where standard error goes while the screen is ours; nil: nowhere.
    public var errorLog: String?
    /// Whether standard error is sent there at all.
    public var redirectsErrors = true
    /// The terminal's descriptors.
    public var input: Int32 = 0
    public var output: Int32 = 1

    public init() {}
  }

  public private(set) var size: Size
  public private(set) var depth: ColorDepth
  /// The most colours this terminal can show.
  public private(set) var fullDepth: ColorDepth
  /// Whether only ASCII is drawn.
  public let isASCII: Bool
  public let waker: Waker
  public private(set) var isMouseOn: Bool

  let options: Options
  let term: String
  var modes: TerminalModes
  private let signals: Waker
  private var screen: OpaquePointer?
  private var files: [UnsafeMutablePointer<FILE>] = []
  private var savedError: Int32 = -1
  var decoder: InputDecoder
  var queue: [Event] = []
  var isOpen = true
  var isReady = false
  /// The terminal went away (its window was closed, a connection was lost).
  var isGone = false
  /// When bytes came last, in milliseconds.
  var lastInput = 0

  // What was drawn last, to send only what is different.
  var shown: [Cell] = []
  var shownCursor: Point?
  var isCursorVisible: Bool?
  var pairs: ColorPairs
  var row: [cchar_t] = []
  var mustRepaint = true

  /// Takes over the terminal.
  /// - Throws: `TerminalError` where there is no terminal, or one that cannot place its cursor.
  public init(_ options: Options = Options()) throws {
    self.options = options
    guard isatty(options.input) != 0, isatty(options.output) != 0 else {
      throw TerminalError(
        "The full-screen program needs a terminal for its input and output; "
          + "see glassbox --help for commands without a screen."
      )
    }
    let environment = Terminal.environment()
    term = environment["TERM"] ?? ""
    guard !term.isEmpty, term != "dumb", term != "unknown" else {
      throw TerminalError(
        "This terminal (TERM=\(SafeText.clean(term))) cannot show a full screen; "
          + "see glassbox --help for commands without one."
      )
    }
    isASCII = Terminal.prepareLocale(environment) ? options.ascii ?? false : true
    EmojiSequences.draw(whole: !isASCII && EmojiSequences.areDrawn(environment: environment))
    depth = options.depth ?? ColorDepth.detect(environment: environment)
    fullDepth = depth
    modes = TerminalModes(term: term, mouse: options.mouse)
    isMouseOn = options.mouse
    waker = try Waker()
    signals = try Waker()
    size = Size(0, 0)
    decoder = InputDecoder()
    SignalStack.ensure()
    OutOfMemory.beforeEnd(gbx_screen_abandon)
    // Before newterm, which takes the signals nobody else has.
    gbx_signals_install(options.input, signals.writeEnd)
    guard let input = fdopen(dup(options.input), "r"), let output = fdopen(dup(options.output), "w") else {
      throw TerminalError("The terminal could not be opened: \(String(cString: strerror(errno))).")
    }
    files = [input, output]
    pairs = ColorPairs(depth: .mono, term: term)
    do {
      try openScreen(environment)
    } catch {
      gbx_signals_remove()
      throw error
    }
    fullDepth = depth
    if options.redirectsErrors { redirectErrors() }
    enter()
    decoder = InputDecoder(terminfo: Terminal.terminfoKeys())
    isReady = true
  }

  deinit {
    close()
    if isReady { gbx_signals_remove() }
  }

  /// Gives the terminal back as it was; may be called again. Signals stay caught as long as this object lives: what is
  /// saved after the screen must not be cut short by the second signal that a closed terminal sends.
  public func close() {
    guard isOpen, isReady else { return }
    isOpen = false
    leave()
    if let screen { delscreen(screen) }
    screen = nil
    restoreErrors()
    for file in files { fclose(file) }
    files = []
  }

  /// Wakes `nextEvent` from any thread that holds the terminal's `waker`; this is the same for the drawing thread.
  public func wake() { waker.wake() }

  private static func environment() -> [String: String] {
    var result: [String: String] = [:]
    for name in ["TERM", "TERM_PROGRAM", "COLORTERM", "NO_COLOR", "TMUX", "LC_ALL", "LC_CTYPE", "LANG"] {
      if let value = getenv(name) { result[name] = String(cString: value) }
    }
    return result
  }

  /// Sets the character set and says whether it is UTF-8. Where the environment names no locale at all (containers,
  /// bare ssh), UTF-8 is tried; one that is named is kept to. Numbers stay as in C.
  private static func prepareLocale(_ environment: [String: String]) -> Bool {
    let isSet = ["LC_ALL", "LC_CTYPE", "LANG"].contains { !(environment[$0] ?? "").isEmpty }
    if !isSet || setlocale(LC_CTYPE, "") == nil {
      if setlocale(LC_CTYPE, "C.UTF-8") == nil { setlocale(LC_CTYPE, "en_US.UTF-8") }
    }
    return String(cString: nl_langinfo(Int32(CODESET))).uppercased().contains("UTF-8")
  }

  /// Names in terminfo to try for a colour depth, best first.
  private func names(for depth: ColorDepth, isTmux: Bool) -> [String] {
    guard depth == .truecolor, !term.hasSuffix("-direct") else { return [term] }
    if isTmux || term.hasPrefix("tmux") { return ["tmux-direct", term] }
    let family = String(term.prefix { $0 != "-" })
    if family == "screen" { return [term] }
    // Much calls itself xterm that knows neither colons in colours nor repeated characters: this entry uses neither.
    return family == "xterm" ? ["vscode-direct", "xterm-direct", term] : [family + "-direct", "xterm-direct", term]
  }

  private func openScreen(_ environment: [String: String]) throws {
    for name in names(for: depth, isTmux: environment["TMUX"] != nil) {
      screen = newterm(name, files[1], files[0])
      if screen != nil { break }
    }
    guard let screen else {
      throw TerminalError(
        "This terminal (TERM=\(SafeText.clean(term))) is not in the terminfo database; "
          + "set TERM to a kind that is, such as xterm-256color."
      )
    }
    guard let place = tigetstr("cup"), Int(bitPattern: place) != -1 else {
      endwin()
      delscreen(screen)
      self.screen = nil
      throw TerminalError(
        "This terminal (TERM=\(SafeText.clean(term))) cannot place its cursor, which a full screen needs.")
    }
    raw()
    noecho()
    nonl()
    keypad(gbx_stdscr(), true)
    typeahead(-1)
    idcok(gbx_stdscr(), false)
    scrollok(gbx_stdscr(), false)
    leaveok(gbx_stdscr(), false)
    if depth != .mono && has_colors() {
      start_color()
      use_default_colors()
      // What ncurses found may be less than hoped for.
      let colors = Int(gbx_colors())
      depth = min(depth, colors > 256 ? .truecolor : colors >= 256 ? .ansi256 : colors >= 8 ? .ansi16 : .mono)
      if colors > 256 { depth = .truecolor }
    } else {
      depth = .mono
    }
    pairs = ColorPairs(depth: depth, term: term)
    size = Size(Int(getmaxx(gbx_stdscr())), Int(getmaxy(gbx_stdscr())))
    if let now = currentSize(), now != size { adopt(now) }
    invalidate()
  }

  /// Makes the terminal ready for a theme and returns the theme as it can be shown. A theme of the terminal's own 16
  /// colours is shown with at most 256: with direct colour ncurses cannot name the bright eight.
  public func prepare(_ theme: Theme) throws -> Theme {
    try setDepth(theme.isOfTerminalColors ? min(fullDepth, .ansi256) : fullDepth)
    return theme.adapted(to: depth)
  }

  private func setDepth(_ wanted: ColorDepth) throws {
    guard isOpen, wanted != depth else { return }
    let before = depth
    leave()
    if let screen { delscreen(screen) }
    screen = nil
    depth = wanted
    do {
      try openScreen(Terminal.environment())
    } catch {
      depth = before
      try openScreen(Terminal.environment())
    }
    enter()
  }

  /// Switches our modes on and tells the crash handler how to undo them.
  func enter() {
    func capability(_ name: String) -> String {
      guard let text = tigetstr(name), Int(bitPattern: text) != -1 else { return "" }
      // Padding marks are for tputs; the crash handler writes bytes.
      return String(String(cString: text).split(separator: "$<", omittingEmptySubsequences: false)[0])
    }
    gbx_screen_entered(modes.restore(leaving: capability("rmcup"), keypad: capability("rmkx")), savedError)
    send(modes.on)
    invalidate()
  }

  /// Leaves the screen to someone else; `enter` comes back.
  func leave() {
    send(modes.off)
    if isCursorVisible == false { curs_set(1) }
    isCursorVisible = nil
    endwin()
    gbx_screen_left()
  }

  /// Everything will be drawn anew.
  func invalidate() {
    shown = []
    shownCursor = nil
    isCursorVisible = nil
    mustRepaint = true
  }

  /// Sends bytes past ncurses, whose own buffer is empty between frames.
  func send(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = write(options.output, rest.baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          return
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  func currentSize() -> Size? {
    var window = winsize()
    guard ioctl(options.output, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
      return nil
    }
    return Size(Int(window.ws_col), Int(window.ws_row))
  }

  func adopt(_ new: Size) {
    resize_term(Int32(new.height), Int32(new.width))
    size = new
    invalidate()
  }

  private func redirectErrors() {
    savedError = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
    guard savedError >= 0 else { return }
    fflush(nil)
    let path = options.errorLog ?? "/dev/null"
    var file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    if file < 0 { file = open("/dev/null", O_RDWR | O_CLOEXEC) }
    guard file >= 0 else { return }
    dup2(file, STDERR_FILENO)
    closeDescriptor(file)
  }

  private func restoreErrors() {
    guard savedError >= 0 else { return }
    fflush(nil)
    dup2(savedError, STDERR_FILENO)
    closeDescriptor(savedError)
    savedError = -1
  }

  var signalPipe: Waker { signals }

  /// Turns mouse reports on or off; off, the terminal's own selection works.
  public func setMouse(_ on: Bool) {
    modes.mouse = on
    isMouseOn = on
    guard modes.isModern else { return }
    send(on ? TerminalModes.mouseOn : TerminalModes.mouseOff)
  }
}

/// `close`, under a name that methods called close do not hide.
private func closeDescriptor(_ descriptor: Int32) { _ = close(descriptor) }
