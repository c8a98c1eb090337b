import Core
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The messages sent so far, in a file that all programs share: each is appended at once, under a lock, so that nothing
/// is lost when a program is killed and none overwrites another's.
///
/// Texts are kept apart by NULs. The file is cut back to its newest megabyte when it has grown beyond two.
package final class PromptHistory: Sendable {
  private let path: String
  private let queue = WorkQueue()
  private let onFailure: @Sendable (String) -> Void
  private let waiting = Mutex<[String]>([])
  static let kept = 1 << 20

  /// - Parameter onFailure: told in one sentence, from any thread, the first time that the file cannot be written; what
  ///   could not be written is tried again with the next text.
  package init(path: String = AppPaths.history, onFailure: @escaping @Sendable (String) -> Void = { _ in }) {
    self.path = path
    self.onFailure = onFailure
  }

  /// The newest texts of the file, the oldest first. What is not UTF-8 in it is repaired.
  package static func read(_ path: String = AppPaths.history) -> [String] {
    Array(texts(in: tail(of: path)).suffix(500))
  }

  /// Appends a text, behind the screen.
  package func append(_ text: String) {
    let text = text.filter { $0 != "\0" }
    guard !text.isEmpty else { return }
    let wasWaiting = waiting.withLock { waiting in
      defer { waiting.append(text) }
      return !waiting.isEmpty
    }
    queue.work { self.write(says: !wasWaiting) }
  }

  /// Waits until all is written that can be.
  package func finish() { queue.sync { write(says: false) } }

  // MARK: The file

  private func write(says: Bool) {
    let texts = waiting.withLock { $0 }
    guard !texts.isEmpty else { return }
    do {
      try write(texts)
      waiting.withLock { $0.removeFirst(texts.count) }
    } catch {
      if says { onFailure("\(error)") }
    }
  }

  private func write(_ texts: [String]) throws {
    let descriptor = try open()
    defer { close(descriptor) }
    var info = stat()
    fstat(descriptor, &info)
    let bytes: [UInt8] = texts.flatMap { text in [0] + Array(text.utf8) }
    let written = bytes.withUnsafeBytes { put(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count else {
      let reason = written < 0 ? String(cString: strerror(errno)) : "the disk is full"
      // No half a text stays.
      if written > 0 { ftruncate(descriptor, info.st_size) }
      throw failure(reason)
    }
    if Int(info.st_size) + bytes.count > 2 * Self.kept { try shorten() }
  }

  /// The file that the path names, locked; another program may have put a new one there while this one waited.
  private func open() throws -> Int32 {
    for _ in 0..<100 {
      let descriptor = Self.openFile(path)
      guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
      var here = stat()
      var there = stat()
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &here) == 0, stat(path, &there) == 0,
        here.st_ino == there.st_ino, here.st_dev == there.st_dev
      {
        return descriptor
      }
      close(descriptor)
      usleep(20_000)
    }
    throw failure("another program keeps it locked")
  }

  private func failure(_ reason: String) -> TerminalError {
    TerminalError(SafeText.clean("\(path) cannot be written: \(reason). Messages sent are not in the history file."))
  }

  private static func openFile(_ path: String) -> Int32 {
    #if canImport(Darwin)
      Darwin.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    #else
      Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    #endif
  }

  private func shorten() throws {
    var rest = Self.tail(of: path)
    if let first = rest.firstIndex(of: 0) { rest = Array(rest[first...]) }
    try AtomicFile.write(to: path, permissions: 0o600) { try $0.write(rest) }
  }

  private static func tail(of path: String) -> [UInt8] {
    guard Disk.size(of: path) != nil, let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let size = ftell(file)
    let count = min(size, kept)
    fseek(file, size - count, SEEK_SET)
    var bytes = [UInt8](repeating: 0, count: count)
    bytes.removeLast(count - fread(&bytes, 1, count, file))
    // The first text of a part may have lost its beginning.
    return count < size ? Array(bytes.drop { $0 != 0 }) : bytes
  }

  private static func texts(in bytes: [UInt8]) -> [String] {
    bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
