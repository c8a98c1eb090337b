import Chat
import Core

/// The Tokens pane's own text is kept as drafts are: in the store, each program's apart, and taken up by the next.
extension ChatService {
  /// What was last handed to the store.
  struct KeptText: Equatable {
    /// Its name in the store; this program's, or that of the text taken up.
    var key = Draft.freshTextKey()
    var version = 0
    var source = TokensState.Source.live
    /// Whether the store has something under the name.
    var isStored = false
  }

  /// Hands the text to the store when it changed since the last time. One that stands in a file or in a message is not
  /// kept.
  package func keepText(of state: AppState, owned: Bool = true) {
    let (document, source) = (state.tokens.document, state.tokens.source)
    var now = keptText
    (now.version, now.source, now.isStored) = (document.version, source, document.isOwn)
    guard now != keptText || !owned && now.isStored else { return }
    let isWorthIt = now.isStored || keptText.isStored
    keptText = now
    guard isWorthIt, let saver = session.saver else { return }
    let key = now.key
    if !owned { return saver.save(Self.draft(document, source, key: key), owned: false) }
    // Long texts are put together behind the screen.
    queue.work { saver.save(Self.draft(document, source, key: key)) }
  }

  /// A line says where the pane looked and what the text is called; the text follows.
  private static func draft(_ document: TokensDocument, _ source: TokensState.Source, key: String) -> Draft {
    guard document.isOwn else { return Draft(conversation: key, text: "") }
    let name = String(document.name.map { $0.isNewline ? " " : $0 })
    return Draft(conversation: key, text: "\(source.rawValue) \(name)\n\(document.text)", editing: document.caret)
  }

  /// Looks for what was written there when a program ended, behind the first frame.
  package func findKeptText() {
    let (store, inbox) = (store, inbox)
    queue.work {
      // What is wrong with the store is told where the conversations are looked for.
      if let draft = try? store.abandonedText() { inbox.send(.keptText(draft)) }
    }
  }

  func takeText(_ draft: Draft, state: inout AppState) {
    // Not over what was written meanwhile; it stays in the store.
    guard !state.tokens.document.isOwn, state.tokens.source == .live,
      let end = draft.text.utf8.firstIndex(of: 0x0A)
    else { return }
    let head = draft.text[..<end].split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let bytes = Array(draft.text.utf8[draft.text.utf8.index(after: end)...])
    state.tokens.document.begin(bytes, name: head.count > 1 ? String(head[1]) : "", caret: draft.editing ?? 0)
    if let source = head.first.flatMap({ TokensState.Source(rawValue: String($0)) }) { state.tokens.source = source }
    state.tokens.follows = true
    keptText = KeptText(
      key: draft.conversation, version: state.tokens.document.version, source: state.tokens.source, isStored: true)
    // From now on it is this program's: no other takes it up.
    session.saver?.save(draft)
  }
}
