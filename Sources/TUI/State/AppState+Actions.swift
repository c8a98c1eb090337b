import Core

extension AppState {
  /// Does what a key, the palette or a click asks for.
  public mutating func perform(_ action: Action) -> [Effect] {
    switch action.scope {
    case .global: performGlobal(action)
    case .input: performInput(action)
    case .chat: performChat(action)
    case .train: performTrain(action)
    case .tokens: performTokens(action)
    }
  }

  private mutating func performGlobal(_ action: Action) -> [Effect] {
    switch action {
    case .help: overlays.append(.help(HelpState()))
    case .palette: overlays.append(.picker(palette()))
    case .focusNext: moveFocus(by: 1)
    case .focusPrevious: moveFocus(by: -1)
    case .zoom: layout.zoomed.toggle()
    case .workspaceChat: show(.chat, focus: .input)
    case .workspaceTrain: show(.train, focus: .train)
    case .workspaceTokens: show(.tokens, focus: .tokens)
    case .resetLayout:
      layout = LayoutState()
      say("all panes, at their first sizes")
    case .grow: resize(by: 0.05)
    case .shrink: resize(by: -0.05)
    case .chooseModel:
      return open(pathPicker(.model, "Model"), looking: "looking for models …", .findModels)
    case .conversations:
      var picker = Picker(.conversation, title: "Conversations", items: [])
      picker.isAnsweredElsewhere = true
      picker.extras = [(.control("e"), "rename", "rename"), (.control("x"), "delete", "delete")]
      return open(picker, looking: "no conversation yet", .listConversations)
    case .chooseTokenizer:
      return open(pathPicker(.tokenizer, "Tokenizer"), looking: "looking for tokenizers …", .findTokenizers)
    case .chooseRun: return open(pathPicker(.run, "Runs"), looking: "no run yet", .listRuns)
    case .newConversation:
      if chat.busy { return refuse("a reply is being written: stop it first") }
      setFocus(.input)
      return [.newConversation]
    case .systemPrompt:
      var editor = TextEditor(chat.system)
      editor.move(to: editor.end)
      var hint = "what the model is told before the chat"
      if let draft = chat.systemDraft {
        editor.setText(draft)
        let undo = keys.label(of: .undo, typing: true) ?? "undo"
        hint = "as you left it; \(undo) shows the one in use"
      }
      overlays.append(.text(title: "System prompt", hint: hint, editor: editor))
    case .chooseTemplate:
      if chat.busy { return refuse("a reply is being written: stop it first") }
      overlays.append(.picker(Forms.templates(current: chat.template)))
    case .sampling: overlays.append(.form(Forms.sampling(chat.parameters)))
    case .newRun: open(Forms.newRun(modelPath: chat.modelPath))
    case .find where focus == .tokens && tokens.view == .vocabulary: focus = .tokensText
    case .find:
      let last = chat.find.text.isEmpty ? chat.find.last : chat.find.text
      let field = FormField("text", "Find", placeholder: last.isEmpty ? "text in the conversation" : last)
      overlays.append(.form(Form(.find, title: "Find", submit: "find", fields: [field])))
    case .findNext: findMatch(1)
    case .findPrevious: findMatch(-1)
    case .nextTheme:
      guard let at = themes.firstIndex(of: themeName) ?? themes.indices.first else { return [] }
      return [.setTheme(themes[(at + 1) % themes.count])]
    case .chooseTheme:
      let items = themes.map { PickerItem(id: $0, title: $0, current: $0 == themeName) }
      overlays.append(.picker(Picker(.theme, title: "Theme", items: items)))
    case .mouse:
      mouse.toggle()
      say(mouse ? "the mouse works here" : "the mouse belongs to the terminal: select and copy as usual")
      return [.setMouse(mouse)]
    case .redraw: return [.redraw]
    case .suspend: return [.suspend]
    case .interrupt: return interrupt()
    case .quit: return quit()
    case .scrollUp: pageScroll(-1)
    case .scrollDown: pageScroll(1)
    default: break
    }
    return []
  }

  mutating func refuse(_ why: String) -> [Effect] {
    say(why, .warning)
    return []
  }

  /// A list of what is known, in which a path can be typed too.
  func pathPicker(_ purpose: Picker.Purpose, _ title: String) -> Picker {
    var picker = Picker(purpose, title: title, items: [])
    picker.takesPaths = true
    picker.placeholder = "type to search, or a path: / ./ ../ ~"
    return picker
  }

  private mutating func open(_ picker: Picker, looking: String, _ effect: Effect) -> [Effect] {
    var picker = picker
    picker.emptyText = looking
    overlays.append(.picker(picker))
    return [effect]
  }

  private mutating func show(_ workspace: Workspace, focus new: Focus) {
    layout.zoomed = false
    // The key of the workspace that is shown already leads back to all panes.
    layout.workspace = layout.workspace == workspace ? .deck : workspace
    if focus.pane != new.pane { setFocus(new) }
  }

