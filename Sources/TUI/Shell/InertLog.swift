import Logging

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Lines of the log file, which standard error leads to while the screen is drawn. What they tell of names, paths and
/// messages cannot steer the terminal of whoever reads the file.
struct InertLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let line = InertLog.line("\(event.level)", event.message.description, all)
    var bytes = Array(line.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      bytes = bytes.dropFirst(count)
    }
  }

  /// `2026-11-21T15:30:02+0100 error: model not loaded (path: …, why: …)`
  static func line(_ level: String, _ message: String, _ metadata: Logger.Metadata) -> String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    var stamp = [CChar](repeating: 0, count: 64)
    let count = strftime(&stamp, stamp.count, "%Y-%m-%dT%H:%M:%S%z", &parts)
    let date = String(decoding: stamp[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let pairs = metadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    let more = pairs.isEmpty ? "" : " (" + pairs.joined(separator: ", ") + ")"
    return SafeText.clean("\(date) \(level): \(message)\(more)", keepingNewlines: false) + "\n"
  }
}
