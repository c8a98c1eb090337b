import Core

/// The part of the screen that keys go to.
public enum Focus: String, Sendable, CaseIterable {
  case input, log, train, tokens
  /// The Tokens pane's own text box.
  case tokensText

  public var pane: Pane {
    switch self {
    case .input, .log: .chat
    case .train: .train
    case .tokens, .tokensText: .tokens
    }
  }

  /// Where bindings are looked for, in order.
  public var scopes: [Scope] {
    switch self {
    case .input, .tokensText: [.input, .global]
    case .log: [.chat, .global]
    case .train: [.train, .global]
    case .tokens: [.tokens, .global]
    }
  }

  public var isTyping: Bool { self == .input || self == .tokensText }
}

/// Something that lies over the panes and takes the keys.
public enum Overlay: Sendable {
  case help(HelpState)
  case picker(Picker)
  case form(Form)
  case dialog(Dialog)
  /// A text of several lines: the system prompt.
  case text(title: String, hint: String, editor: TextEditor)
}

/// A word to the user that goes away by itself.
public struct Toast: Sendable, Equatable {
  public var text: String
  public var tone: Dialog.Tone
  /// Seconds on the program's clock.
  public var until: Double
}

/// Everything the screen shows. Events change it and ask for effects; ``Frame`` draws it. Knows no terminal, no thread.
public struct AppState: Sendable {
  public var size: Size
  public var keys: KeyTable
  public var layout = LayoutState()
  public var focus = Focus.input
  public var overlays: [Overlay] = []
  public var composer = TextEditor()
  public var chat = ChatState()
  public var train = TrainState()
  public var tokens = TokensState()
  public var themeName = "midnight"
  public var themes: [String] = ["midnight"]
  public var mouse = true
  public var ascii = false
  /// `HH:MM`; empty shows no clock.
  public var clock = ""
  /// Seconds on a clock that only goes forward.
  public var now = 0.0
  public var toast: Toast?
  /// Esc was pressed in an idle input box: once more edits the last message.
  var escapeArmed = false
  /// Ctrl-C was pressed with nothing to stop: once more quits.
  var interruptArmed = false
  /// Being dragged: a splitter.
  var dragging: Splitter?
  /// When a key was last typed into a text box.
  var lastTyped = -Double.infinity
  /// Leaving, as soon as the run is saved.
  public var quitting = false
  /// The user knows that messages are not saved, and leaves all the same.
  var leavesUnsaved = false
  /// What was typed in forms, by ``Form/Purpose/rememberedName``.
  public var typedForms: [String: [String: String]] = [:]

  public init(size: Size, keys: KeyTable = KeyTable()) {
    self.size = size
    self.keys = keys
  }

  public var screen: ScreenLayout { ScreenLayout(size: size, state: layout, focus: focus.pane) }

  /// Focusable parts in the order Tab goes through them; hidden panes come to sight when they are focused.
  var focusOrder: [Focus] {
    if let pane = layout.workspace.pane, !layout.zoomed {
      switch pane {
      case .chat: return [.input, .log]
      case .train: return [.train]
      case .tokens: return [.tokens]
      }
    }
    return [.input, .log, .train, .tokens]
  }

  public mutating func say(_ text: String, _ tone: Dialog.Tone = .calm, seconds: Double = 4) {
    toast = Toast(text: text, tone: tone, until: now + seconds)
  }

  /// A key of the Train pane that acts in a moment.
  public internal(set) var heldRunKey: HeldRunKey?

  /// Lets time pass: true when something seen changed.
  public mutating func tick(now: Double, clock: String) -> Bool {
    self.now = now
    var changed = clock != self.clock
    if tokens.player.tick(now: now, count: tokens.explanation?.word?.stepCount ?? 0) { changed = true }
    self.clock = clock
    if heldRunKey != nil, heldRunKey?.due == nil { heldRunKey?.due = now + HeldRunKey.seconds }
    if let toast, toast.until <= now {
      self.toast = nil
      escapeArmed = false
      interruptArmed = false
      changed = true
    }
    return changed
  }

  /// The Tokens pane looks at this much of the input box at most; its own text may be of any length.
  static let tokensLimit = 200_000

  private var watchedMessage: ChatMessage? {
    tokens.source == .live && (focus == .log || composer.isEmpty) ? chat.selected : nil
  }

  /// Names the text that the Tokens pane looks at: another name, another text.
  public var tokensKey: String {
    if tokens.source == .own { return "own \(tokens.document.version)" }
    if let message = watchedMessage { return "message \(message.key) \(message.id) \(message.text.utf8.count)" }
    return "input \(composer.version)"
  }

  /// Where the text stands that the Tokens pane looks at, and what it is looked at through: what is drawn has to be of
  /// it. A key changes the text, not its origin.
  public var tokensOrigin: TokenizedText.Origin {
    let text =
      if tokens.source == .own { "own \(tokens.document.number)" } else {
        watchedMessage.map { "message \($0.key) \($0.id)" } ?? "input"
      }
    return TokenizedText.Origin(text: text, tokenizer: tokens.tokenizerNumber)
  }

  /// Whether the tokens are of what the pane looks at, through the tokenizer it names.
  public var tokensAreCurrent: Bool { tokens.result.origin == tokensOrigin }

  /// The text itself, or its beginning.
  public var tokensText: (bytes: [UInt8], cut: Bool) {
    if tokens.source == .own { return (tokens.document.bytes, false) }
    if let message = watchedMessage { return (Array(message.text.utf8), false) }
    let text = composer.prefix(Self.tokensLimit)
    return (Array(text.utf8), text.utf8.count >= Self.tokensLimit && text.count >= Self.tokensLimit)
  }

  /// What is called "live" at the moment.
  public var tokensSourceName: String {
    if tokens.source == .own { return tokens.documentName.isEmpty ? "own text" : SafeText.clean(tokens.documentName) }
    return focus == .log || composer.isEmpty && !chat.messages.isEmpty ? "message" : "input"
  }
}
