#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A stack for the signal handlers of the calling thread. Where a thread has none and its own overflows, the handler that
/// gives the terminal back cannot run, and the program vanishes with the terminal as it is.
public enum SignalStack {
  /// What the crash handler needs, names of functions included; touched only in a crash.
  private static let size = 128 << 10

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { memory in
      var nothing = stack_t()
      nothing.ss_flags = Int32(SS_DISABLE)
      sigaltstack(&nothing, nil)
      munmap(memory, SignalStack.size)
    }
    return key
  }()

  /// Gives the calling thread a stack for handlers, unless it has one. It goes with the thread.
  public static func ensure() {
    guard pthread_getspecific(key) == nil else { return }
    var now = stack_t()
    guard sigaltstack(nil, &now) == 0, now.ss_flags & Int32(SS_DISABLE) != 0 else { return }
    let flags = MAP_PRIVATE | MAP_ANON
    guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else { return }
    now.ss_sp = memory
    now.ss_size = size
    now.ss_flags = 0
    if sigaltstack(&now, nil) == 0 {
      pthread_setspecific(key, memory)
    } else {
      munmap(memory, size)
    }
  }
}
