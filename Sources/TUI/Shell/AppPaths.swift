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
  /// What was chosen and typed on the screen, for the next time.
  public static var remembered: String { folder("XDG_STATE_HOME", ".local/state") + "/screen.json" }
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
    guard let bytes = try? PlainFile.bytes(path, limit: limit) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Why a file that is there cannot be read by ``read(_:limit:)``, in words that follow its name; nil where it can, and
  /// where there is none.
  static func problem(_ path: String, limit: Int = 1 << 20) -> String? {
    var about = stat()
    guard stat(path, &about) == 0 else {
      return errno == ENOENT || errno == ENOTDIR ? nil : "cannot be read (\(String(cString: strerror(errno))))"
    }
    switch about.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: return "is a folder, not a file"
    default: return "is not a plain file"
    }
    guard about.st_size <= limit else { return "is larger than \(limit / 1024) KB" }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "cannot be read (\(String(cString: strerror(errno))))" }
    close(file)
    return read(path, limit: limit) == nil ? "is not UTF-8 text" : nil
  }

  /// Readable by the user alone; the old file or the new one, never a part.
  @discardableResult
  static func write(_ text: String, to path: String) -> Bool {
    (try? AtomicFile.write(to: path, permissions: 0o600, flushes: false) { try $0.write(text) }) != nil
  }
}

/// `write(2)`, where a namesake hides it.
func put(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
