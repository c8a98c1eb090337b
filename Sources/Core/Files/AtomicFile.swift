#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
import Synchronization

/// A file that could not be written, and why.
public struct WriteError: Error, CustomStringConvertible, Equatable {
  public var path: String
  public var reason: String
  /// Something is in the place that was not asked to go.
  public var isTaken = false

  public init(path: String, reason: String, isTaken: Bool = false) {
    self.path = path
    self.reason = reason
    self.isTaken = isTaken
  }

  public var description: String { FormatError.inert("\(path): cannot be written: \(reason)") + "." }

  /// Something is there that was not asked to go.
  static func taken(_ path: String) -> WriteError {
    WriteError(path: path, reason: "there is a file of this name already; choose another name", isTaken: true)
  }
}

/// What becomes of something that is there already.
public enum ExistingFile: Sendable {
  /// It is kept, and writing fails.
  case refused
  case replaced
}

/// Files that are either the old ones or the new ones, never a part: written under another name, flushed to disk,
/// renamed, and the folder flushed too. A link stays one: what it leads to is written. Only plain files are replaced,
/// and keep their permissions.
public enum AtomicFile {
  private static let serial = Atomic<Int>(0)

  /// - Parameters:
  ///   - existing: what becomes of a file that is there.
  ///   - permissions: of a file that was not there, before the process's mask.
  ///   - flushes: whether to wait for the disk; without, a power cut may leave a part of the file.
  ///   - check: is given the path of the finished file before it gets its name; what it throws ends the writing.
  /// - Throws: ``WriteError``, or what `body` or `check` throws; the file is then as it was.
  public static func write(
    to path: String, existing: ExistingFile = .replaced, permissions: mode_t = 0o666, flushes: Bool = true,
    check: ((String) throws -> Void)? = nil, _ body: (FileWriter) throws -> Void
  ) throws {
    let target = FileSystem.followed(path)
    let former = try status(of: target, existing: existing, path: path)
    let temporary = temporaryName(target)
    let writer = try FileWriter(path: temporary, finalPath: path, permissions: permissions)
    do {
      try body(writer)
      if let former { writer.setPermissions(former.st_mode & 0o7777) }
      try writer.finish(flushes: flushes)
      try check?(temporary)
      try place(temporary, at: target, existing: existing, path: path)
    } catch {
      writer.abandon()
      unlink(temporary)
      throw error
    }
    if flushes { try syncFolder(of: target) }
  }

  /// What is at a place where a file is to be; nil: nothing.
  /// - Throws: ``WriteError`` where it must stay.
  @discardableResult
  static func status(of target: String, existing: ExistingFile, path: String) throws -> stat? {
    var status = stat()
    guard lstat(target, &status) == 0 else { return nil }
    let kind = FileSystem.Kind(status.st_mode)
    guard kind == .file else { throw WriteError(path: path, reason: "\(kind) is in its place") }
    guard existing == .replaced else { throw WriteError.taken(path) }
    return status
  }

  /// A name beside a file that nothing else has.
  static func temporaryName(_ path: String, ending: String = "tmp") -> String {
    "\(path).\(getpid())-\(serial.wrappingAdd(1, ordering: .relaxed).newValue).\(ending)"
  }

  /// Gives a finished file its name.
  private static func place(
    _ temporary: String, at target: String, existing: ExistingFile, path: String
  ) throws {
    if existing == .refused {
      // Unlike renaming, linking never takes the place of a file that came in the meantime.
      if link(temporary, target) == 0 {
        unlink(temporary)
        return
      }
      if errno == EEXIST { throw WriteError.taken(path) }
      // File systems without links: as near as one comes.
      try status(of: target, existing: existing, path: path)
    }
    guard rename(temporary, target) == 0 else { throw WriteError(path: path, reason: systemMessage(errno)) }
  }

  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { writer in try bytes.withUnsafeBytes { try writer.write($0) } }
  }

  public static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// Makes the names in the folder that holds `path` durable.
  public static func syncFolder(of path: String) throws {
    let folder = FileSystem.folder(of: path)
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw WriteError(path: folder, reason: systemMessage(errno)) }
    defer { close(descriptor) }
    // Some file systems cannot flush folders; there the rename is as durable as it gets.
    if fsync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP {
      throw WriteError(path: folder, reason: systemMessage(errno))
    }
  }

  /// Makes a folder and those above it.
  public static func makeFolder(_ path: String) throws {
    if mkdir(path, 0o777) == 0 || isFolder(path) { return }
    if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeFolder(String(path[..<slash]))
      if mkdir(path, 0o777) == 0 || isFolder(path) { return }
    }
    throw WriteError(path: path, reason: systemMessage(errno))
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    let saved = errno
    defer { errno = saved }
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
