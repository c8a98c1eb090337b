import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Counts the times the user asked to stop (Ctrl-C, SIGTERM).
enum Interrupts {
  private static let counter = Atomic<Int>(0)

  static var count: Int { counter.load(ordering: .relaxed) }

  /// From now on the signals only count.
  static func catchThem() {
    reset()  // The counter exists before a handler needs it.
    for number in [SIGINT, SIGTERM] { signal(number, received) }
  }

  static func reset() { counter.store(0, ordering: .relaxed) }

  private static let received: @convention(c) (Int32) -> Void = { _ in
    counter.wrappingAdd(1, ordering: .relaxed)
  }
}
