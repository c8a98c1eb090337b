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

/// Standard output, collected into large writes. Once it could not be written it is not tried again, and the program ends
/// with a failure.
enum StandardOutput {
  nonisolated(unsafe) private static var buffer: [UInt8] = []
  /// The error of the first write that failed; 0 before.
  nonisolated(unsafe) private static var failure: Int32 = 0

  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  static func write(_ text: String) { write(text.utf8) }

  static func write(_ bytes: some Sequence<UInt8>) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= 1 << 16 { flush() }
  }

  /// Writes what was collected; where that cannot be, the program ends.
  static func flush() {
    if tryFlush() { return }
    if failure == EPIPE {
      // The reader went away (a pipe into `head`): end as other tools do.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    StandardError.write("glassbox: Standard output cannot be written: \(String(cString: strerror(failure))).\n")
    exit(1)
  }

  /// False when nothing can be written any more, now or before.
  static func tryFlush() -> Bool {
    defer { buffer.removeAll(keepingCapacity: true) }
    if failure == 0, !buffer.isEmpty { failure = writeAll(buffer, to: STDOUT_FILENO) }
    return failure == 0
  }
}

/// Messages and progress.
enum StandardError {
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// The terminal's width; 80 where it does not say.
  static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  static func write(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }
}

/// The standard descriptors, before any file is opened.
enum StandardDescriptors {
  /// Gives each one that was closed something that fails when it is used: else the next file to be opened, a checkpoint
  /// perhaps, would take its number and get what is written there.
  static func hold() {
    for (file, wrongWay) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDWR)]
    where fcntl(file, F_GETFD) < 0 {
      // The lowest free number is given, and those below are taken.
      _ = open("/dev/null", wrongWay)
    }
  }
}

/// 0, or the error's number.
private func writeAll(_ bytes: [UInt8], to file: Int32) -> Int32 {
  bytes.withUnsafeBytes { buffer in
    var at = 0
    while at < buffer.count {
      let n = write(file, buffer.baseAddress! + at, buffer.count - at)
      if n > 0 {
        at += n
      } else if n < 0 && errno == EINTR {
        continue
      } else {
        return n < 0 ? errno : EIO
      }
    }
    return 0
  }
}
