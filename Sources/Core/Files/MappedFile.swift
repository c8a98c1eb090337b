import CFiles

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A whole file as read-only memory. Pages are read by the system when they are first touched.
///
/// The size is taken once, at opening. Should another program shorten the file afterwards, what is read past its new end
/// is zeros; ``checkUnchanged()`` tells, and is asked after reading.
public final class MappedFile: @unchecked Sendable {
  public let path: String
  /// Valid as long as this object lives.
  public let bytes: UnsafeRawBufferPointer
  private let descriptor: Int32
  /// Of the range that is watched for reads past the file's end.
  private let range: Int32

  /// Maps a regular file; an empty one has no bytes.
  /// - Throws: ``FormatError`` where the path is absent, not a regular file, or not readable.
  public init(path: String) throws {
    let (descriptor, size) = try PlainFile.open(path)
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
    range = gbx_mapping_add(bytes.baseAddress, bytes.count)
    self.path = path
    self.descriptor = descriptor
  }

  /// Runs `body` on the bytes with the mapping held until it returns; for files that nothing else holds.
  /// - Throws: what `body` throws, and ``FormatError`` where the file became shorter under it.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try withExtendedLifetime(self) {
      do {
        let result = try body(bytes)
        try checkUnchanged()
        return result
      } catch {
        // What was made of zeros is no reason.
        try checkUnchanged()
        throw error
      }
    }
  }

  deinit {
    gbx_mapping_remove(range)
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    close(descriptor)
  }

  /// - Throws: ``FormatError`` where the file has become shorter since it was opened.
  public func checkUnchanged() throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int(status.st_size) >= bytes.count else { throw shortened }
    try checkRead()
  }

  /// - Throws: ``FormatError`` where something was read past the file's end.
  func checkRead() throws {
    if Self.faults > 0, gbx_mapping_is_damaged(range) != 0 { throw shortened }
  }

  /// Watches for such reads again, where a program part has put its own handler in place since.
  static func watch() { gbx_mapping_arm() }

  /// Reads past a file's end so far, of all files.
  static var faults: Int { Int(gbx_mapping_faults()) }

  private var shortened: FormatError {
    FormatError(
      file: path, found: "the file became shorter while it was open",
      expected: "\(bytes.count) bytes; open it again when it is whole")
  }
}

/// The system's words for an error number.
package func systemMessage(_ code: Int32) -> String {
  strerror(code).map { String(cString: $0) } ?? "error \(code)"
}
