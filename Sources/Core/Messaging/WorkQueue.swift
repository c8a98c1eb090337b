import DequeModule

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Work done one after another, in order, away from the caller's thread. The thread comes with the first work and goes
/// after some seconds without; where the system gives none, ``SpareThread`` does it.
public final class WorkQueue: Sendable {
  private let state = State()

  public init() {}

  /// - Returns: false where there is no thread to do it: it is then done by the next ``sync(_:)``, if ever.
  @discardableResult
  public func work(_ body: @escaping @Sendable () -> Void) -> Bool {
    state.changed.withLock { state.jobs.append(body) }
    return state.wake(due: 0)
  }

  /// As ``work(_:)``, but not before some time has passed.
  @discardableResult
  public func work(after seconds: Double, _ body: @escaping @Sendable () -> Void) -> Bool {
    let due = MonotonicTime.now + UInt64(max(0, seconds) * 1e9)
    state.changed.withLock { state.later.append((due, body)) }
    return state.wake(due: due)
  }

  /// Does what was asked before, then `body`, on the calling thread. Not from within the queue's own work.
  public func sync(_ body: () -> Void = {}) {
    state.changed.lock()
    while state.isRunning { state.changed.wait() }
    state.isRunning = true
    while let job = state.jobs.popFirst() {
      state.changed.unlock()
      job()
      state.changed.lock()
    }
    state.changed.unlock()
    body()
    state.changed.withLock {
      state.isRunning = false
      state.changed.broadcast()
    }
  }

  /// Waits until all that was asked is done (what is to come later left out), but no longer than so many seconds.
  /// - Returns: whether it is.
  @discardableResult
  public func wait(seconds: Double) -> Bool {
    let end = MonotonicTime.now + UInt64(max(0, seconds) * 1e9)
    return state.changed.withLock {
      while state.isRunning || !state.jobs.isEmpty {
        let now = MonotonicTime.now
        guard !state.isAbandoned, now < end else { return false }
        _ = state.changed.wait(seconds: Double(end - now) / 1e9)
      }
      return true
    }
  }

  /// Something long of its own, beside all queues.
  /// - Returns: false where there is no thread to do it.
  @discardableResult
  public static func apart(_ body: @escaping @Sendable () -> Void) -> Bool {
    startThread(body) || SpareThread.shared.run(body)
  }

  private final class State: @unchecked Sendable {
    /// Seconds that a thread stays without work.
    static let patience = 3.0

    /// Guards all of it.
    let changed = Condition()
    var jobs = Deque<@Sendable () -> Void>()
    var later: [(due: UInt64, body: @Sendable () -> Void)] = []
    var isRunning = false
    private var hasThread = false
    /// There is no thread at all to do what there is to do.
    private(set) var isAbandoned = false

    /// Sees to it that somebody does what there is to do.
    func wake(due: UInt64) -> Bool {
      let needsThread = changed.withLock {
        changed.broadcast()
        defer { hasThread = true }
        return !hasThread
      }
      if !needsThread || startThread({ self.serve() }) { return true }
      changed.withLock { hasThread = false }
      let isTaken = SpareThread.shared.run(due: due) { self.drain() }
      changed.withLock { isAbandoned = !isTaken }
      return isTaken
    }

    /// The thread of the queue.
    private func serve() {
      changed.lock()
      isAbandoned = false
      defer { changed.unlock() }
      while true {
        runAll()
        let now = MonotonicTime.now
        if isRunning {
          changed.wait()
        } else if let next = later.map(\.due).min() {
          _ = changed.wait(seconds: Double(max(next, now) - now) / 1e9)
        } else if !changed.wait(seconds: Self.patience), jobs.isEmpty, later.isEmpty {
          hasThread = false
          return
        }
      }
    }

    /// In place of a thread of its own.
    private func drain() {
      changed.withLock {
        runAll()
        // Whoever has them now does not know of these.
        if isRunning, !jobs.isEmpty { _ = SpareThread.shared.run(due: MonotonicTime.now + 1_000_000) { self.drain() } }
      }
    }

    /// Everything that is due, unless another thread is at it. Called and left with the lock.
    private func runAll() {
      while !isRunning {
        let now = MonotonicTime.now
        while let at = later.firstIndex(where: { $0.due <= now }) { jobs.append(later.remove(at: at).body) }
        guard let job = jobs.popFirst() else { return }
        isRunning = true
        changed.unlock()
        job()
        changed.lock()
        isRunning = false
        changed.broadcast()
      }
    }
  }
}

/// Nanoseconds of a clock that never goes back.
enum MonotonicTime {
  static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
