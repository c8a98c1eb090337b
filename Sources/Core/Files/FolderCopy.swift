import CFiles

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Steps of ``AtomicFolder``: a folder's files in two places, and two folders changing theirs.
enum FolderCopy {
  /// Puts all files of a folder into another one too, as second names of the same files where the disk knows such, else
  /// as copies.
  /// - Parameter skips: files to leave out, by their paths within the folder.
  /// - Returns: those that are now in both.
  /// - Throws: ``WriteError``, ``FormatError``.
  static func link(_ folder: String, into other: String, skips: (String) -> Bool) throws -> Set<String> {
    var linked: Set<String> = []
    for file in FolderManifest(of: folder).files where !skips(file) {
      let source = folder + "/" + file
      let target = other + "/" + file
      try AtomicFile.makeFolder(FileSystem.folder(of: target))
      if !linkFile(source, target) { try copy(source, to: target) }
      linked.insert(file)
    }
    return linked
  }

  private static func linkFile(_ source: String, _ target: String) -> Bool {
    #if canImport(Darwin)
      Darwin.link(source, target) == 0
    #else
      Glibc.link(source, target) == 0
    #endif
  }

  private static func copy(_ source: String, to target: String) throws {
    if FileSystem.isLink(source) {
      var text = [CChar](repeating: 0, count: 4097)
      guard readlink(source, &text, 4096) > 0, symlink(text, target) == 0 else {
        throw WriteError(path: target, reason: systemMessage(errno))
      }
      return
    }
    let file = try MappedFile(path: source)
    // Nothing is left at the target where the file is cut short under the copy.
    try AtomicFile.write(to: target, existing: .refused) { writer in try file.withBytes { try writer.write($0) } }
  }

  /// Two folders take each other's names in one step.
  /// - Returns: false where the system or the disk cannot.
  static func swap(_ a: String, _ b: String) -> Bool { gbx_swap_names(a, b) == 0 }
}
