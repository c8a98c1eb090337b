/// Messages that come by themselves, while keys may be on their way to something else.
extension AppState {
  /// So long a message is on the screen, and no key is typed, before a key is meant for it.
  static let moment = 0.6

  /// A failure. It stays until it is read, under what the user has open, and takes no key that was not meant for it.
  public mutating func fail(_ title: String, _ message: String) {
    var dialog = Dialog.message(title, message, tone: .error)
    dialog.isLate = true
    if !overlays.isEmpty { say(SafeText.clean(title, keepingNewlines: false), .error) }
    overlays.insert(.dialog(dialog), at: 0)
  }

  /// The message on top, if it came by itself.
  var lateDialog: Dialog? {
    guard case .dialog(let dialog)? = overlays.last, dialog.isLate else { return nil }
    return dialog
  }

  /// Whether what is typed reaches the panes.
  var panesTakeKeys: Bool { overlays.isEmpty || lateDialog != nil }

  /// Notes that the message on top is on the screen now; kept by ``Frame``.
  mutating func noteSeen() {
    guard case .dialog(var dialog)? = overlays.last, dialog.isLate, dialog.seen == nil else { return }
    dialog.seen = now
    overlays[overlays.count - 1] = .dialog(dialog)
  }

  /// Whether a key is meant for the message: not while it has only just come or one is typing, and where one types only
  /// Esc is, or Enter when nothing was typed since the message is there.
  func isMeant(_ stroke: Key, for dialog: Dialog) -> Bool {
    guard let seen = dialog.seen, now - seen >= Self.moment, now - lastTyped >= Self.moment else { return false }
    guard focus.isTyping else { return true }
    if stroke.code == .enter, stroke.modifiers.isEmpty { return lastTyped < seen }
    return stroke.code == .escape
  }

  /// Lets a key through to what lies under the message.
  mutating func passOn(_ stroke: Key) -> [Effect] {
    let waiting = overlays
    overlays = []
    defer { overlays = waiting + overlays }
    return handle(.key(stroke))
  }
}
