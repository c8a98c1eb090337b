import Core

/// Compares tokenizers on a text away from the screen, always the newest question only.
package final class CompareService {
  private let inbox: Mailbox<AppMessage>
  private let queue = WorkQueue()
  private let wanted = LatestValue<Request>()
  private var asked: CompareState.Key?

  private struct Request: Sendable {
    var key: CompareState.Key
    var text: TokenizedText
    var tokenizers: [any Tokenizer]
  }

  init(inbox: Mailbox<AppMessage>) { self.inbox = inbox }

  func compare(_ state: TokensState) {
    let key = state.compareKey
    guard key != asked, key != state.compare.key else { return }
    asked = key
    wanted.put(Request(key: key, text: state.result, tokenizers: state.compared.compactMap(\.tokenizer)))
    queue.work { [wanted, inbox] in
      guard let next = wanted.take() else { return }
      inbox.send(.compared(Self.compare(next.text, next.tokenizers), next.key))
    }
  }

  package static func compare(_ text: TokenizedText, _ tokenizers: [any Tokenizer]) -> TokenizerComparison {
    var rows: [TokenizerComparison.Row] = []
    for (i, tokenizer) in tokenizers.enumerated() {
      do {
        // What the text is seen through has been encoded already.
        if i == 0, let failure = text.failure { throw failure }
        let encoding =
          i == 0
          ? text.encoded.encoding
          : try text.bytes.withUnsafeBufferPointer {
            try tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: true)
          }
        rows.append(.init(tokenizer, encoding, bytes: text.bytes.count, characters: text.characters))
      } catch {
        rows.append(
          .init(tokenizer, TokenizationError(error, tokenizer), bytes: text.bytes.count, characters: text.characters))
      }
    }
    return TokenizerComparison(rows: rows, bytes: text.bytes.count, characters: text.characters)
  }

  /// Tokenizers that were compared before, by their files.
  static var remembered: [String] {
    (SmallFile.read(AppPaths.compared) ?? "").split(separator: "\n").map(String.init).filter { Disk.exists($0) }
  }

  static func remember(_ entries: [CompareState.Entry]) {
    let paths = entries.map(\.path).filter { !$0.isEmpty && !$0.contains("\n") }
    SmallFile.write(paths.joined(separator: "\n"), to: AppPaths.compared)
  }
}
