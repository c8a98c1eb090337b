import Core

extension RunFolder {
  /// A new run takes a folder that is not there, or has nothing of others in it.
  /// - Throws: ``TrainingError`` where there is a run already, a file in the folder's place, or other files in it.
  func checkFresh() throws {
    guard let kind = FileSystem.kind(path) else { return }
    guard kind == .folder else { throw taken("\(kind) is in the place of the run's folder; choose another 'out'") }
    if isRun {
      throw taken("there is a run in this folder already; choose another 'out', or go on with it by --resume")
    }
    // A run that was killed at its very beginning leaves an empty folder, and perhaps a lock.
    let others = FileSystem.names(in: path, limit: 100).filter { name in
      let inner = path + "/" + name
      return !(FileSystem.isFolder(inner) && FileSystem.names(in: inner, limit: 1).isEmpty) && !name.hasSuffix(".lock")
    }
    if let name = others.first {
      throw taken("there are other files in this folder (\(name) …); choose a new or an empty one as 'out'")
    }
  }

  private func taken(_ problem: String) -> TrainingError { .run(path: path, problem: problem) }
}
