import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Counts the times the user asked to stop (Ctrl-C, SIGTERM, a terminal that was closed), and remembers the first.
enum Interrupts {
  private static let counter = Atomic<Int>(0)
  private static let firstSignal = Atomic<Int32>(0)

  static var count: Int { counter.load(ordering: .relaxed) }

  /// The signal that came first; nil before.
  static var first: Int32? {
    let signal = firstSignal.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  /// From now on the signals only count. One that was ignored before (`nohup`, a background job) stays so.
  /// - Parameter hangUp: also where the terminal is closed.
  static func catchThem(hangUp: Bool = false) {
    reset()  // The counters exist before a handler needs them.
    for number in [SIGINT, SIGTERM] + (hangUp ? [SIGHUP] : []) {
      var former = sigaction()
      let isIgnored = sigaction(number, nil, &former) == 0 && isIgnoring(former)
      if !isIgnored { signal(number, received) }
    }
  }

  static func reset() {
    counter.store(0, ordering: .relaxed)
    firstSignal.store(0, ordering: .relaxed)
  }

  static func name(_ signal: Int32) -> String {
    [SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP"][signal] ?? "signal \(signal)"
  }

  private static func isIgnoring(_ action: sigaction) -> Bool {
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static let received: @convention(c) (Int32) -> Void = { number in
    _ = firstSignal.compareExchange(expected: 0, desired: number, ordering: .relaxed)
    counter.wrappingAdd(1, ordering: .relaxed)
  }
}
