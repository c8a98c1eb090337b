import DequeModule
import Synchronization

/// A bounded queue between threads: senders wait while it is full, so nothing is lost and nothing grows without limit.
/// The screen drains it without ever waiting.
public final class Mailbox<Message: Sendable>: @unchecked Sendable {
  private let condition = Condition()
  private var queue = Deque<Message>()
  private var closed = false
  private let capacity: Int
  private let onArrival: @Sendable () -> Void

  /// - Parameters:
  ///   - capacity: messages held before a sender waits.
  ///   - onArrival: called by the sender after a message went in (the screen's wake-up); must not block.
  public init(capacity: Int = 1024, onArrival: @escaping @Sendable () -> Void = {}) {
    self.capacity = max(1, capacity)
    self.onArrival = onArrival
  }

  /// Puts a message in, waiting for room. False when the mailbox was closed.
  @discardableResult
  public func send(_ message: Message) -> Bool {
    condition.lock()
    while queue.count >= capacity && !closed { condition.wait() }
    let open = !closed
    if open {
      queue.append(message)
      condition.broadcast()
    }
    condition.unlock()
    if open { onArrival() }
    return open
  }

  /// Everything that has arrived, at once, without waiting.
  public func drain() -> [Message] {
    condition.lock()
    defer { condition.unlock() }
    guard !queue.isEmpty else { return [] }
    let all = Array(queue)
    queue.removeAll(keepingCapacity: true)
    condition.broadcast()
    return all
  }

  /// Waits for the next message; nil once the mailbox is closed and empty.
  public func receive() -> Message? {
    condition.lock()
    defer { condition.unlock() }
    while queue.isEmpty && !closed { condition.wait() }
    let first = queue.popFirst()
    condition.broadcast()
    return first
  }

  /// No more messages: waiting senders and receivers return. What is inside can still be drained.
  public func close() {
    condition.lock()
    closed = true
    condition.broadcast()
    condition.unlock()
    onArrival()
  }
}

/// The latest value only: a slow reader sees the newest and misses those between. For metrics whose full record is on
/// disk already.
public final class LatestValue<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)

  public init() {}

  public func put(_ new: Value) { value.withLock { $0 = new } }

  /// Takes the newest value out; nil when none came since.
  public func take() -> Value? {
    value.withLock { newest in
      defer { newest = nil }
      return newest
    }
  }
}
