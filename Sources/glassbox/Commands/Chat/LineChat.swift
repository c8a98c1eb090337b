import Chat
import Core

/// A chat on a terminal line by line, for where the full screen is too much.
struct LineChat {
  let model: LoadedModel
  let template: String?
  let system: String?
  let parameters: GenerateParameters

  func run() throws {
    var conversation = Conversation()
    conversation.system = system ?? ""
    let session = ChatSession(
      conversation, backend: try LocalBackend(model, template: template), parameters: parameters)
    Interrupts.catchThem()
    StandardError.write("\(Inert.line(model.name)). An empty line or Ctrl-D ends; Ctrl-C stops a reply.\n")
    let lines = try LineReader(nil)
    while true {
      StandardOutput.write("> ")
      StandardOutput.flush()
      guard let line = try lines.next() else { break }
      let text = String(decoding: line, as: UTF8.self)
      if text.allSatisfy(\.isWhitespace) { break }
      Interrupts.reset()
      try session.send(text)
      show(session)
    }
    StandardOutput.write("\n")
  }

  private func show(_ session: ChatSession) {
    while let event = session.events.receive() {
      if Interrupts.count > 0 { session.stop() }
      switch event {
      case .started, .progress, .context, .saving, .changed, .renamed: break
      case .token(let token, _): StandardOutput.write(Inert.text(token.text))
      case .text(let text, _): StandardOutput.write(Inert.text(text))
      case .trimmed(let dropped): StandardError.write("(The context is full: \(dropped) old messages are left out.)\n")
      case .notice(let text): StandardError.write(Inert.line(text) + "\n")
      case .failed(_, let why):
        StandardError.write(Inert.line(why) + "\n")
        return
      case .done(_, _, let timings):
        StandardOutput.write("\n")
        StandardOutput.flush()
        StandardError.write(
          "(\(timings.decodedTokens) tokens, \(Figure.fixed(timings.tokensPerSecond, 1)) tok/s)\n")
        return
      }
      StandardOutput.flush()
    }
  }
}
