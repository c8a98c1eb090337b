import CTerminal
import Core
import Logging
import Trainer

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The full-screen program: one thread owns the terminal and the state; everything slow happens elsewhere and comes
/// back as a message.
final class App {
  let options: AppOptions
  let settings: Settings
  let terminal: Terminal
  var state: AppState
  var theme: Theme
  let transcript = Transcript()
  let inbox: Mailbox<AppMessage>
  let chat: ChatService
  let training: TrainingService
  let tokens: TokensService
  let comparison: CompareService
  let vocabulary: VocabularyService
  let tokenizerTraining: TokenizerTrainingService
  let surprisal: SurprisalService
  let history: PromptHistory
  /// What was chosen on the screen, for the next time.
  var remembered: RememberedState
  let rememberedFile: RememberedStateFile
  /// When it is looked again whether another program wrote into the conversation.
  var lookDue = 0.0
  /// When a long text is kept again.
  var longTextDue = 0.0
  /// When what was typed since is kept.
  var rememberDue: Double?
  /// The number of the run that a form asked for.
  var formRun: Int?
  /// What was trained here last, and the number of that training.
  var trained: (tokenizer: TrainedTokenizer, training: Int)?
  /// Count what was asked for, so that an older request that takes longer changes nothing.
  var modelNumber = 0
  var tokenizerNumber = 0
  var textNumber = 0

  let log = Logger(label: "glassbox") { _ in InertLog() }

  var isDone = false
  var exitCode: Int32 = 0
  private var isDirty = true
  private var lastFrame = 0.0
  /// The user or a signal has asked to leave, and a run is being saved.
  var leaving = false
  /// … and the user has asked again: nothing is waited for.
  var hurried = false

  /// Text that streams in is shown this often; keys are shown at once.
  static let frameInterval = 1.0 / 40

  init(_ options: AppOptions) throws {
    self.options = options
    settings = options.settings ?? Settings.load()
    var terminalOptions = Terminal.Options()
    terminalOptions.mouse = settings.mouse
    terminalOptions.synchronizedOutput = settings.synchronizedOutput
    AppPaths.make(AppPaths.data)
    terminalOptions.errorLog = AppPaths.log
    let terminal = try Terminal(terminalOptions)
    self.terminal = terminal
    let waker = terminal.waker
    let inbox = Mailbox<AppMessage>(capacity: 8192, onArrival: { waker.wake() })
    self.inbox = inbox
    chat = ChatService(inbox: inbox, wake: { waker.wake() }, store: options.store)
    training = TrainingService(inbox: inbox)
    chat.chosenTemplate = options.template
    tokens = TokensService(inbox: inbox)
    comparison = CompareService(inbox: inbox)
    vocabulary = VocabularyService(inbox: inbox)
    tokenizerTraining = TokenizerTrainingService(inbox: inbox)
    surprisal = SurprisalService(inbox: inbox)
    let say: @Sendable (String) -> Void = { inbox.send(.failed(title: "Not kept", message: $0)) }
    history = PromptHistory(onFailure: say)
    remembered = RememberedState.load()
    rememberedFile = RememberedStateFile(remembered, onFailure: say)
    let keys = KeyTable(remapping: settings.keys)
    state = AppState(size: terminal.size, keys: keys)
    state.ascii = terminal.isASCII
    state.mouse = settings.mouse
    theme = Theme.midnight
    prepareState()
  }

  private func prepareState() {
    state.themes = ThemeLoader.names(folders: [AppPaths.themes])
    let wanted =
      options.theme ?? remembered.theme(configured: settings.theme)
      ?? (terminal.depth < .ansi256 ? "terminal" : "midnight")
    setTheme(wanted, quietly: false)
    if let workspace = options.workspace {
      state.layout.workspace = workspace
      if let pane = workspace.pane { state.focus = pane == .chat ? .input : pane == .train ? .train : .tokens }
    }
    if !options.noModel, let path = options.model { state.chat.model = .loading(Self.lastPart(path)) }
    state.composer.history = PromptHistory.read()
    takeRemembered()
    let problems = settings.problems + state.keys.problems + [remembered.problem].compactMap { $0 }
    if !problems.isEmpty {
      state.overlays.append(
        .dialog(.message("Settings", problems.prefix(8).joined(separator: "\n"), tone: .warning)))
    }
  }

  func run() -> Int32 {
    // Keys are to be seen at once, also while a model generates and another trains on every core.
    _ = gbx_prefer_short_slices()
    gbx_reuse_large_blocks()
    _ = state.tick(now: seconds(), clock: Self.clock())
    draw()
    start()
    while !isDone {
      step()
    }
    leave()
    return exitCode
  }

