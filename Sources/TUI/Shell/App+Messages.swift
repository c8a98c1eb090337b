import Core
import Trainer

extension App {
  /// Takes in what another thread has finished.
  func take(_ message: AppMessage) {
    record(message)
    switch message {
    case .modelLoaded(let model, let path, let number):
      guard number == modelNumber else { return }
      use(model, path: path)
      for effect in state.sendWaiting() { perform(effect) }
    case .modelFailed(let why, let path, let number):
      guard number == modelNumber else { return }
      // The one that was there goes on.
      state.chat.model = chat.canReply ? .ready : .failed(Self.lastPart(path))
      state.chat.waiting = nil
      state.fail("The model was not loaded", why)
    case .models(let items): state.fill(.model, with: items, empty: "no model was found on this machine")
    case .paths(let found, let text, let purpose):
      for effect in state.takePaths(found, for: text, purpose) { perform(effect) }
    case .pathFound(let text, let path, let purpose):
      for effect in state.openPath(text, as: path, purpose) { perform(effect) }
    case .pathRefused(let text, let why, let purpose): state.refusePath(text, why, purpose)
    case .tokenizerLoaded(let tokenizer, let name, let path, let owner, let number):
      if number == tokenizerNumber { use(tokenizer, name: name, path: path, owner: owner) }
    case .tokenizerFailed(let why, let number):
      guard number == tokenizerNumber else { return }
      state.tokens.loading = false
      state.fail("The tokenizer was not loaded", why)
    case .tokenizers(let items):
      state.fill(.tokenizer, with: items, empty: "no tokenizer was found")
      let compared = Set(state.tokens.compared.map(\.path))
      let others = items.filter { !compared.contains($0.id) && !$0.current }
      state.fill(.compare, with: others, empty: "no other tokenizer was found: give them with -t")
    case .tokenized, .explained: takeTokens()
    case .surprisal(let surprisal):
      if surprisal.serial == state.tokens.result.serial, surprisal.model == state.tokens.modelNumber {
        state.tokens.surprisal = surprisal
      }
    case .compared, .compareLoaded, .vocabulary, .vocabularyFound, .unreachable: takeForTokens(message)
    case .tokenizerTraining, .tokenizerTrained, .tokenizerTrainingFailed, .tokenizerSaved: takeTraining(message)
    case .textRead(let bytes, let name, let number):
      if number == textNumber { state.showText(bytes, name: name, isCopy: true) }
    case .conversationOpened(let conversation): chat.show(conversation, state: &state)
    case .context(let used, let total):
      state.chat.contextUsed = used
      state.chat.contextSize = total
    case .conversations(let items, let problem, let query):
      let empty = problem ?? (query.isEmpty ? "no conversation yet" : "nothing matches")
      state.fill(.conversation, with: items, empty: empty, answering: query)
    case .draft, .abandonedDraft, .keptText, .checked, .conversationDeleted: chat.take(message, state: &state)
    case .runs(let items): state.fill(.run, with: items, empty: "no run yet")
    case .runStarted(let number, let run, let past):
      guard training.adopt(run, number: number) else { return }
      // The next run is another one, in another folder.
      if number == formRun { state.typedForms["new-run"]?["out"] = nil }
      state.train.starts(run.folder.name, past: past)
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
    state.train.apply(event)
    switch event {
    case .checkpoint(let checkpoint): state.say("checkpoint at step \(Figures.grouped(checkpoint.step)) saved")
    case .alert(let alert): state.say(SafeText.clean(alert.message, keepingNewlines: false), .warning, seconds: 8)
    case .done(let done):
      training.ended()
      guard done.reason == .failed, let why = done.message else { return }
      // Of a run that never began there is nothing to look at; what was typed for it is there again.
      let hasBegun = !state.train.takeBackStart()
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
    state.tokens.modelNumber = modelNumber
    if let note = model.contextNote { state.say(note, .warning, seconds: 8) }
    chat.use(model, state: &state)
    // The pane follows the model where it showed one's own tokenizer, or none; what was chosen stays.
    let follows =
      switch state.tokens.tokenizerOwner {
      case .model: true
      case .training: false
      case nil: options.tokenizers.isEmpty && state.tokens.tokenizerName.isEmpty
      }
    if follows, !state.tokens.loading, let tokenizer = model.tokenizer {
      use(tokenizer, name: state.chat.modelName, owner: .model(modelNumber))
    }
    terminal.setTitle("glassbox · \(SafeText.clean(model.name, keepingNewlines: false))")
  }
}
