#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A problem with what the user gave, in one sentence.
struct InputError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Text from a file or standard input, as bytes.
enum Input {
  /// The most that is read at once.
  static let limit = 2 << 30

  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// The whole of a file; nil or "-": standard input.
  static func bytes(_ path: String?) throws -> [UInt8] {
    let reader = try LineReader(path)
    return try reader.rest()
  }

  static func text(_ path: String?) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }
}

/// Lines of a file or of standard input, as they come.
final class LineReader {
  private static let chunk = 1 << 18
  private let file: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private var start = 0
  private var ended = false

  /// - Parameter path: nil or "-": standard input.
  init(_ path: String?) throws {
    guard let path, path != "-" else {
      file = STDIN_FILENO
      name = "standard input"
      return
    }
    name = path
    var status = stat()
    guard stat(path, &status) == 0 else { throw InputError("\(path): \(String(cString: strerror(errno))).") }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw InputError("\(path) is a folder; a file is needed.") }
    file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw InputError("\(path): \(String(cString: strerror(errno))).") }
  }

  deinit { if file != STDIN_FILENO { close(file) } }

  /// The next line without its end; nil at the end.
  func next() throws -> [UInt8]? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { start = end + 1 }
        return Array(buffer[start..<end])
      }
      searched = buffer.count
      if ended {
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        return Array(buffer[start...])
      }
      let dropped = start
      if dropped > 1 << 20 {
        buffer.removeFirst(dropped)
        start = 0
        searched -= dropped
      }
      try fill()
    }
  }

  /// Everything that is left.
  func rest() throws -> [UInt8] {
    var status = stat()
    if !ended, fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      buffer.reserveCapacity(buffer.count + min(Int(status.st_size), Input.limit) + Self.chunk)
    }
    while !ended { try fill() }
    defer { start = buffer.count }
    return start == 0 ? buffer : Array(buffer[start...])
  }

  private func fill() throws {
    guard buffer.count - start < Input.limit else {
      throw InputError("\(name) holds more than 2 GB at once; give it in parts.")
    }
    let count = buffer.count
    let chunk = Self.chunk
    buffer.append(contentsOf: repeatElement(0, count: chunk))
    var n: Int
    repeat {
      n = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, chunk) }
    } while n < 0 && errno == EINTR
    buffer.removeLast(chunk - max(0, n))
    if n < 0 { throw InputError("\(name): \(String(cString: strerror(errno))).") }
    if n == 0 { ended = true }
  }
}
