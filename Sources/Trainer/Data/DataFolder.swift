import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The data files of a path: itself, or those in a folder and the folders within it, in the order of their names.
///
/// A walk goes 16 folders deep and looks at 100 000 names at most, so that `/` is refused rather than read. Only regular
/// files are taken; hidden names and links are passed over (a link can lead out of the folder, or back into it).
struct DataFolder {
  private static let deepest = 16
  private static let mostNames = 100_000

  private let root: String
  private var files: [String] = []
  private var names = 0
  private var links = 0
  /// Files whose names are not those of data, by ending.
  private var others: [String: Int] = [:]

  /// - Returns: the files, and what the user should know of those that were passed over.
  /// - Throws: ``TrainingError`` for a folder without data, or one too large to be one of data.
  static func files(_ path: String) throws -> (files: [String], notes: [String]) {
    guard FileSystem.isFolder(path) else { return ([path], []) }
    var root = path
    while root.count > 1, root.hasSuffix("/") { root.removeLast() }
    var folder = DataFolder(root: root)
    try folder.walk(root == "/" ? "" : root, depth: 0)
    guard !folder.files.isEmpty else {
      let kinds = DataKind.endings.map { "." + $0 }
      throw folder.error(
        "there is no \(kinds.dropLast().joined(separator: ", ")) or \(kinds.last ?? "") file in this folder"
          + " (also as .gz or .zst)" + (folder.links > 0 ? ", and links are not followed" : ""))
    }
    return (folder.files, folder.notes)
  }

  private init(root: String) { self.root = root }

  private func error(_ problem: String) -> TrainingError { .data(file: root, line: nil, problem: problem) }

  private mutating func walk(_ folder: String, depth: Int) throws {
    guard depth <= Self.deepest else {
      throw error("folders lie more than \(Self.deepest) deep in each other here; name the one that holds the data")
    }
    let all = FileSystem.names(in: folder.isEmpty ? "/" : folder, limit: Self.mostNames + 1)
    names += all.count
    guard names <= Self.mostNames else {
      throw error("there are more than \(Self.mostNames) names in this folder; name the one that holds the data")
    }
    for name in all where !name.hasPrefix(".") {
      let path = folder + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try walk(path, depth: depth + 1)
      case S_IFLNK: links += 1
      case S_IFREG:
        if DataKind.isData(name) { files.append(path) } else { others[DataKind.ending(name), default: 0] += 1 }
      default: break
      }
    }
  }

  private var notes: [String] {
    var notes: [String] = []
    if links > 0 { notes.append("\(root): \(count(links, "link")) not followed") }
    if !others.isEmpty {
      let kinds = others.keys.sorted().map { $0.isEmpty ? "without an ending" : "." + $0 }
      let named = kinds.prefix(6).joined(separator: ", ") + (kinds.count > 6 ? " …" : "")
      notes.append("\(root): \(count(others.values.reduce(0, +), "file")) not taken for data (\(named))")
    }
    return notes
  }
}

/// "1 row", "3 rows".
func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
