import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Where a run keeps what it makes: `run.json` (its configuration), `events.jsonl`, `tokenizer/` (the files of its
/// tokenizer), `checkpoints/step-000100/…`, `final/`, `last/`. `run.lock` is held by the process that trains in it.
public struct RunFolder: Sendable, Equatable {
  public let path: String

  public init(_ path: String) {
    var path = path
    while path.count > 1, path.last == "/" { path.removeLast() }
    self.path = path
  }

  public var name: String { Paths.lastComponent(path) }
  public var configurationFile: String { path + "/run.json" }
  public var eventFile: String { path + "/events.jsonl" }
  public var tokenizerFolder: String { path + "/tokenizer" }
  /// The model that came out: the best evaluation where there was one, else the last step.
  public var finalFolder: String { path + "/final" }
  /// The model of the last step, where that is not the best.
  public var lastFolder: String { path + "/last" }
  var lockFile: String { path + "/run.lock" }
  var checkpointFolder: String { path + "/checkpoints" }
  public var isRun: Bool { FileSystem.isFile(configurationFile) }

  func checkpoint(step: Int) -> String {
    let digits = String(step)
    return checkpointFolder + "/step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  /// Whole checkpoints, oldest first.
  public var checkpoints: [(step: Int, path: String)] {
    FileSystem.names(in: checkpointFolder).compactMap { name in
      guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)) else { return nil }
      return (step, checkpointFolder + "/" + name)
    }.sorted { $0.step < $1.step }
  }

  /// The events so far, in order.
  public func events() -> [TrainingEvent] { EventLog.read(eventFile) }

  /// The configuration the run was started with.
  public func configuration() throws -> TrainingConfiguration {
    guard isRun else { throw TrainingError.run(path: path, problem: "there is no run in this folder (no run.json)") }
    let value: JSON
    do {
      value = try JSON.load(configurationFile)
    } catch {
      throw TrainingError.run(path: configurationFile, problem: "this is not JSON")
    }
    return try TrainingConfiguration(json: value, file: configurationFile)
  }

  func write(_ configuration: TrainingConfiguration) throws {
    try AtomicFile.makeFolder(checkpointFolder)
    try AtomicFile.write(configuration.json.serialized(indent: 2) + "\n", to: configurationFile)
  }

  /// Removes what a killed run was in the middle of writing. Only for who holds the run's lock.
  func removeLeftovers() {
    func isLeftover(_ name: String, of prefixes: [String]) -> Bool {
      (name.hasSuffix(".tmp") || name.hasSuffix(".old")) && prefixes.contains { name.hasPrefix($0) }
    }
    for name in FileSystem.names(in: checkpointFolder) where isLeftover(name, of: ["step-"]) {
      AtomicFolder.remove(checkpointFolder + "/" + name)
    }
    for name in FileSystem.names(in: path) {
      if isLeftover(name, of: ["final.", "last."]) { AtomicFolder.remove(path + "/" + name) }
      if isLeftover(name, of: ["run.json.", "events.jsonl."]) { unlink(path + "/" + name) }
    }
  }

  /// Removes checkpoints beyond the newest few and the best.
  func tidy(keeping newest: Int, best: Int?) {
    for (step, path) in checkpoints.dropLast(newest) where step != best { AtomicFolder.remove(path) }
  }
}

extension TrainingConfiguration {
  /// Every key with its text; what is not set is absent.
  public var json: JSON {
    .object(
      JSONObject(
        ConfigurationKey.all.compactMap { key in
          if key.kind == .list {
            let list = key.readList?(self) ?? []
            return list.isEmpty ? nil : (key.name, .array(list.map(JSON.string)))
          }
          let text = key.read(self)
          return text.isEmpty ? nil : (key.name, .string(text))
        }))
  }

  init(json: JSON, file: String) throws {
    self.init()
    // Runs of older versions recorded keys that did nothing.
    for (key, value) in json.object?.members ?? [] where KeyNames.notYet(key) == nil {
      if let list = value.array {
        try set(key, list: list.compactMap(\.string))
      } else if let text = value.string {
        try set(key, text)
      } else {
        throw TrainingError.configuration(file: file, problem: "'\(key)' is neither text nor a list")
      }
    }
  }
}

/// The runs of this user.
public enum RunStore {
  /// `$XDG_DATA_HOME/glassbox/runs`, else `~/.local/share/glassbox/runs`.
  public static var defaultFolder: String {
    if let data = environment("XDG_DATA_HOME") { return data + "/glassbox/runs" }
    return (environment("HOME") ?? ".") + "/.local/share/glassbox/runs"
  }

  /// Runs in a folder, the one written to last first.
  public static func list(in folder: String = defaultFolder) -> [RunFolder] {
    let runs = FileSystem.names(in: folder).map { RunFolder(folder + "/" + $0) }.filter(\.isRun)
    let times = runs.map { FileSystem.modified($0.eventFile) ?? 0 }
    return zip(runs, times).sorted { $0.1 > $1.1 }.map(\.0)
  }

  /// A folder for a new run, named by recipe and time; it is not made yet.
  static func newFolder(recipe: String) -> RunFolder {
    free(defaultFolder + "/" + recipe + "-" + timeStamp())
  }

  /// A folder of this name, or with a number behind it where there is one already.
  static func free(_ base: String) -> RunFolder {
    var candidate = base
    var number = 2
    while FileSystem.exists(candidate) {
      candidate = base + "-\(number)"
      number += 1
    }
    return RunFolder(candidate)
  }
}