  private mutating func resize(by step: Double) {
    let screen = screen
    for splitter in screen.splitters {
      let length = splitter.vertical ? splitter.room.width : splitter.room.height
      guard let rect = screen.rect(of: focus.pane), length > 0 else { continue }
      let first = splitter.vertical ? rect.x == splitter.room.x : rect.y == splitter.room.y
      if !splitter.vertical, focus.pane == .chat { continue }
      let share =
        layout.shares[splitter.split]
        ?? Double(splitter.vertical ? splitter.grip.x + 1 - splitter.room.x : splitter.grip.y - splitter.room.y)
        / Double(length)
      layout.shares[splitter.split] = min(max(share + (first ? step : -step), 0.1), 0.9)
    }
  }

  private mutating func pageScroll(_ direction: Int) {
    if focus == .tokens || focus == .tokensText {
      pageTokens(direction)
    } else {
      chat.scroll(by: direction * max(1, chat.viewRows - 2))
    }
  }

  private mutating func interrupt() -> [Effect] {
    if chat.busy { return [.stopReply] }
    if interruptArmed { return quit(asking: false) }
    interruptArmed = true
    let key = keys.label(of: .interrupt) ?? "^C"
    say(train.run?.isLive == true ? "\(key) again saves the run and leaves" : "\(key) again leaves")
    return []
  }

  mutating func quit(asking: Bool = true) -> [Effect] {
    if let unsaved = chat.unsaved, !leavesUnsaved {
      overlays.append(
        .dialog(
          Dialog(
            .quitUnsaved, tone: .error, title: "Not everything is saved",
            body: "\(unsaved.sign): \(unsaved.reason) Leaving now may lose that; staying goes on trying.",
            buttons: [.init("stay", "Stay", "t"), .init("leave", "Leave", "l")])))
      return []
    }
    guard let run = train.run, run.isLive else { return [.quit] }
    if !asking || quitting {
      quitting = true
      return [.quit]
    }
    let done = run.fraction.map { ", \(Int($0 * 100)) % done" } ?? ""
    overlays.append(
      .dialog(
        Dialog(
          .quitWhileTraining, tone: .warning, title: "A run is training",
          body: "\(SafeText.clean(run.name)) is training\(done). Leaving stops it after this step and saves it; "
            + "it can be resumed.",
          buttons: [.init("quit", "Save and leave", "s"), .init("stay", "Stay", "t")])))
    return []
  }

  private mutating func performInput(_ action: Action) -> [Effect] {
    switch action {
    case .send: return focus == .tokensText ? enterInTokens() : send()
    case .stop: return stop()
    case .externalEditor: return [.externalEditor(focus == .tokensText ? tokens.document.text : composer.text)]
    default: return []
    }
  }

  /// The model is loaded: a text that waited for it goes, unless it was changed since.
  public mutating func sendWaiting() -> [Effect] {
    guard let version = chat.waiting else { return [] }
    chat.waiting = nil
    guard version == composer.version, case .ready = chat.model, !chat.busy else { return [] }
    return send()
  }

  /// Says why nothing can be asked of the model.
  mutating func refuseWithoutModel() -> [Effect] {
    if case .loading(let name) = chat.model {
      return refuse("\(SafeText.clean(name, keepingNewlines: false)) is still being loaded")
    }
    return refuse("no model: \(keys.label(of: .chooseModel, typing: true) ?? "the palette") chooses one")
  }

  private mutating func send() -> [Effect] {
    if composer.text.trimmingSpaces.isEmpty { return [] }
    if chat.busy { return refuse("a reply is being written: \(keys.label(of: .stop, typing: true) ?? "Esc") stops it") }
    switch chat.model {
    case .ready: break
    case .loading(let name):
      chat.waiting = composer.version
      say("it goes as soon as \(SafeText.clean(name, keepingNewlines: false)) is loaded")
      return []
    case .failed, .none: return refuseWithoutModel()
    }
    chat.follows = true
    chat.selection = nil
    let text = composer.commit()
    if let message = chat.editing {
      chat.editing = nil
      return [.edit(message: message, text: text)]
    }
    return [.send(text)]
  }

  private mutating func stop() -> [Effect] {
    if focus == .tokensText { return leaveTokensText() }
    if chat.waiting != nil {
      chat.waiting = nil
      say("not sent: it stays in the box")
      return []
    }
    if chat.busy {
      escapeArmed = false
      return [.stopReply]
    }
    if chat.editing != nil {
      chat.editing = nil
      composer.clear()
      say("the message stays as it was")
      return []
    }
    if escapeArmed {
      escapeArmed = false
      toast = nil
      if let last = chat.messages.lastIndex(where: { $0.role == .user }) { beginEditing(last) }
      return []
    }
    if chat.messages.contains(where: { $0.role == .user }) {
      escapeArmed = true
      say("\(keys.label(of: .stop, typing: true) ?? "Esc") again edits your last message", seconds: 2)
    }
    return []
  }

  mutating func beginEditing(_ index: Int) {
    guard chat.messages.indices.contains(index) else { return }
    let message = chat.messages[index]
    chat.editing = message.id
    setFocus(.input)
    composer.setText(message.text)
  }
}
