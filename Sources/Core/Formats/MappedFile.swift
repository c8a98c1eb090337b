#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A whole file as read-only memory. Pages are read by the system when they are first touched.
///
/// The size is taken once, at opening. Should another program shorten the file afterwards, pages past its new end can
/// no longer be read (the system sends SIGBUS); ``checkUnchanged()`` tells, and is asked before long work begins.
public final class MappedFile: @unchecked Sendable {
  public let path: String
  /// Valid as long as this object lives.
  public let bytes: UnsafeRawBufferPointer
  private let descriptor: Int32

  /// Maps a regular file; an empty one has no bytes.
  /// - Throws: ``FormatError`` where the path is absent, not a regular file, or not readable.
  public init(path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw FormatError(file: path, found: "cannot be opened: " + systemMessage(errno))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FormatError(file: path, found: "not a regular file", expected: "a file")
    }
    let size = Int(status.st_size)
    if size > 0 {
      guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
        let reason = systemMessage(errno)
        close(descriptor)
        throw FormatError(file: path, found: "cannot be mapped into memory: " + reason)
      }
      bytes = UnsafeRawBufferPointer(start: base, count: size)
    } else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    }
    self.path = path
    self.descriptor = descriptor
  }

  /// Runs `body` on the bytes with the mapping held until it returns; for files that nothing else holds.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  deinit {
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    close(descriptor)
  }

  /// - Throws: ``FormatError`` where the file has become shorter since it was opened.
  public func checkUnchanged() throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int(status.st_size) >= bytes.count else {
      throw FormatError(
        file: path, found: "the file became shorter while it was open", expected: "\(bytes.count) bytes")
    }
  }
}

/// The system's words for an error number.
package func systemMessage(_ code: Int32) -> String {
  strerror(code).map { String(cString: $0) } ?? "error \(code)"
}
