import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Runs by name, wherever they were saved: those in the usual folder, and those elsewhere, of which a file keeps a list.
extension RunStore {
  /// A path a line, each appended in one write; lines of runs that are gone are passed over.
  private static var register: String { FileSystem.folder(of: defaultFolder) + "/run-folders" }
  private static let registerLimit = 1 << 20

  /// All runs of this user, the one written to last first.
  public static func known() -> [RunFolder] {
    var seen: Set<String> = []
    let runs = (list() + registered()).filter { seen.insert(FileSystem.resolved($0.path)).inserted }
    let times = runs.map { FileSystem.modified($0.eventFile) ?? 0 }
    return zip(runs, times).sorted { $0.1 > $1.1 }.map(\.0)
  }

  /// The run that a word means: its folder, or its name.
  /// - Throws: ``TrainingError`` where there is none, or several have the name.
  public static func find(_ word: String) throws -> RunFolder {
    if FileSystem.exists(word) { return RunFolder(word) }
    let runs = word.contains("/") ? [] : known().filter { $0.name == word }
    guard let run = runs.first else {
      throw TrainingError.run(path: word, problem: "there is no such folder, and no run of that name")
    }
    guard runs.count == 1 else {
      throw TrainingError.run(
        path: word, problem: "several runs have this name: \(runs.map(\.path).joined(separator: ", ")); give a folder")
    }
    return run
  }

  /// Notes where a run is, so that it is found again by name. Best effort: a run does not fail for it.
  static func remember(_ run: RunFolder) {
    let path = FileSystem.resolved(run.path)
    guard path.hasPrefix("/"), !path.contains("\n") else { return }
    guard FileSystem.folder(of: path) != FileSystem.resolved(defaultFolder) else { return }
    guard !lines().contains(path) else { return }
    guard (try? AtomicFile.makeFolder(FileSystem.folder(of: register))) != nil else { return }
    let file = open(register, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o600)
    guard file >= 0 else { return }
    defer { close(file) }
    let line = Array((path + "\n").utf8)
    _ = write(file, line, line.count)
  }

  private static func registered() -> [RunFolder] { lines().map(RunFolder.init).filter(\.isRun) }

  private static func lines() -> [String] {
    guard let bytes = try? PlainFile.beginning(register, registerLimit) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init).filter { $0.hasPrefix("/") }
  }
}
