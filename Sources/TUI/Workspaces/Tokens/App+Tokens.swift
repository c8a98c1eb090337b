import Core

extension App {
  /// The Tokens pane looks at what is written, on a thread of its own; while one writes in it, a frame waits a moment, so
  /// that the key and its tokens are seen together.
  func followTokens() {
    tokens.look(at: state.tokensText, key: state.tokensKey, origin: state.tokensOrigin)
    takeTokens(waiting: state.focus == .tokensText ? 0.004 : 0)
    if state.tokens.showsSurprisal, let model = chat.model, state.tokens.isThroughModel, state.tokensAreCurrent {
      surprisal.read(state.tokens.result, model: model, number: state.tokens.modelNumber)
    } else {
      surprisal.stop()
    }
    switch state.tokens.view {
    case .compare: if !state.tokens.result.isEmpty, state.tokensAreCurrent { comparison.compare(state.tokens) }
    case .vocabulary:
      if let tokenizer = tokens.current { vocabulary.open(tokenizer) }
      vocabulary.search(state.tokens.vocabulary)
    case .text, .merges, .training: break
    }
    guard state.focus.pane == .tokens, state.tokensAreCurrent else { return }
    state.placeTokenCursor()
    if state.tokens.explanation == nil, !state.tokens.result.isEmpty {
      tokens.explain(state.tokens.result, token: state.tokens.cursor)
      if let new = tokens.explanation(waiting: 0.002) { state.tokens.take(new) }
    }
  }

  func takeTokens(waiting seconds: Double = 0) {
    if let result = tokens.result(waiting: seconds) { state.tokens.take(result) }
    if let new = tokens.explanation() { state.tokens.take(new) }
  }

  func takeForTokens(_ message: AppMessage) {
    switch message {
    case .compared(let comparison, let key):
      state.tokens.take(comparison, key: key)
    case .compareLoaded(let entry): take(entry)
    case .vocabulary(let index, let number):
      guard vocabulary.isCurrent(number) else { return }
      state.tokens.vocabulary.index = index
      state.tokens.vocabulary.select(
        Int(
          state.tokensAreCurrent && state.tokens.result.ids.indices.contains(state.tokens.cursor)
            ? state.tokens.result.ids[state.tokens.cursor] : 0))
    case .vocabularyFound(let answer, let number):
      if vocabulary.isCurrent(number) { state.tokens.vocabulary.take(answer) }
    case .unreachable(let found, let checked, let number):
      guard vocabulary.isCurrent(number) else { return }
      state.tokens.vocabulary.unreachable += found
      state.tokens.vocabulary.checked = checked
    default: break
    }
  }

  private func take(_ entry: CompareState.Entry) {
    if let problem = entry.problem {
      state.fail("The tokenizer was not loaded", problem)
      return
    }
    guard !state.tokens.compare.others.contains(where: { $0.path == entry.path }) else { return }
    guard state.tokens.compare.others.count + 1 < CompareState.most else {
      state.say("\(CompareState.most) tokenizers are the most", .warning)
      return
    }
    state.tokens.compare.others.append(entry)
    CompareService.remember(state.tokens.compare.others)
  }

  func addTokenizer(_ path: String) {
    if path == Self.modelTokenizer {
      guard let own = chat.model?.tokenizer else { return }
      take(CompareState.Entry(name: state.chat.modelName, path: path, tokenizer: own))
      return
    }
    let inbox = inbox
    WorkQueue.apart {
      var entry = CompareState.Entry(name: App.tokenizerName(path), path: path)
      do { entry.tokenizer = try TokenizerLoader.load(path: path) } catch { entry.problem = "\(error)" }
      inbox.send(.compareLoaded(entry))
    }
  }

  /// Those compared last time; where there are none, a list to choose from.
  func openComparison() {
    let paths = CompareService.remembered.filter { $0 != state.tokens.tokenizerPath }.prefix(CompareState.most - 1)
    if paths.isEmpty {
      for effect in state.perform(.addTokenizer) { perform(effect) }
    }
    for path in paths { addTokenizer(path) }
  }

  /// Texts may be long, and disks slow.
  func readText(_ path: String) {
    textNumber += 1
    let (inbox, number) = (inbox, textNumber)
    WorkQueue.apart {
      do {
        let path = Disk.expanded(path)
        let file = try MappedFile(path: path)
        guard file.bytes.count <= TokensState.largestFile else {
          throw TerminalError(
            "\(SafeText.clean(path)) has \(Figures.bytes(file.bytes.count)); up to "
              + "\(Figures.bytes(TokensState.largestFile)) can be shown.")
        }
        inbox.send(.textRead(try file.withBytes { Array($0) }, name: App.lastPart(path), number: number))
      } catch {
        inbox.send(.failed(title: "Text", message: "\(error)"))
      }
    }
  }
}
