/// What is dropped when a conversation outgrows the context.
///
/// The oldest turns go, so many at once that the rest takes at most 60 % of the context: then the turns that follow go
/// on from the same beginning, and its keys and values are used again. The system prompt and the last question stay.
package struct ContextWindow {
  package let limit: Int
  /// Tokens kept free for the reply.
  package let reserve: Int

  /// - Parameter maxTokens: of the reply, where it is known.
  package init(limit: Int, maxTokens: Int?) {
    self.limit = limit
    reserve = max(1, min(maxTokens ?? 256, limit / 4))
  }

  package var target: Int { limit * 6 / 10 }

  package func isFull(_ tokens: Int) -> Bool { tokens + reserve > limit }

  /// Where to begin.
  /// - Parameters:
  ///   - starts: turns a conversation may begin with (the user's), in order, the last question being the last of them.
  ///   - tokens: what the conversation from a turn on takes; falls as the turn rises.
  /// - Returns: the first of `starts` from which the conversation takes at most 60 %, else the last; nil where even that
  ///   does not fit.
  package func start(among starts: [Int], tokens: (Int) throws -> Int) rethrows -> Int? {
    guard let last = starts.last else { return nil }
    var low = 0
    var high = starts.count - 1
    while low < high {
      let middle = (low + high) / 2
      if try tokens(starts[middle]) <= target { high = middle } else { low = middle + 1 }
    }
    if low == starts.count - 1 { return try tokens(last) < limit ? last : nil }
    return starts[low]
  }
}
