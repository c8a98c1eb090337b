#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
import Synchronization

/// A file that could not be written, and why.
public struct WriteError: Error, CustomStringConvertible, Equatable {
  public var path: String
  public var reason: String

  public var description: String { FormatError.inert("\(path): cannot be written: \(reason)") + "." }
}

/// Files that are either the old ones or the new ones, never a part: written under another name, flushed to disk,
/// renamed, and the folder flushed too.
public enum AtomicFile {
  private static let serial = Atomic<Int>(0)

  /// - Parameters:
  ///   - permissions: of the new file, before the process's mask.
  ///   - flushes: whether to wait for the disk; without, a power cut may leave a part of the file.
  /// - Throws: ``WriteError``, or what `body` throws; the file is then as it was.
  public static func write(
    to path: String, permissions: mode_t = 0o666, flushes: Bool = true, _ body: (FileWriter) throws -> Void
  ) throws {
    let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
    let temporary = "\(path).\(getpid())-\(number).tmp"
    let writer = try FileWriter(path: temporary, finalPath: path, permissions: permissions)
    do {
      try body(writer)
      try writer.finish(flushes: flushes)
      guard rename(temporary, path) == 0 else { throw WriteError(path: path, reason: systemMessage(errno)) }
    } catch {
      writer.abandon()
      unlink(temporary)
      throw error
    }
    if flushes { try syncFolder(of: path) }
  }

  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { writer in try bytes.withUnsafeBytes { try writer.write($0) } }
  }

  public static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// Makes the names in the folder that holds `path` durable.
  public static func syncFolder(of path: String) throws {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw WriteError(path: folder, reason: systemMessage(errno)) }
    defer { close(descriptor) }
    // Some file systems cannot flush folders; there the rename is as durable as it gets.
    if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP {
      throw WriteError(path: folder, reason: systemMessage(errno))
    }
  }

  /// Makes a folder and those above it.
  public static func makeFolder(_ path: String) throws {
    if mkdir(path, 0o777) == 0 || isFolder(path) { return }
    if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeFolder(String(path[..<slash]))
      if mkdir(path, 0o777) == 0 || isFolder(path) { return }
    }
    throw WriteError(path: path, reason: systemMessage(errno))
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    let saved = errno
    defer { errno = saved }
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

/// Buffered writing to one file. Used by one thread.
public final class FileWriter {
  private let path: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private let capacity = 1 << 20
  /// Bytes written so far.
  public private(set) var count = 0

  init(path: String, finalPath: String, permissions: mode_t = 0o666) throws {
    self.path = finalPath
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
    guard descriptor >= 0 else { throw WriteError(path: finalPath, reason: systemMessage(errno)) }
    buffer.reserveCapacity(capacity)
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    count += bytes.count
    if buffer.count + bytes.count > capacity {
      try flush()
      if bytes.count >= capacity { return try send(bytes) }
    }
    buffer.append(contentsOf: bytes)
  }

  public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }
  public func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// In little-endian order.
  public func write<T: FixedWidthInteger>(_ value: T) throws {
    try withUnsafeBytes(of: value.littleEndian) { try write($0) }
  }

  /// Zeros up to the next multiple of `alignment`.
  public func pad(to alignment: Int) throws {
    let rest = count % alignment
    if rest != 0 { try write([UInt8](repeating: 0, count: alignment - rest)) }
  }

  private func flush() throws {
    try buffer.withUnsafeBytes { try send($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws {
    var sent = 0
    while sent < bytes.count, let base = bytes.baseAddress {
      #if canImport(Darwin)
        let result = Darwin.write(descriptor, base + sent, bytes.count - sent)
      #else
        let result = Glibc.write(descriptor, base + sent, bytes.count - sent)
      #endif
      if result < 0 {
        if errno == EINTR { continue }
        throw WriteError(path: path, reason: systemMessage(errno))
      }
      sent += result
    }
  }

  func finish(flushes: Bool = true) throws {
    try flush()
    guard !flushes || fsync(descriptor) == 0 else { throw WriteError(path: path, reason: systemMessage(errno)) }
    let result = close(descriptor)
    descriptor = -1
    guard result == 0 else { throw WriteError(path: path, reason: systemMessage(errno)) }
  }

  func abandon() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  deinit { abandon() }
}
