import Core

extension App {
  func trainTokenizer(_ options: TokenizerTrainingOptions, data: String, out: String, isPaced: Bool) {
    let data = Disk.expanded(data)
    state.tokens.training = TokenizerTrainingState(
      options, source: data, out: out, sample: sampleForTraining, isPaced: isPaced)
    tokenizerTraining.start(options, data: data, isPaced: isPaced)
  }

  /// The beginning of the text at hand, or the usual sample.
  private var sampleForTraining: String {
    var bytes = state.tokens.result.bytes.prefix(1200)
    if bytes.count == 1200, let line = bytes.lastIndex(of: 0x0A) { bytes = bytes[...line] }
    while let last = bytes.last, bytes.count == 1200, last & 0xC0 == 0x80 { bytes.removeLast() }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.isEmpty ? TokenSample.text : text
  }

  func takeTraining(_ message: AppMessage) {
    switch message {
    case .tokenizerTraining(let event, let number) where number == tokenizerTraining.number:
      state.tokens.training?.apply(event)
    case .tokenizerTrained(let trained, let isWhole, let number) where number == tokenizerTraining.number:
      state.tokens.training?.status = isWhole ? .done : .stopped
      self.trained = trained
      open(trained)
      if let out = state.tokens.training?.out, !out.isEmpty { saveTokenizer(in: out) }
    case .tokenizerTrainingFailed(let why, let number) where number == tokenizerTraining.number:
      let isStopped = state.tokens.training?.status == .stopping
      state.tokens.training?.status = isStopped ? .stopped : .failed(why)
    case .tokenizerSaved(let folder):
      state.tokens.training?.saved = folder
      state.tokens.tokenizerPath = folder
      state.say("the tokenizer is saved in \(folder)")
    default: break
    }
  }

  /// The text is seen through what was learned.
  private func open(_ trained: TrainedTokenizer) {
    let inbox = inbox
    let name = "\(trained.options.kind.rawValue) \(Figures.grouped(trained.tokens.count))"
    background.async {
      do {
        inbox.send(.tokenizerLoaded(try trained.tokenizer(), name: name, path: ""))
      } catch {
        inbox.send(.failed(title: "The trained tokenizer", message: "\(error)"))
      }
    }
  }

  func saveTokenizer(in folder: String) {
    guard let trained else {
      state.say("no tokenizer was trained yet", .warning)
      return
    }
    let inbox = inbox
    let folder = Disk.expanded(folder)
    background.async {
      do {
        try AtomicFile.makeFolder(folder)
        try AtomicFile.write(trained.json(), to: folder + "/tokenizer.json")
        inbox.send(.tokenizerSaved(folder))
      } catch {
        inbox.send(.failed(title: "The tokenizer was not saved", message: "\(error)"))
      }
    }
  }
}
