#if THREAD_SANITIZER
  /// A mutex for builds with the thread sanitizer, which knows POSIX's but not the standard library's: memory that is
  /// guarded by that is reported though it is shared as it should be.
  public final class SeenMutex<Value>: @unchecked Sendable {
    private var value: Value
    private let lock = Condition()

    public init(_ value: consuming sending Value) { self.value = value }

    public func withLock<Result, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
      lock.lock()
      defer { lock.unlock() }
      return try body(&value)
    }
  }

  typealias Mutex = SeenMutex
#endif
