import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A run's log: one event a line, appended and never rewritten. A line reaches the system before the screen hears of
/// it; `flush` makes it durable.
final class EventLog {
  private let descriptor: Int32
  private let path: String

  init(path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw TrainingError.run(path: path, problem: "the log cannot be opened") }
    // A crash may have cut the last line: what follows must begin on a line of its own.
    var last = UInt8(0x0A)
    let size = lseek(descriptor, 0, SEEK_END)
    if size > 0, pread(descriptor, &last, 1, size - 1) == 1, last != 0x0A { write(Array("\n".utf8)) }
  }

  func append(_ event: TrainingEvent) { write(Array((event.jsonLine + "\n").utf8)) }

  /// Best effort: a full disk must not end the run, and the next checkpoint will say so.
  private func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
      var sent = 0
      while sent < raw.count, let base = raw.baseAddress {
        #if canImport(Darwin)
          let result = Darwin.write(descriptor, base + sent, raw.count - sent)
        #else
          let result = Glibc.write(descriptor, base + sent, raw.count - sent)
        #endif
        if result < 0, errno == EINTR { continue }
        guard result > 0 else { return }
        sent += result
      }
    }
  }

  func flush() { fsync(descriptor) }

  deinit { close(descriptor) }

  /// Events of a log, as they stand now. After a resume, steps that were taken twice are there once: those of the run
  /// that went on.
  static func read(_ path: String) -> [TrainingEvent] {
    guard let file = try? MappedFile(path: path) else { return [] }
    var events: [TrainingEvent] = []
    for line in file.bytes.split(separator: 0x0A) {
      guard let event = TrainingEvent(jsonLine: UnsafeRawBufferPointer(rebasing: line)) else { continue }
      if case .start(let start) = event, start.resumedAt > 0 || !events.isEmpty {
        events.removeAll { ($0.step ?? 0) > start.resumedAt }
      }
      events.append(event)
    }
    return events
  }
}

extension TrainingEvent {
  /// The step it belongs to; nil for a start.
  public var step: Int? {
    switch self {
    case .start: nil
    case .step(let e): e.step
    case .validation(let e): e.step
    case .sample(let e): e.step
    case .checkpoint(let e): e.step
    case .alert(let e): e.step
    case .done(let e): e.step
    }
  }
}
