import Chat

/// What is kept while the program runs, so that it is there when it ends in whatever way.
extension App {
  /// A few seconds at most stand between a key and the disk; nothing of it happens on the screen's thread.
  static let rememberInterval = 2.0

  /// Bytes of a text that is written seldom.
  private static let longText = 1 << 20

  /// Keeps what was typed and chosen since the last time.
  func rememberTyped() {
    guard let due = rememberDue, seconds() >= due else { return }
    rememberDue = nil
    state.rememberOpenForms()
    chat.keepDraft(of: state)
    // A text of megabytes is not written at every pause; when the program is left it is.
    if state.tokens.document.bytes.count < Self.longText || seconds() >= longTextDue {
      longTextDue = seconds() + 20
      chat.keepText(of: state)
    }
    var forms = state.typedForms
    let sampling = state.typedSampling
    forms["sampling"] = sampling.isEmpty ? nil : sampling
    remembered.forms = forms
    rememberedFile.keep(remembered)
  }

  /// A message that was sent is in the history for good.
  func rememberSent(_ effect: Effect) {
    switch effect {
    case .send(let text), .edit(_, let text): history.append(text)
    default: break
    }
  }

  /// Takes up what was chosen and typed last time.
  func takeRemembered() {
    state.typedForms = remembered.forms
    state.typedForms["sampling"] = nil
    if state.takeSampling(remembered.forms["sampling"] ?? [:]) {
      chat.perform(.setSampling(state.chat.parameters), state: &state)
    }
  }

  func finishRemembering() {
    rememberDue = 0
    rememberTyped()
    rememberedFile.finish()
    history.finish()
  }
}
