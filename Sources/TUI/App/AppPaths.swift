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

  /// A path as people write it: `~` for their folder.
  static func shown(_ path: String) -> String {
    guard let home = environment("HOME"), home.count > 1, path.hasPrefix(home + "/") else { return path }
    return "~" + path.dropFirst(home.count)
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
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    let count = fread(&bytes, 1, bytes.count, file)
    return count <= limit ? String(validating: bytes[..<count], as: UTF8.self) : nil
  }

  /// Readable by the user alone.
  @discardableResult
  static func write(_ text: String, to path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let n = bytes[done...].withUnsafeBytes { put(descriptor, $0.baseAddress, $0.count) }
      if n <= 0 { return false }
      done += n
    }
    return true
  }
}

/// `write(2)`, which `SmallFile` has a namesake of.
private func put(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
