import Core
import Synchronization

/// Lays a vocabulary out, searches it, and looks for tokens that no text becomes, away from the screen.
package final class VocabularyService {
  private let inbox: Mailbox<AppMessage>
  private let queue = WorkQueue()
  private let slow = WorkQueue()
  private let wanted = LatestValue<Query>()
  /// The vocabulary being looked at; work on an older one ends.
  private let current = Mutex(0)
  private var number = 0
  private var asked: String?
  private var known: (any Tokenizer)?

  private struct Query: Sendable {
    var text: String
    var index: VocabularyIndex
    var unreachable: [UnreachableToken]
    /// Of the vocabulary.
    var number: Int
  }

  package init(inbox: Mailbox<AppMessage>) { self.inbox = inbox }

  /// Another tokenizer: what was known is about the old one.
  package func forget() {
    number += 1
    current.withLock { $0 = number }
    known = nil
    asked = nil
  }

  package func open(_ tokenizer: any Tokenizer) {
    guard known == nil else { return }
    known = tokenizer
    let (inbox, number) = (inbox, number)
    queue.work {
      inbox.send(.vocabulary(VocabularyIndex(tokenizer), vocabulary: number))
    }
    slow.work { [self] in check(tokenizer, number) }
  }

  package func isCurrent(_ number: Int) -> Bool { number == self.number }

  package func search(_ state: VocabularyState) {
    // A list that is still growing is asked for again.
    let key = state.query.text + (state.query.text == "unreachable" ? " \(state.unreachable.count)" : "")
    guard let index = state.index, key != asked else { return }
    asked = key
    wanted.put(Query(text: state.query.text, index: index, unreachable: state.unreachable, number: number))
    queue.work { [wanted, inbox] in
      guard let next = wanted.take() else { return }
      let answer = VocabularyAnswer(next.text, in: next.index, unreachable: next.unreachable)
      inbox.send(.vocabularyFound(answer, vocabulary: next.number))
    }
  }

  private func check(_ tokenizer: any Tokenizer, _ number: Int) {
    let check = ReachabilityCheck(tokenizer)
    var from = 0
    while from < tokenizer.vocabularySize, current.withLock({ $0 }) == number {
      let end = min(tokenizer.vocabularySize, from + 2048)
      let found = check.check(TokenID(from)..<TokenID(end))
      inbox.send(.unreachable(found, checked: end, vocabulary: number))
      from = end
    }
  }
}

extension VocabularyService: @unchecked Sendable {}
