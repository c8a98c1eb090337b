#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A folder that appears whole: filled under another name, then renamed. Nothing is ever removed that was not made here.
public enum AtomicFolder {
  /// What becomes of a folder that is there already. An empty one is always taken.
  public enum Existing: Sendable {
    /// It is kept, and writing fails.
    case refused
    /// Files of the same names are replaced, one after the other; all else in it stays.
    case merged
    /// The new folder takes its place in one step. The files that were made here go (``FolderManifest`` knows them),
    /// all others are in the new folder too.
    case exchanged
  }

  /// - Parameter body: fills the folder it is given the path of.
  /// - Throws: ``WriteError``, or what `body` throws; a folder that was there before then stays as it was (a merged one
  ///   may have some of the new files).
  public static func write(to path: String, existing: Existing = .exchanged, _ body: (String) throws -> Void) throws {
    let target = FileSystem.followed(trimmed(path))
    try check(path, existing: existing)
    try AtomicFile.makeFolder(FileSystem.folder(of: target))
    let filling = try newFolder(beside: target)
    do {
      try FolderManifest.everything.write(to: filling)
      try body(filling)
      try AtomicFile.syncFolder(of: filling + "/.")
      switch existing {
      case .refused:
        FolderManifest.remove(from: filling)
        guard rename(filling, target) == 0 else {
          throw errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR
            ? taken(path) : WriteError(path: path, reason: systemMessage(errno))
        }
      case .merged: try merge(filling, into: target, path: path)
      case .exchanged: try exchange(filling, with: target, path: path)
      }
    } catch {
      // What is of others in it is there by a second name.
      remove(filling) { _ in true }
      throw error
    }
    try AtomicFile.syncFolder(of: target)
  }

  /// Whether a folder could be written to a place; to be asked before long work.
  /// - Throws: ``WriteError``.
  public static func check(_ path: String, existing: Existing) throws {
    let target = FileSystem.followed(trimmed(path))
    guard let kind = FileSystem.kind(target) else { return }
    guard kind == .folder else { throw WriteError(path: path, reason: "\(kind) is in the folder's place") }
    if existing == .refused, !FileSystem.names(in: target, limit: 1).isEmpty { throw taken(path) }
  }

  private static func taken(_ path: String) -> WriteError {
    WriteError(
      path: path, reason: "there is a folder with files in it already; choose a new or an empty one", isTaken: true)
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.last == "/" { path.removeLast() }
    return path
  }

  /// An empty folder of a name that nothing had.
  private static func newFolder(beside target: String) throws -> String {
    while true {
      let name = AtomicFile.temporaryName(target)
      if mkdir(name, 0o777) == 0 { return name }
      guard errno == EEXIST else { throw WriteError(path: target, reason: systemMessage(errno)) }
    }
  }

  // MARK: - Taking a folder's place

  private static func exchange(_ filling: String, with target: String, path: String) throws {
    let made = FolderManifest(of: filling)
    try made.write(to: filling)
    guard FileSystem.kind(target) != nil else {
      guard rename(filling, target) == 0 else { throw WriteError(path: path, reason: systemMessage(errno)) }
      return
    }
    // What others put there is in both before they change places, so that at no moment it is in neither.
    let former = FolderManifest.read(target)
    let kept = try FolderCopy.link(target, into: filling) { former.contains($0) || made.contains($0) }
    if !FolderCopy.swap(filling, target) {
      // Without a swap, the former one steps aside for a moment.
      let aside = AtomicFile.temporaryName(target, ending: "old")
      guard rename(target, aside) == 0 else { throw WriteError(path: path, reason: systemMessage(errno)) }
      guard rename(filling, target) == 0 else {
        let reason = systemMessage(errno)
        rename(aside, target)
        throw WriteError(path: path, reason: reason)
      }
      remove(aside) { former.contains($0) || made.contains($0) || kept.contains($0) }
      return
    }
    remove(filling) { former.contains($0) || made.contains($0) || kept.contains($0) }
  }

  /// Moves the files of one folder into another.
  private static func merge(_ filling: String, into target: String, path: String) throws {
    if FileSystem.kind(target) == nil {
      FolderManifest.remove(from: filling)
      guard rename(filling, target) == 0 else { throw WriteError(path: path, reason: systemMessage(errno)) }
      return
    }
    let files = FolderManifest(of: filling).files
    for file in files {
      try AtomicFile.status(of: FileSystem.followed(target + "/" + file), existing: .replaced, path: path + "/" + file)
    }
    for file in files {
      let place = FileSystem.followed(target + "/" + file)
      try AtomicFile.makeFolder(FileSystem.folder(of: place))
      guard rename(filling + "/" + file, place) != 0 else { continue }
      guard errno == EXDEV else { throw WriteError(path: place, reason: systemMessage(errno)) }
      // A link to another disk.
      let source = try MappedFile(path: filling + "/" + file)
      try AtomicFile.write(to: place) { writer in try source.withBytes { try writer.write($0) } }
    }
    remove(filling)
  }

  // MARK: - Removing

  /// Removes what was made here from a folder, and the folder where nothing else is in it. A link is left alone, and
  /// so is what is behind it.
  package static func remove(_ folder: String) {
    let manifest = FolderManifest.read(folder)
    remove(folder) { manifest.contains($0) }
  }

  /// Files that a folder was given and has no more; none where that is not known.
  public static func missing(_ folder: String) -> [String] {
    FolderManifest.isWritten(folder) ? FolderManifest.read(folder).missing(from: folder) : []
  }

  /// Removes what a process that was killed was filling or clearing away: everything in it is our own.
  /// - Parameter folder: of a name that ``AtomicFile`` gives to what is not whole yet.
  package static func removeLeftover(_ folder: String) { remove(folder) { _ in true } }

  /// - Parameter goes: whether a file goes, by its path within the folder.
  private static func remove(_ folder: String, below prefix: String = "", depth: Int = 0, _ goes: (String) -> Bool) {
    guard depth < 32, !FileSystem.isLink(folder) else { return }
    for name in FileSystem.names(in: folder) {
      let path = folder + "/" + name
      if FileSystem.kind(path) == .folder, !FileSystem.isLink(path) {
        remove(path, below: prefix + name + "/", depth: depth + 1, goes)
      } else if goes(prefix + name) {
        unlink(path)
      }
    }
    rmdir(folder)
  }
}
