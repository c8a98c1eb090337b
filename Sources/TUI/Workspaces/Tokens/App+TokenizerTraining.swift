import Core

extension App {
  func trainTokenizer(_ options: TokenizerTrainingOptions, data: String, out: String, isPaced: Bool) {
    let data = Disk.expanded(data)
    state.tokens.training = TokenizerTrainingState(
      options, source: data, out: out, sample: sample(for: data), isPaced: isPaced)
    tokenizerTraining.start(options, data: data, sample: state.tokens.training?.sample, isPaced: isPaced)
  }

  /// The beginning of the text at hand, or the usual sample, and that of the text learned from.
  private func sample(for data: String) -> String {
    let own = Self.beginning(state.tokens.result.bytes, 800)
    let learned = Self.beginning(Disk.beginning(of: data, 800), 800)
    return (own.isEmpty ? TokenSample.text : own + (own.hasSuffix("\n") ? "" : "\n")) + learned
  }

  /// Whole lines where there are some, else whole characters.
  private static func beginning(_ bytes: [UInt8], _ most: Int) -> String {
    guard bytes.count >= most else { return String(decoding: bytes, as: UTF8.self) }
    var end = most
    if let line = bytes[..<end].lastIndex(of: 0x0A) { end = line + 1 }
    while end > 0, end < bytes.count, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }

  func takeTraining(_ message: AppMessage) {
    switch message {
    case .tokenizerTraining(let event, let number) where number == tokenizerTraining.number:
      state.tokens.training?.apply(event)
    case .tokenizerTrained(let trained, let isWhole, let number) where number == tokenizerTraining.number:
      state.tokens.training?.status = isWhole ? .done : .stopped
      self.trained = (trained, number)
      open(trained, number)
      if let out = state.tokens.training?.out, !out.isEmpty { saveTokenizer(in: out) }
    case .tokenizerTrainingFailed(let why, let number) where number == tokenizerTraining.number:
      let isStopped = state.tokens.training?.status == .stopping
      state.tokens.training?.status = isStopped ? .stopped : .failed(why)
      if !isStopped { state.reopen(Forms.trainTokenizer(out: ""), because: why) }
    case .tokenizerSaved(let folder, let number):
      // Another may be trained, or shown, by now.
      if number == tokenizerTraining.number { state.tokens.training?.saved = folder }
      if state.tokens.tokenizerOwner == .training(number) { state.tokens.tokenizerPath = folder }
      state.say("the tokenizer is saved in \(folder)")
    default: break
    }
  }

  /// The text is seen through what was learned.
  private func open(_ trained: TrainedTokenizer, _ training: Int) {
    tokenizerNumber += 1
    let (inbox, number) = (inbox, tokenizerNumber)
    let name = "\(trained.options.kind.rawValue) \(Figures.grouped(trained.tokens.count))"
    WorkQueue.apart {
      do {
        inbox.send(
          .tokenizerLoaded(
            try trained.tokenizer(), name: name, path: "", owner: .training(training), number: number))
      } catch {
        inbox.send(.failed(title: "The trained tokenizer", message: "\(error)"))
      }
    }
  }

  func saveTokenizer(in folder: String) {
    let isLive = state.tokens.training?.status.isLive == true
    guard let (trained, number) = trained, !isLive else {
      state.say(isLive ? "the tokenizer is still being trained" : "no tokenizer was trained yet", .warning)
      return
    }
    let inbox = inbox
    let folder = Disk.expanded(folder)
    WorkQueue.apart {
      do {
        try AtomicFile.makeFolder(folder)
        try AtomicFile.write(to: folder + "/tokenizer.json", existing: .refused) { try $0.write(trained.json()) }
        inbox.send(.tokenizerSaved(folder, training: number))
      } catch {
        inbox.send(.failed(title: "The tokenizer was not saved", message: "\(error)"))
      }
    }
  }
}
