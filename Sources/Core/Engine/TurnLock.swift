/// A lock that serves its callers in the order they came, so that one generation cannot starve another that shares its
/// engine.
final class TurnLock: Sendable {
  private let condition = Condition()
  // Guarded by the condition's mutex.
  nonisolated(unsafe) private var next: UInt64 = 0
  nonisolated(unsafe) private var served: UInt64 = 0

  func lock() {
    condition.withLock {
      let turn = next
      next += 1
      while served != turn { condition.wait() }
    }
  }

  func unlock() {
    condition.withLock {
      served += 1
      condition.broadcast()
    }
  }
}
