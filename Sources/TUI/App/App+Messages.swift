import Core
import Trainer

extension App {
  /// Takes in what another thread has finished.
  func take(_ message: AppMessage) {
    record(message)
    switch message {
    case .modelLoaded(let model, let path):
      use(model, path: path)
      for effect in state.sendWaiting() { perform(effect) }
    case .modelFailed(let why, let path):
      state.chat.model = .failed(Self.lastPart(path))
      state.chat.waiting = nil
      state.fail("The model was not loaded", why)
    case .models(let items): state.fill(.model, with: items, empty: "no model was found on this machine")
    case .tokenizerLoaded(let tokenizer, let name, let path): use(tokenizer, name: name, path: path)
    case .tokenizerFailed(let why):
      state.tokens.loading = false
      state.fail("The tokenizer was not loaded", why)
    case .tokenizers(let items):
      state.fill(.tokenizer, with: items, empty: "no tokenizer was found")
      let compared = Set(state.tokens.compared.map(\.path))
      let others = items.filter { !compared.contains($0.id) && $0.title != state.tokens.tokenizerName }
      state.fill(.compare, with: others, empty: "no other tokenizer was found: give them with -t")
    case .tokenized, .explained: takeTokens()
    case .surprisal(let surprisal):
      if surprisal.serial == state.tokens.result.serial { state.tokens.surprisal = surprisal }
    case .compared, .compareLoaded, .vocabulary, .vocabularyFound, .unreachable: takeForTokens(message)
    case .tokenizerTraining, .tokenizerTrained, .tokenizerTrainingFailed, .tokenizerSaved: takeTraining(message)
    case .textRead(let bytes, let name): state.showText(bytes, name: name)
    case .conversationOpened(let conversation): chat.show(conversation, state: &state)
    case .context(let used, let total):
      state.chat.contextUsed = used
      state.chat.contextSize = total
    case .conversations(let items, let problem, let query):
      let empty = problem ?? (query.isEmpty ? "no conversation yet" : "nothing matches")
      state.fill(.conversation, with: items, empty: empty, answering: query)
    case .draft, .abandonedDraft, .checked, .conversationDeleted: chat.take(message, state: &state)
    case .runs(let items): state.fill(.run, with: items, empty: "no run yet")
    case .runStarted(let number, let run, let past):
      guard training.adopt(run, number: number) else { return }
      // The next run is another one, in another folder.
      if number == formRun { state.typedForms["new-run"]?["out"] = nil }
      state.train.run = past ?? RunView(name: run.folder.name)
      state.train.run?.status = .starting
      state.train.run?.final = nil
      state.train.crosshair = nil
      state.train.zoom = 1
    case .training(let number, let event):
      guard training.number == number else { return }
      take(event)
    case .runFailed(let why, let number):
      training.failed(number: number)
      if state.train.run?.status == .starting, state.train.run?.steps.isEmpty ?? true { state.train.run = nil }
      if number == formRun {
        state.reopen(Forms.newRun(modelPath: state.chat.modelPath), because: why)
      } else {
        state.fail("The run was not started", why)
      }
    case .runOpened(let run):
      if training.isLive {
        state.say("a run is training: it stays on the screen", .warning)
      } else {
        state.train.run = run
        state.train.crosshair = nil
        state.train.zoom = 1
      }
    case .failed(let title, let why): state.fail(title, why)
    case .said(let text): state.say(text)
    }
  }

  private func take(_ event: TrainingEvent) {
    state.train.run?.apply(event)
    switch event {
    case .checkpoint(let checkpoint): state.say("checkpoint at step \(Figures.grouped(checkpoint.step)) saved")
    case .alert(let alert): state.say(SafeText.clean(alert.message, keepingNewlines: false), .warning, seconds: 8)
    case .done(let done):
      training.ended()
      guard done.reason == .failed, let why = done.message else { return }
      // A run that never began leaves nothing to look at; what was typed for it is there again.
      let hasBegun = state.train.run.map { $0.totalSteps > 0 || !$0.steps.isEmpty } ?? false
      if !hasBegun { state.train.run = nil }
      if !hasBegun, training.number == formRun {
        state.reopen(Forms.newRun(modelPath: state.chat.modelPath), because: why)
      } else {
        state.fail(hasBegun ? "The run failed" : "The run was not started", why)
      }
    default: break
    }
  }

  private func use(_ model: LoadedModel, path: String) {
    state.chat.model = .ready
    state.chat.modelName = model.name
    state.chat.modelPath = path
    state.chat.quantization = model.files.quantization
    state.chat.contextSize = model.contextLength
    state.chat.contextUsed = 0
    state.chat.tokensPerSecond = nil
    if let note = model.contextNote { state.say(note, .warning, seconds: 8) }
    chat.use(model, state: &state)
    if options.tokenizers.isEmpty, state.tokens.tokenizerPath.isEmpty, let tokenizer = model.tokenizer {
      use(tokenizer, name: state.chat.modelName)
    }
    terminal.setTitle("glassbox · \(SafeText.clean(model.name, keepingNewlines: false))")
  }
}
