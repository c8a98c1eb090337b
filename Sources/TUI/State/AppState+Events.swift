/// What happens at the keyboard, the mouse and the window.
public enum InputEvent: Sendable, Equatable {
  public enum Mouse: Sendable, Equatable {
    case press, drag, release, wheelUp, wheelDown
  }
  case key(Key)
  case paste(String)
  case mouse(Mouse, Point)
  case resize(Size)
}

extension AppState {
  /// Takes one event in.
  /// - Returns: what is to be done outside the screen, in order.
  public mutating func handle(_ event: InputEvent) -> [Effect] {
    switch event {
    case .resize(let size):
      self.size = size
      dragging = nil
      return []
    case .paste(let text):
      return paste(text)
    case .mouse(let kind, let point):
      return handleMouse(kind, point)
    case .key(let stroke):
      return handleKey(stroke)
    }
  }

  private mutating func paste(_ text: String) -> [Effect] {
    var effects: [Effect] = []
    if !panesTakeKeys, var overlay = overlays.popLast() {
      switch overlay {
      case .help(var help):
        help.paste(text)
        overlay = .help(help)
      case .picker(var picker):
        picker.paste(text)
        effects = askForPaths(&picker)
        overlay = .picker(picker)
      case .form(var form):
        form.paste(text)
        overlay = .form(form)
      case .text(let title, let hint, var editor):
        editor.insert(text)
        overlay = .text(title: title, hint: hint, editor: editor)
      case .dialog: break
      }
      overlays.append(overlay)
    } else if focus.pane == .tokens {
      pasteInTokens(text)
    } else {
      // Wherever else the keys go, a pasted text is meant for the input box.
      setFocus(.input)
      composer.insert(text)
    }
    return effects
  }

  private mutating func handleKey(_ stroke: Key) -> [Effect] {
    let action = keys.action(for: stroke, in: focus.scopes, typing: focus.isTyping)
    if action != .interrupt { interruptArmed = false }
    if action != .stop { escapeArmed = false }
    // These work over everything.
    switch action {
    case .redraw, .suspend, .mouse: return perform(action ?? .redraw)
    case .quit: return perform(.quit)
    case .interrupt where overlays.isEmpty: return perform(.interrupt)
    default: break
    }
    if let dialog = lateDialog, !isMeant(stroke, for: dialog) { return passOn(stroke) }
    if !overlays.isEmpty { return handleOverlayKey(stroke, action) }
    if screen.tooSmall { return [] }
    // Enter on an empty box says nothing.
    let isTyped = stroke.code != .escape && !(stroke.code == .enter && focus == .input && composer.isEmpty)
    if focus.isTyping, isTyped { lastTyped = now }
    if focus == .tokensText { return typeInTokens(stroke, action) }
    if focus == .input {
      if let action { return composer.perform(action) ? [] : perform(action) }
      _ = composer.handle(stroke)
      return []
    }
    if focus == .train { return handleTrainKey(stroke, action) }
    return action.map { perform($0) } ?? []
  }

  public mutating func setFocus(_ new: Focus) {
    if focus == new { return }
    focus = new
    if new.pane != .chat { layout.companion = new.pane }
    if let pane = layout.workspace.pane, pane != new.pane, !layout.zoomed { layout.workspace = .deck }
    if new == .log, chat.selection == nil { chat.selection = chat.messages.indices.last }
    if new == .input { chat.selection = nil }
  }

  mutating func moveFocus(by step: Int) {
    let order = focusOrder
    let here = order.firstIndex(of: focus == .tokensText ? .tokens : focus) ?? 0
    setFocus(order[(here + step + order.count) % order.count])
  }
}
