#if THREAD_SANITIZER
  import Core

  typealias Mutex = SeenMutex
#endif
