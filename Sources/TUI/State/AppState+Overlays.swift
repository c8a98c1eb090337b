import Core

extension AppState {
  /// The palette: every action, best known by the part of the screen that is focused.
  func palette() -> Picker {
    let here = focus.scopes.first ?? .global
    let hidden: Set<Action> = [.palette, .interrupt]
    func rank(_ action: Action) -> Int {
      if action.scope == here, here != .input { return 0 }
      return action.scope == .global ? 1 : 2
    }
    let actions = Action.allCases.filter { action in
      // Moving the caret is not a command to look up.
      !hidden.contains(action) && (action.scope != .input || action == .externalEditor || action == .stop)
    }
    let ordered = actions.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
    let items = ordered.map { _, action in
      var item = PickerItem(
        id: action.rawValue, title: action.info.title,
        detail: action.scope == .global ? "" : action.scope.title.lowercased(),
        note: keys.label(of: action, ascii: ascii) ?? "")
      item.words = action.words
      let isOfChat = action.scope == .input || action.scope == .chat
      item.isNear = focus.scopes.contains(action.scope) || focus.pane == .chat && isOfChat
      return item
    }
    return Picker(.palette, title: "Commands", items: items)
  }

  mutating func handleOverlayKey(_ stroke: Key, _ action: Action?) -> [Effect] {
    guard let overlay = overlays.popLast() else { return [] }
    switch overlay {
    case .help(var help):
      if action == .help, help.query.isEmpty { return [] }
      if help.handle(stroke, page: max(1, size.height - 6)) { overlays.append(.help(help)) }
    case .picker(var picker):
      switch picker.handle(stroke, page: max(1, size.height - 8)) {
      case .stays:
        let effects = askForPaths(&picker)
        overlays.append(.picker(picker))
        if !effects.isEmpty { return effects }
        if picker.isAnsweredElsewhere, picker.answered != picker.query.text {
          return [.findConversations(picker.query.text)]
        }
      case .cancelled: break
      case .chose(let item): return choose(item, in: picker)
      case .path(let path):
        overlays.append(.picker(picker))
        return [.openPath(path, picker.purpose)]
      case .extra(let id, let item):
        overlays.append(.picker(picker))
        return extra(id, item, picker)
      }
    case .form(var form):
      switch form.handle(stroke) {
      case .stays: overlays.append(.form(form))
      case .cancelled: remember(form)
      case .submitted:
        remember(form)
        return submit(form)
      }
    case .dialog(var dialog):
      switch dialog.handle(stroke) {
      case .stays: overlays.append(.dialog(dialog))
      case .cancelled: break
      case .pressed(let id): return press(id, in: dialog)
      }
    case .text(let title, let hint, var editor):
      return handleText(stroke, title, hint, &editor)
    }
    return []
  }

  private mutating func handleText(
    _ stroke: Key, _ title: String, _ hint: String, _ editor: inout TextEditor
  ) -> [Effect] {
    switch keys.action(for: stroke, in: [.input], typing: true) {
    case .send:
      chat.systemDraft = nil
      return [.setSystem(editor.text)]
    case .stop:
      rememberSystem(editor)
      return []
    case let action?: _ = editor.perform(action)
    case nil:
      if stroke == .control("c") { return [] }
      _ = editor.handle(stroke)
    }
    overlays.append(.text(title: title, hint: hint, editor: editor))
    return []
  }

  private mutating func choose(_ item: PickerItem, in picker: Picker) -> [Effect] {
    switch picker.purpose {
    case .palette: return Action(rawValue: item.id).map { performFromPalette($0) } ?? []
    case .model: return [.loadModel(item.id)]
    case .theme: return [.setTheme(item.id)]
    case .conversation:
      return chat.busy ? refuse("a reply is being written: stop it first") : [.openConversation(item.id)]
    case .tokenizer: return [.loadTokenizer(item.id)]
    case .compare: return [.addTokenizer(item.id)]
    case .run: return [.openRun(item.id)]
    case .template: return [.setTemplate(item.id.isEmpty ? nil : item.id)]
    case .alternatives(let message, let token):
      // What stands there already needs no branch.
      guard !item.current, let id = TokenID(item.id) else { return [] }
      if chat.busy { return refuse("a reply is being written: stop it first") }
      (chat.xrayToken, chat.selection, chat.follows) = (nil, nil, true)
      return [.branch(message: message, token: token, id: id)]
    }
  }

