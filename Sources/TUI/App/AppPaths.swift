import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Where the program keeps its files: the XDG folders.
public enum AppPaths {
  public static var configuration: String { folder("XDG_CONFIG_HOME", ".config") }
  public static var data: String { folder("XDG_DATA_HOME", ".local/share") }

  public static var settingsFile: String { configuration + "/config.toml" }
  public static var themes: String { configuration + "/themes" }
  public static var runs: String { data + "/runs" }
  /// What was copied last: for terminals that do not take the clipboard.
  public static var copied: String { data + "/copied.txt" }
  /// Tokenizers that were compared last, a path a line.
  public static var compared: String { data + "/compared" }
  public static var history: String { data + "/history" }
  public static var log: String { data + "/glassbox.log" }

  private static func folder(_ variable: String, _ usual: String) -> String {
    if let base = environment(variable), base.hasPrefix("/") { return base + "/glassbox" }
    return (environment("HOME") ?? "/tmp") + "/" + usual + "/glassbox"
  }

  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// Makes a folder and those above it.
  @discardableResult
  static func make(_ folder: String) -> Bool {
    var path = ""
    for part in folder.split(separator: "/") {
      path += "/" + part
      if mkdir(path, 0o700) != 0, errno != EEXIST { return false }
    }
    return true
  }
}

/// Small files, read and written whole.
enum SmallFile {
  /// - Returns: nil when the file is absent, larger than `limit` or not UTF-8.
  static func read(_ path: String, limit: Int = 1 << 20) -> String? {
    guard let bytes = try? PlainFile.bytes(path, limit: limit) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Readable by the user alone.
  @discardableResult
  static func write(_ text: String, to path: String) -> Bool {
    (try? AtomicFile.write(to: path, permissions: 0o600, flushes: false) { try $0.write(text) }) != nil
  }
}
