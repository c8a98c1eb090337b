#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The one place where files that a path names are opened for reading: plain files alone, and without waiting.
///
/// A pipe that lies in a folder under a file's name would be waited for without end, a device may do something when it is
/// opened; both are refused by what they are. Where a stream is a fair thing to give (text to read, a request file), the
/// command line opens it itself.
public enum PlainFile {
  /// An open descriptor and the file's size. The caller closes it.
  /// - Throws: ``FormatError`` where there is no file, something other than a file, or one that cannot be read.
  static func open(_ path: String) throws -> (descriptor: Int32, size: Int) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw FormatError(file: path, found: "cannot be opened: " + systemMessage(errno))
    }
    try need(status, path)
    // What was a file a moment ago may be a pipe now.
    let descriptor = openReading(path)
    guard descriptor >= 0 else { throw FormatError(file: path, found: "cannot be opened: " + systemMessage(errno)) }
    do {
      guard fstat(descriptor, &status) == 0 else {
        throw FormatError(file: path, found: "cannot be opened: " + systemMessage(errno))
      }
      try need(status, path)
    } catch {
      close(descriptor)
      throw error
    }
    return (descriptor, Int(status.st_size))
  }

  private static func need(_ status: stat, _ path: String) throws {
    let kind = FileSystem.Kind(status.st_mode)
    guard kind == .file else { throw FormatError(file: path, found: kind.description, expected: "a plain file") }
  }

  private static func openReading(_ path: String) -> Int32 {
    #if canImport(Darwin)
      Darwin.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    #else
      Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    #endif
  }

  /// The bytes of a small file, copied.
  /// - Throws: ``FormatError``, also for a file of more than `limit` bytes.
  public static func bytes(_ path: String, limit: Int) throws -> [UInt8] {
    let bytes = try beginning(path, limit + 1)
    guard bytes.count <= limit else {
      throw FormatError(file: path, found: "more than \(limit) bytes", expected: "a small file")
    }
    return bytes
  }

  /// The first `count` bytes of a file, or all where it has fewer.
  public static func beginning(_ path: String, _ count: Int) throws -> [UInt8] {
    let (descriptor, size) = try open(path)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: min(count, size + 1))
    var filled = 0
    while filled < bytes.count {
      let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + filled, $0.count - filled) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw FormatError(file: path, found: "cannot be read: " + systemMessage(errno)) }
      if got == 0 { break }
      filled += got
    }
    return Array(bytes[..<filled])
  }
}
