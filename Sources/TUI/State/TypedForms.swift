import Core

extension Form.Purpose {
  /// Under which name what was typed is kept; nil for what is always asked anew.
  var rememberedName: String? {
    switch self {
    case .newRun: "new-run"
    case .sampling: "sampling"
    case .trainTokenizer: "train-tokenizer"
    case .saveTokenizer: "save-tokenizer"
    case .openText: "open-text"
    case .learningRate, .rename, .find: nil
    }
  }
}

extension AppState {
  /// Opens a form with what was typed in it before.
  mutating func open(_ form: Form) {
    var form = form
    if form.purpose != .sampling, let name = form.purpose.rememberedName { form.fill(typedForms[name] ?? [:]) }
    overlays.append(.form(form))
  }

  /// Opens a form that was sent, with what was typed and why it could not be done.
  public mutating func reopen(_ form: Form, because why: String) {
    open(form)
    guard case .form(var open)? = overlays.popLast() else { return }
    open.refuse(why)
    overlays.append(.form(open))
  }

  /// Keeps what was typed in a form that is left, or still open.
  mutating func remember(_ form: Form) {
    guard let name = form.purpose.rememberedName, form.purpose != .sampling else { return }
    typedForms[name] = form.typed.isEmpty ? nil : form.typed
  }

  /// What was typed in the forms, also in the one that is open, and a system prompt that is being written.
  public mutating func rememberOpenForms() {
    for overlay in overlays {
      switch overlay {
      case .form(let form): remember(form)
      case .text(_, _, let editor): rememberSystem(editor)
      case .help, .picker, .dialog: break
      }
    }
  }

  /// Keeps a system prompt that is not in use yet.
  mutating func rememberSystem(_ editor: TextEditor) {
    let text = editor.text
    chat.systemDraft = text == chat.system ? nil : text
  }

  /// Sampling settings as they are kept, and taken up again.
  public var typedSampling: [String: String] {
    let now = Forms.sampling(chat.parameters)
    let usual = Forms.sampling(GenerateParameters())
    let changed = now.fields.filter { $0.value != usual[$0.key] }
    return Dictionary(changed.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// - Returns: false where there is nothing to take up.
  public mutating func takeSampling(_ typed: [String: String]) -> Bool {
    var form = Forms.sampling(GenerateParameters())
    form.fill(typed)
    // What cannot be used (a file edited by hand) falls back.
    for i in form.fields.indices where form.fields[i].check() != nil {
      form.fields[i].editor.setText(form.fields[i].initial)
    }
    let parameters = Forms.parameters(form, from: chat.parameters)
    guard !typed.isEmpty, parameters != chat.parameters else { return false }
    chat.parameters = parameters
    return true
  }
}
