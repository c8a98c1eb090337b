import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A run's log: one event a line, appended. A line reaches the system before the screen hears of it; `flush` makes it
/// durable. What a full disk does not take waits in memory and is written, in order, once there is room.
final class EventLog {
  private let descriptor: Int32
  private var waiting: [UInt8] = []

  /// - Parameter resumedAt: nil for a new run; else the step that the run goes on from: what an earlier attempt said
  ///   of later steps is taken out of the log.
  init(path: String, resumedAt: Int?) throws {
    if let resumedAt { try Self.cut(path, after: resumedAt) }
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw TrainingError.run(path: path, problem: "the log cannot be opened: \(systemMessage(errno))")
    }
  }

  func append(_ event: TrainingEvent) {
    waiting += Array((event.jsonLine + "\n").utf8)
    write()
  }

  private func write() {
    let sent = waiting.withUnsafeBytes { raw in
      var sent = 0
      while sent < raw.count, let base = raw.baseAddress {
        #if canImport(Darwin)
          let result = Darwin.write(descriptor, base + sent, raw.count - sent)
        #else
          let result = Glibc.write(descriptor, base + sent, raw.count - sent)
        #endif
        if result < 0, errno == EINTR { continue }
        guard result > 0 else { break }
        sent += result
      }
      return sent
    }
    if sent == waiting.count { waiting.removeAll(keepingCapacity: true) } else { waiting.removeFirst(sent) }
  }

  func flush() {
    if !waiting.isEmpty { write() }
    fsync(descriptor)
  }

  /// Copies the log to another place, also when its own name is gone, and what waits with it.
  func copy(to path: String) throws {
    var bytes = [UInt8](repeating: 0, count: Int(max(0, lseek(descriptor, 0, SEEK_END))))
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, $0.count - done, off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      done += count
    }
    try AtomicFile.write(Array(bytes.prefix(done)) + waiting, to: path)
  }

  deinit { close(descriptor) }

  // MARK: Reading

  /// Takes out what belongs to steps after `step`, and the ends of earlier attempts: they did not stand.
  private static func cut(_ path: String, after step: Int) throws {
    guard let file = try? MappedFile(path: path) else { return }
    var kept: [UInt8] = []
    kept.reserveCapacity(file.bytes.count)
    for line in file.bytes.split(separator: 0x0A) {
      // A crash may have cut the last line.
      guard let event = TrainingEvent(jsonLine: UnsafeRawBufferPointer(rebasing: line)) else { continue }
      if case .done = event { continue }
      if let at = event.step, at > step { continue }
      kept += line
      kept.append(0x0A)
    }
    if kept.count != file.bytes.count { try AtomicFile.write(kept, to: path) }
  }

  /// Events of a log, as they stand now. In logs of earlier versions, which a resume did not cut, steps that were taken
  /// twice are there once: those of the run that went on.
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
