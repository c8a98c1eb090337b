import Core
import TUI

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Text of unknown origin, made harmless before it is printed. Line breaks and tabs stay.
enum Inert {
  static func text(_ text: String) -> String {
    text.split(separator: "\t", omittingEmptySubsequences: false).map { SafeText.clean($0) }.joined(separator: "\t")
  }

  static func line(_ text: String) -> String { SafeText.clean(text, keepingNewlines: false) }
}

/// What went wrong, in one line.
enum Failure {
  static func sentence(_ error: any Error) -> String {
    if let error = error as? WriteError, error.isTaken {
      var error = error
      error.reason += ", or replace files of the same names by --force"
      return Inert.line(error.description)
    }
    let text = Inert.line(String(describing: error))
    return text.isEmpty ? "Something failed without saying why." : text
  }
}

/// Standard output, collected into large writes.
enum StandardOutput {
  nonisolated(unsafe) private static var buffer: [UInt8] = []

  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  static func write(_ text: String) { write(text.utf8) }

  static func write(_ bytes: some Sequence<UInt8>) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= 1 << 16 { flush() }
  }

  static func flush() {
    if tryFlush() { return }
    // The reader went away (a pipe into `head`): end as other tools do.
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    exit(1)
  }

  /// False when nobody reads any more.
  static func tryFlush() -> Bool {
    guard !buffer.isEmpty else { return true }
    defer { buffer.removeAll(keepingCapacity: true) }
    return writeAll(buffer, to: STDOUT_FILENO)
  }
}

/// Messages and progress.
enum StandardError {
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  static func write(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }
}

private func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
  bytes.withUnsafeBytes { buffer in
    var at = 0
    while at < buffer.count {
      let n = write(file, buffer.baseAddress! + at, buffer.count - at)
      if n > 0 {
        at += n
      } else if n < 0 && errno == EINTR {
        continue
      } else {
        return false
      }
    }
    return true
  }
}
