#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The few questions that are asked of folders. None of them throws: what cannot be read is not there.
public enum FileSystem {
  /// What lies at a path.
  package enum Kind: CustomStringConvertible {
    case file, folder, pipe, device, socket, other

    init(_ mode: mode_t) {
      switch mode & S_IFMT {
      case S_IFREG: self = .file
      case S_IFDIR: self = .folder
      case S_IFIFO: self = .pipe
      case S_IFCHR, S_IFBLK: self = .device
      case S_IFSOCK: self = .socket
      default: self = .other
      }
    }

    package var description: String {
      switch self {
      case .file: "a file"
      case .folder: "a folder"
      case .pipe: "a pipe"
      case .device: "a device"
      case .socket: "a socket"
      case .other: "something that is no file"
      }
    }
  }

  /// Links followed; nil where there is nothing.
  package static func kind(_ path: String) -> Kind? {
    var status = stat()
    return stat(path, &status) == 0 ? Kind(status.st_mode) : nil
  }

  package static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Where a link leads, link after link; the path itself where it is none. There need be nothing there yet.
  package static func followed(_ path: String) -> String {
    var path = path
    var text = [CChar](repeating: 0, count: 4097)
    // A loop of links ends here, and opening it says so.
    for _ in 0..<40 {
      let length = readlink(path, &text, 4096)
      guard length > 0 else { return path }
      let target = String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      path = target.hasPrefix("/") ? target : folder(of: path) + "/" + target
    }
    return path
  }

  /// "/a" of "/a/b"; "." where there is no slash.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Whether two paths lead to the same file or folder.
  package static func same(_ a: String, _ b: String) -> Bool {
    var first = stat()
    var second = stat()
    guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  package static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  package static func size(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// Seconds since 1970.
  package static func modified(_ path: String) -> Double? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      return Double(status.st_mtimespec.tv_sec) + Double(status.st_mtimespec.tv_nsec) / 1e9
    #else
      return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
    #endif
  }

  /// Names in a folder, sorted, without "." and ".."; at most `limit` of them.
  package static func names(in folder: String, limit: Int = 10_000) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while names.count < limit, let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
          String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The path without links and "..", or itself where there is none.
  package static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// The path from the root on; links and ".." stay as they are.
  package static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    let base = String(cString: folder)
    return (base == "/" ? "" : base) + "/" + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
  }

  public static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}
