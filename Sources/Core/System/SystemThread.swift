#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Starts a thread of its own that takes no signals (those belong to the thread that waits for the keyboard) and whose
/// stack may overflow without losing the terminal, see ``SignalStack``.
/// - Returns: false where the system gives none; `body` is then not run.
public func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  func enter(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    SignalStack.ensure()
    Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
    return nil
  }
  #if canImport(Darwin)
    func main(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { enter(context) }
    var thread: pthread_t?
  #else
    func main(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { context.flatMap(enter) }
    var thread = pthread_t()
  #endif
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  pthread_attr_setstacksize(&attributes, 8 << 20)
  var all = sigset_t()
  var before = sigset_t()
  sigfillset(&all)
  // Faults stay deliverable: the crash handler puts the terminal back.
  for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&all, fault) }
  pthread_sigmask(SIG_SETMASK, &all, &before)
  let context = Unmanaged.passRetained(Start(body))
  let failed = pthread_create(&thread, &attributes, main, context.toOpaque())
  pthread_sigmask(SIG_SETMASK, &before, nil)
  pthread_attr_destroy(&attributes)
  if failed != 0 { context.release() }
  return failed == 0
}
