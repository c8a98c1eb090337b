#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Which file a path names: another one of the same name is told apart.
struct FileIdentity: Equatable, Sendable {
  let device: UInt64
  let number: UInt64

  /// nil where there is none.
  init?(_ path: String) {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    device = UInt64(truncatingIfNeeded: info.st_dev)
    number = UInt64(truncatingIfNeeded: info.st_ino)
  }
}

/// A lock that dies with its process.
struct FileLock {
  private let descriptor: Int32

  /// Waits for at most ten seconds.
  /// - Throws: ``StoreError`` where another program keeps it for longer.
  init(_ path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreError("\(path) cannot be made: \(String(cString: strerror(errno))).") }
    for _ in 0..<200 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
      usleep(50_000)
    }
    close(descriptor)
    throw StoreError("Another program is mending the conversations: \(path) is locked.")
  }

  func release() { close(descriptor) }
}