  /// What happens behind the first frame.
  private func start() {
    if let path = options.train { training.start(configurationFile: path) }
    chat.open(conversation: options.conversation)
    chat.findKeptText()
    if !options.noModel, let path = options.model { loadModel(path) }
    if let path = options.tokenizers.first { loadTokenizer(path) }
    for path in options.tokenizers.dropFirst() { addTokenizer(path) }
    // Reading the picker's lists belongs behind the first frame too, but only when they are asked for.
  }

  private func step() {
    let event = terminal.nextEvent(timeoutMilliseconds: timeout())
    var keyed = false
    var next = event
    while let event = next {
      keyed = take(event) || keyed
      if isDone { return }
      next = terminal.nextEvent(timeoutMilliseconds: 0)
    }
    for message in inbox.drain() {
      take(message)
      isDirty = true
    }
    if chat.drain(into: &state, now: seconds()) { isDirty = true }
    if state.tick(now: seconds(), clock: Self.clock()) { isDirty = true }
    if keyed, rememberDue == nil { rememberDue = seconds() + Self.rememberInterval }
    rememberTyped()
    lookForOtherPrograms()
    for effect in state.takeDue() {
      perform(effect)
      isDirty = true
    }
    if state.quitting, !training.isLive { isDone = true }
    guard isDirty else { return }
    if keyed || seconds() - lastFrame >= Self.frameInterval { draw() }
  }

  /// Milliseconds until something is to be done without an event; waits as long as nothing is.
  private func timeout() -> Int? {
    let now = seconds()
    if isDirty { return max(0, Int(((lastFrame + Self.frameInterval - now) * 1000).rounded(.up))) }
    var wait = 60.0 - Double(time(nil) % 60)
    if let toast = state.toast { wait = min(wait, max(0, toast.until - now)) }
    if !state.chat.conversation.isEmpty { wait = min(wait, max(0, lookDue - now)) }
    if let due = rememberDue { wait = min(wait, max(0, due - now)) }
    if let due = state.heldRunKey?.due { wait = min(wait, max(0, due - now)) }
    if state.tokens.player.isPlaying { wait = min(wait, max(0, state.tokens.player.due - now)) }
    return Int((wait * 1000).rounded(.up)) + 1
  }

  /// A conversation that is open in two programs is soon the same in both.
  private func lookForOtherPrograms() {
    guard !state.chat.conversation.isEmpty, seconds() >= lookDue else { return }
    lookDue = seconds() + 5
    chat.session.lookForChanges()
  }

  private func draw() {
    followTokens()
    let followed = state.tokensKey
    let frame = Frame.render(&state, theme: theme, transcript: transcript)
    terminal.present(frame.buffer, cursor: frame.cursor)
    lastFrame = seconds()
    // Only a frame knows where a match stands; the Tokens pane follows to its message.
    isDirty = state.tokensKey != followed
  }

  /// - Returns: whether the user did something, which wants to be seen at once.
  private func take(_ event: Event) -> Bool {
    switch event {
    case .wake, .focus: return false
    case .key(let key): handle(.key(key))
    case .paste(let text): handle(.paste(text))
    case .resize(let size): handle(.resize(size))
    case .continued:
      terminal.redraw()
      handle(.resize(terminal.size))
    case .mouse(let mouse):
      let kind: InputEvent.Mouse
      switch mouse.kind {
      case .press where mouse.button == .left: kind = .press
      case .drag: kind = .drag
      case .release: kind = .release
      case .wheelUp: kind = .wheelUp
      case .wheelDown: kind = .wheelDown
      default: return false
      }
      handle(.mouse(kind, mouse.position))
    case .terminate(let signal): terminate(signal)
    }
    isDirty = true
    return true
  }

  private func handle(_ event: InputEvent) {
    state.now = seconds()
    for effect in state.handle(event) { perform(effect) }
  }

  /// Asks the run to save itself, however many signals come: a terminal that is closed sends several.
  private func terminate(_ signal: Int32) {
    if exitCode == 0 { exitCode = 128 + signal }
    if !leaving { quit() }
  }

  private func leave() {
    tokenizerTraining.stop()
    surprisal.stop()
    vocabulary.forget()
    terminal.close()
    state.rememberOpenForms()
    chat.leaveDraft(of: state)
    finishRemembering()
    if let unsaved = chat.close() {
      let line = Array("glassbox: \(SafeText.clean(unsaved))\n".utf8)
      _ = line.withUnsafeBytes { put(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
    if !hurried { training.finish() }
  }

  func setTheme(_ name: String, quietly: Bool = true) {
    do {
      theme = try ThemeLoader.find(name).adapted(to: terminal.depth)
      state.themeName = theme.name
      isDirty = true
    } catch {
      theme = Theme.midnight.adapted(to: terminal.depth)
      state.themeName = theme.name
      state.fail("Theme", "\(error)")
    }
  }

  func seconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  static func clock() -> String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return Figures.pad(Int(parts.tm_hour)) + ":" + Figures.pad(Int(parts.tm_min))
  }
}
