/// A thread started while there were threads to be had, for the work of those that get none later: it comes late then,
/// one after another, but it comes. (Dispatch waits for ever for a thread that the system does not give.)
public final class SpareThread: @unchecked Sendable {
  private let changed = Condition()
  private var waiting: [(due: UInt64, body: @Sendable () -> Void)] = []
  private var isThere = false

  static let shared = SpareThread()

  /// Starts the thread of this process, unless it runs.
  /// - Returns: false where the system gives none.
  public static func keep() -> Bool { shared.start() }

  private func start() -> Bool {
    let runs = changed.withLock { isThere }
    if runs { return true }
    guard startThread({ self.serve() }) else { return false }
    changed.withLock { isThere = true }
    return true
  }

  /// Runs something as soon as the thread is free.
  /// - Parameter due: not before this time (``MonotonicTime``).
  /// - Returns: false where there is no such thread.
  @discardableResult
  func run(due: UInt64 = 0, _ body: @escaping @Sendable () -> Void) -> Bool {
    changed.withLock {
      guard isThere else { return false }
      waiting.append((due, body))
      changed.broadcast()
      return true
    }
  }

  private func serve() {
    changed.lock()
    while true {
      let now = MonotonicTime.now
      if let at = waiting.firstIndex(where: { $0.due <= now }) {
        let body = waiting.remove(at: at).body
        changed.unlock()
        body()
        changed.lock()
      } else if let next = waiting.map(\.due).min() {
        _ = changed.wait(seconds: Double(next - now) / 1e9)
      } else {
        changed.wait()
      }
    }
  }
}
