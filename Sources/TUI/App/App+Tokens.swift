import Core

extension App {
  /// The Tokens pane looks at what is written, on a thread of its own; while one writes in it, a frame waits a moment, so
  /// that the key and its tokens are seen together.
  func followTokens() {
    tokens.look(at: state.tokensText, key: state.tokensKey)
    takeTokens(waiting: state.focus == .tokensText ? 0.004 : 0)
    guard state.focus.pane == .tokens else { return }
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

  /// Texts may be long, and disks slow.
  func readText(_ path: String) {
    let inbox = inbox
    background.async {
      do {
        let path = Disk.expanded(path)
        let file = try MappedFile(path: path)
        guard file.bytes.count <= TokensState.largestFile else {
          throw TerminalError(
            "\(SafeText.clean(path)) has \(Figures.bytes(file.bytes.count)); up to "
              + "\(Figures.bytes(TokensState.largestFile)) can be shown.")
        }
        inbox.send(.textRead(file.withBytes { Array($0) }, name: App.lastPart(path)))
      } catch {
        inbox.send(.failed(title: "Text", message: "\(error)"))
      }
    }
  }
}
