#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A folder that appears whole: filled under another name, then renamed.
public enum AtomicFolder {
  /// - Parameter body: fills the folder it is given the path of.
  /// - Throws: ``WriteError``, or what `body` throws; a folder that was there before then stays as it was.
  public static func write(to path: String, _ body: (String) throws -> Void) throws {
    var target = path
    while target.count > 1, target.last == "/" { target.removeLast() }
    if let slash = target.lastIndex(of: "/"), slash != target.startIndex {
      try AtomicFile.makeFolder(String(target[..<slash]))
    }
    let filling = "\(target).\(getpid()).tmp"
    let former = "\(target).\(getpid()).old"
    remove(filling)
    remove(former)
    try AtomicFile.makeFolder(filling)
    do {
      try body(filling)
      try AtomicFile.syncFolder(of: filling + "/.")
      // A folder with files in it cannot be renamed over; the former one steps aside for a moment.
      let replaces = FileSystem.isFolder(target)
      if replaces, rename(target, former) != 0 { throw WriteError(path: target, reason: systemMessage(errno)) }
      guard rename(filling, target) == 0 else {
        let reason = systemMessage(errno)
        if replaces { rename(former, target) }
        throw WriteError(path: target, reason: reason)
      }
      try AtomicFile.syncFolder(of: target)
      if replaces { remove(former) }
    } catch {
      remove(filling)
      throw error
    }
  }

  /// Removes a folder and what is in it; links are removed, not followed. What cannot be removed stays.
  package static func remove(_ folder: String, depth: Int = 0) {
    guard depth < 32 else { return }
    for name in FileSystem.names(in: folder) {
      let path = folder + "/" + name
      if unlink(path) != 0 { remove(path, depth: depth + 1) }
    }
    rmdir(folder)
  }
}