  /// A command of another part of the screen brings that part to the front first.
  private mutating func performFromPalette(_ action: Action) -> [Effect] {
    switch action.scope {
    case .chat: if focus != .log, action != .backToInput { setFocus(.log) }
    case .train: setFocus(.train)
    case .tokens: if focus.pane != .tokens { setFocus(.tokens) }
    case .input: setFocus(.input)
    case .global: break
    }
    return perform(action)
  }

  private mutating func extra(_ id: String, _ item: PickerItem, _ picker: Picker) -> [Effect] {
    switch (picker.purpose, id) {
    case (.conversation, "rename"):
      let field = FormField("title", "Title", value: item.title, required: true)
      overlays.append(
        .form(Form(.rename(item.id), title: "Rename the conversation", submit: "rename", fields: [field])))
    case (.conversation, "delete"):
      overlays.append(
        .dialog(
          Dialog(
            .deleteConversation(item.id), tone: .warning, title: "Delete the conversation?",
            body: "“\(SafeText.clean(item.title))” and all its branches. Until Glassbox is left, "
              + "“undo the last deletion” brings it back.",
            buttons: [.init("keep", "Keep", "k"), .init("delete", "Delete", "d")])))
    default: break
    }
    return []
  }

  private mutating func submit(_ form: Form) -> [Effect] {
    switch form.purpose {
    case .newRun:
      if train.run?.isLive == true {
        var form = form
        form.problem = "a run is training already: stop it first"
        overlays.append(.form(form))
        return []
      }
      return [.startRun(Forms.runSettings(form))]
    case .sampling:
      chat.parameters = Forms.parameters(form, from: chat.parameters)
      return [.setSampling(chat.parameters)]
    case .learningRate: return Double(form["rate"]).map { [.run(.learningRate($0))] } ?? []
    case .rename(let id): return [.renameConversation(id, to: form["title"]), .listConversations]
    case .trainTokenizer:
      tokens.view = .text
      showTokens(.training)
      return [
        .trainTokenizer(
          Forms.trainingOptions(form), data: form["data"], out: form["out"], isPaced: form["pace"] == "watch")
      ]
    case .saveTokenizer: return [.saveTokenizer(form["out"])]
    case .openText: return form["path"].isEmpty ? [] : [.readText(form["path"])]
    case .find:
      // Nothing typed: what was looked for last, which the empty box shows.
      let text = form["text"].isEmpty && chat.find.text.isEmpty ? chat.find.last : form["text"]
      if !text.isEmpty, text != chat.find.text {
        endFinding()
        chat.find.text = text
      }
      if !chat.find.text.isEmpty { findMatch(1) }
      return []
    }
  }

  private mutating func press(_ id: String, in dialog: Dialog) -> [Effect] {
    switch (dialog.purpose, id) {
    case (.quitWhileTraining, "quit"):
      quitting = true
      return [.quit]
    case (.stopRun, "stop"): return [.run(.stop)]
    case (.quitUnsaved, "leave"):
      leavesUnsaved = true
      return quit()
    case (.deleteMessage(let message), "delete"): return [.deleteMessage(message)]
    case (.deleteConversation(let conversation), "delete"):
      return [.deleteConversation(conversation), .listConversations]
    default: return []
    }
  }

  /// Fills a list that was opened before its lines were known.
  /// - Parameter query: what was searched for; an answer to another query than the present one is not shown.
  public mutating func fill(
    _ purpose: Picker.Purpose, with items: [PickerItem], empty: String? = nil, answering query: String? = nil
  ) {
    for i in overlays.indices.reversed() {
      if case .picker(var picker) = overlays[i], picker.purpose == purpose {
        if let query {
          guard query == picker.query.text else { return }
          picker.answered = query
        }
        if let empty { picker.emptyText = empty }
        let fresh = picker.items.isEmpty
        picker.items = items
        if fresh, picker.query.isEmpty, let current = items.firstIndex(where: \.current) { picker.select(current) }
        overlays[i] = .picker(picker)
        return
      }
    }
  }
}
