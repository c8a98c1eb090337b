#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

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

  /// Best effort: what cannot be set is as the system made it.
  func setPermissions(_ mode: mode_t) { fchmod(descriptor, mode) }

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
