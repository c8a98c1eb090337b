import Chat
import Core
import Trainer

/// One frame of a given state, without a terminal: the same state gives the same bytes.
public struct Snapshot {
  public var workspace = Workspace.deck
  public var size = Size(120, 40)
  public var theme = "midnight"
  /// What stands in the input box, and what the Tokens pane looks at.
  public var text = ""
  /// A run's folder.
  public var run: String?
  /// Tokenizers; the first is the one shown.
  public var tokenizers: [String] = []
  /// A conversation as JSON lines.
  public var conversation: String?
  public var ascii = false

  public init() {}

  /// - Throws: one sentence about what cannot be read.
  public func frame() throws -> CellBuffer {
    var state = AppState(size: size)
    state.ascii = ascii
    state.layout.workspace = workspace
    if let pane = workspace.pane { state.focus = pane == .chat ? .input : pane == .train ? .train : .tokens }
    let theme = try ThemeLoader.find(theme)
    state.themeName = theme.name
    if !text.isEmpty {
      // Pasted into Tokens, else written in the input box.
      if state.focus == .tokens { state.showText(Array(text.utf8), name: "") } else { state.composer.insert(text) }
    }
    if let conversation {
      guard let source = SmallFile.read(conversation, limit: 64 << 20) else {
        throw TerminalError("\(SafeText.clean(conversation)) cannot be read, or is not text.")
      }
      if let first = try ConversationExport.parse(jsonLines: source, name: conversation).first {
        state.chat.title = first.displayTitle
        state.chat.messages = first.path.map { node in
          let place = first.position(of: node.id)
          return ChatMessage(
            id: String(node.id), role: node.role, text: node.content, sibling: place.index - 1, siblings: place.count)
        }
      }
    }
    if let run { state.train.run = try RunReader.read(run) }
    if let path = tokenizers.first {
      let tokenizer = try TokenizerLoader.load(path: path)
      state.tokens.tokenizerName = App.tokenizerName(path)
      state.tokens.tokenizerPath = path
      for path in tokenizers.dropFirst().prefix(CompareState.most - 1) {
        let other = try TokenizerLoader.load(path: path)
        state.tokens.compare.others.append(.init(name: App.tokenizerName(path), path: path, tokenizer: other))
      }
      let worker = TokensWorker()
      TokensFollower.follow(&state, tokenizer, worker)
      if !state.tokens.compare.others.isEmpty, !state.tokens.result.isEmpty {
        state.tokens.view = .compare
        TokensFollower.follow(&state, tokenizer, worker)
      }
    }
    return Frame.render(&state, theme: theme, transcript: Transcript()).buffer
  }

  public func text(ansi: Bool) throws -> String {
    let buffer = try frame()
    return ansi ? HeadlessScreen.ansi(buffer, ascii: ascii) : HeadlessScreen.text(buffer, ascii: ascii)
  }
}
