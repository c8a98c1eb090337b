import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Holds a run's folder for one process: two at work in it would write over each other's steps. The system lets the lock
/// go with the process that held it, however that ended.
final class RunLock {
  private let descriptor: Int32

  /// - Throws: ``TrainingError/run(path:problem:)`` naming the process that holds the folder.
  init(_ folder: RunFolder) throws {
    let path = folder.lockFile
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw TrainingError.run(path: folder.path, problem: "the run cannot be locked: \(systemMessage(errno))")
    }
    self.descriptor = descriptor
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      // A file system without locks; nothing can be said there.
      case ENOLCK, ENOTSUP, ENOSYS, EINVAL: return
      default:
        throw TrainingError.run(
          path: folder.path,
          problem: "this run is being trained by \(Self.holder(descriptor)) already; stop it there first")
      }
    }
    let text = Array("\(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  deinit { close(descriptor) }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let digits = bytes.prefix(max(0, count)).prefix { $0 >= 0x30 && $0 <= 0x39 }
    return digits.isEmpty ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
  }
}
