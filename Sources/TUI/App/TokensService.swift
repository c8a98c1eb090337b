import Core
import Dispatch

/// Encodes what the Tokens pane looks at, always the newest text only, away from the screen.
final class TokensService {
  private let inbox: Mailbox<AppMessage>
  private let queue = DispatchQueue(label: "glassbox.tokens")
  private let wanted = LatestValue<(text: String, cut: Bool)>()
  private var key = ""
  private var tokenizer: (any Tokenizer)?

  init(inbox: Mailbox<AppMessage>) { self.inbox = inbox }

  func use(_ tokenizer: any Tokenizer) {
    self.tokenizer = tokenizer
    key = ""
  }

  /// - Parameter key: names the text; nothing happens while it stays the same.
  func look(at text: @autoclosure () -> (text: String, cut: Bool), key: String) {
    guard let tokenizer, key != self.key else { return }
    self.key = key
    wanted.put(text())
    queue.async { [wanted, inbox] in
      // Texts that came while another was being encoded are passed over.
      guard let next = wanted.take() else { return }
      inbox.send(.tokenized(TokenizedText(next.text, tokenizer: tokenizer, cut: next.cut)))
    }
  }
}
