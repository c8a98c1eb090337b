import Core
import Trainer

extension App {
  /// Does what the state machine asked for.
  func perform(_ effect: Effect) {
    switch effect {
    case .quit: quit()
    case .suspend: terminal.suspend()
    case .redraw: terminal.redraw()
    case .setMouse(let on): terminal.setMouse(on)
    case .externalEditor(let text): edit(text)
    case .copy(let text, let what): copy(text, what: what)
    case .showTranscript: showTranscript()
    case .setTheme(let name):
      setTheme(name)
      remembered.theme = state.themeName
      remembered.themeOver = settings.theme
    case .findModels: findModels()
    case .loadModel(let path): loadModel(path)
    case .listPaths(let typed, let purpose): listPaths(typed, purpose)
    case .openPath(let typed, let purpose): openPath(typed, purpose)
    case .findTokenizers: findTokenizers()
    case .loadTokenizer(let path): loadTokenizer(path)
    case .readText(let path): readText(path)
    case .addTokenizer(let path): addTokenizer(path)
    case .openComparison: openComparison()
    case .trainTokenizer(let options, let data, let out, let isPaced):
      trainTokenizer(options, data: data, out: out, isPaced: isPaced)
    case .stopTokenizer: tokenizerTraining.stop()
    case .paceTokenizer(let isPaced): tokenizerTraining.pace(isPaced)
    case .saveTokenizer(let folder): saveTokenizer(in: folder)
    case .rememberComparison: CompareService.remember(state.tokens.compare.others)
    case .startRun(let settings):
      training.start(settings: settings)
      formRun = training.number
    case .listRuns: training.list(current: state.train.run?.out)
    case .openRun(let path): training.open(path)
    case .resumeRun(let path): training.resume(path)
    case .run(let command): training.perform(command)
    case .send, .stopReply, .regenerate, .edit, .branch, .setTemplate, .switchSibling, .setSystem, .setSampling,
      .showRaw, .showAlternatives,
      .listConversations, .findConversations, .openConversation, .newConversation, .renameConversation,
      .deleteConversation, .deleteMessage, .undoDeletion:
      chat.perform(effect, state: &state)
      rememberSent(effect)
    }
  }

  /// The first time asks a run to save itself; the second leaves at once.
  func quit() {
    guard training.isLive, !leaving else {
      hurried = leaving
      isDone = true
      return
    }
    leaving = true
    state.quitting = true
    state.say("the run is being saved, then Glassbox leaves", .warning, seconds: 600)
    training.stop()
  }

  /// OSC 52 and a file: whether the terminal took it cannot be known.
  private func copy(_ copied: String, what: String) {
    let text = SafeText.copyable(copied)
    let kept = SmallFile.write(text, to: AppPaths.copied)
    let file = kept ? ", and in \(AppPaths.copied)" : ""
    if terminal.copy(text) {
      state.say("\(what) sent to terminal\(file)")
    } else {
      state.say(
        "the \(what) is too long for the terminal's clipboard\(kept ? ": it is in \(AppPaths.copied)" : "")", .warning)
    }
  }

  private func edit(_ text: String) {
    let path = AppPaths.data + "/message.md"
    guard SmallFile.write(text, to: path) else {
      state.fail("Editor", "\(path) cannot be written.")
      return
    }
    let editor = AppPaths.environment("VISUAL") ?? AppPaths.environment("EDITOR") ?? "vi"
    let quoted = "'" + path.replacing("'", with: "'\\''") + "'"
    let code = terminal.run("\(editor) \(quoted)")
    guard code == 0, var edited = SmallFile.read(path, limit: 1 << 24) else {
      state.fail("Editor", "\(editor) ended with code \(code); the message stays as it was.")
      return
    }
    while edited.hasSuffix("\n") { edited.removeLast() }
    if state.focus == .tokensText {
      state.tokens.document.set(Array(edited.utf8))
    } else {
      state.composer.setText(edited)
    }
  }

