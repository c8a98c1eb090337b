import Core
import Trainer

/// Runs of the past, from their logs.
package enum RunReader {
  /// - Throws: one sentence where there is no run.
  static func check(_ path: String) throws -> RunFolder {
    let folder = RunFolder(path)
    guard folder.isRun || Disk.exists(folder.eventFile) else {
      throw TerminalError("There is no run at \(SafeText.clean(path)): its folder holds run.json and events.jsonl.")
    }
    return folder
  }

  /// - Throws: one sentence where there is no run.
  package static func read(_ path: String) throws -> RunView {
    let folder = try check(path)
    var run = RunView(name: folder.name)
    for event in folder.events() { run.apply(event) }
    run.out = folder.path
    // A folder that was moved since holds its models still.
    if run.savedModel.map({ !Disk.exists($0) }) ?? true, let model = try? ModelRegistry.resolve(folder.path),
      Disk.exists(model + "/config.json")
    {
      run.foundModel = model
    }
    if run.isLive { run.status = .past }
    return run
  }

  /// `sft · 1 000 steps`, from the configuration alone: logs can be long.
  static func summary(_ folder: RunFolder) -> String {
    guard let configuration = try? folder.configuration() else { return "" }
    let steps = configuration.steps.map { " · \(Figures.grouped($0)) steps" } ?? ""
    return configuration.recipe + steps
  }
}