  /// The conversation on the plain screen, where the terminal's own search and selection work.
  private func showTranscript() {
    var text = ""
    for message in state.chat.messages {
      text += "── \(message.role.rawValue) ──\n\(SafeText.clean(message.text))\n\n"
    }
    let path = AppPaths.data + "/transcript.txt"
    guard SmallFile.write(text, to: path) else {
      state.fail("Transcript", "\(path) cannot be written.")
      return
    }
    let quoted = "'" + path.replacing("'", with: "'\\''") + "'"
    _ = terminal.run("cat \(quoted); printf '\\n(Enter goes back to Glassbox) '; read -r _")
  }

  func loadModel(_ path: String) {
    guard !path.isEmpty else {
      state.chat.model = .none
      return
    }
    let name = Self.lastPart(path)
    if state.chat.busy { chat.perform(.stopReply, state: &state) }
    state.chat.model = .loading(name)
    modelNumber += 1
    let (inbox, number) = (inbox, modelNumber)
    let load = options.load
    WorkQueue.apart {
      do {
        let model = try LoadedModel(files: ModelFiles.open(path), options: load)
        inbox.send(.modelLoaded(model, path: path, number: number))
      } catch {
        inbox.send(.modelFailed("\(error)", path: path, number: number))
      }
    }
  }

  func loadTokenizer(_ path: String) {
    tokenizerNumber += 1
    if path == Self.modelTokenizer {
      guard let own = chat.model?.tokenizer else { return }
      return use(own, name: state.chat.modelName, owner: .model(state.tokens.modelNumber))
    }
    state.tokens.loading = true
    state.tokens.problem = nil
    let (inbox, number) = (inbox, tokenizerNumber)
    WorkQueue.apart {
      do {
        let tokenizer = try TokenizerLoader.load(path: path)
        inbox.send(.tokenizerLoaded(tokenizer, name: App.tokenizerName(path), path: path, owner: nil, number: number))
      } catch {
        inbox.send(.tokenizerFailed("\(error)", number: number))
      }
    }
  }

  func use(_ tokenizer: any Tokenizer, name: String, path: String = "", owner: TokensState.Owner?) {
    state.tokens.tokenizerOwner = owner
    state.tokens.loading = false
    state.tokens.problem = nil
    state.tokens.tokenizerName = name
    state.tokens.tokenizerPath = path
    state.tokens.tokenizerNumber += 1
    state.tokens.vocabulary = VocabularyState()
    vocabulary.forget()
    tokens.use(tokenizer)
  }

  static let modelTokenizer = "the model's own"

  /// `gpt2` for `…/gpt2/tokenizer.json`.
  static func tokenizerName(_ path: String) -> String {
    let parts = path.split(separator: "/").map(String.init)
    let plain: Set<String> = ["tokenizer.json", "vocab.json", "merges.txt", "tokenizer.model", "vocab.txt"]
    if parts.count > 1, let last = parts.last, plain.contains(last) { return parts[parts.count - 2] }
    return lastPart(path)
  }

  static func lastPart(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  private func findModels() {
    let inbox = inbox
    let current = state.chat.modelPath
    let given = options.models + [options.model].compactMap { $0 }
    WorkQueue.apart { inbox.send(.models(ModelFinder.items(given: given, current: current))) }
  }

  private func findTokenizers() {
    let inbox = inbox
    let current = state.tokens.tokenizerPath
    let isOwn = state.tokens.isThroughModel
    let own = chat.model == nil ? nil : state.chat.modelName
    let given = options.tokenizers + [state.tokens.tokenizerPath].filter { !$0.isEmpty }
    WorkQueue.apart {
      var items: [PickerItem] = []
      if let own {
        items.append(PickerItem(id: App.modelTokenizer, title: own, detail: "the model's own", current: isOwn))
      }
      items += ModelFinder.tokenizers(given: given, current: current)
      inbox.send(.tokenizers(items))
    }
  }
}
