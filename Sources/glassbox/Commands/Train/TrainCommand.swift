import ArgumentParser
import Core
import Trainer

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model, or go on with a run.",
    discussion: """
      The first Ctrl-C, SIGTERM or closed terminal stops at the next batch and saves, a second one ends at once. With \
      --resume, --set changes how long, how fast and how often; what changed is recorded in the run.

      Keys of the TOML file and of --set:

      \(KeyReference.plain)
      """)

  @Argument(help: "A TOML file with the run's settings.") var config: String?
  @Option(help: "pretrain, sft …") var recipe: String?
  @Option(help: "Training data: a file or a folder (repeatable).") var data: [String] = []
  @Option(help: "The model to continue from.") var model: String?
  @Option(help: "The run's folder.") var out: String?
  @Option(name: .customLong("set"), help: ArgumentHelp("A setting (repeatable).", valueName: "key=value"))
  var settings: [String] = []
  @Option(help: ArgumentHelp("Go on with a run, by folder or name, from its newest checkpoint.", valueName: "run"))
  var resume: String?
  @Option(help: "Threads; the number of cores unless given.") var threads: Int?
  @Flag(help: "Print one event a line as JSON.") var json = false
  @Flag(help: "Print the training keys as a page of Markdown.") var keys = false

  func validate() throws {
    if keys { return }
    for pair in settings where !pair.contains("=") {
      throw ValidationError("--set needs key=value, not \"\(pair)\".")
    }
    if resume != nil && (config != nil || recipe != nil || !data.isEmpty || model != nil || out != nil) {
      throw ValidationError("--resume goes on with a run as it was; only --set and --threads can change it.")
    }
    if resume == nil && config == nil && data.isEmpty && !settings.contains(where: { $0.hasPrefix("data=") }) {
      throw ValidationError("Give a CONFIG.toml, or --data with a file to train on.")
    }
  }

  func run() throws {
    if keys { return StandardOutput.write(KeyReference.markdown) }
    let run = try open()
    Interrupts.catchThem(hangUp: true)
    let printer = TrainPrinter(json: json) { run.stop(because: "nobody reads the output any more") }
    run.start { printer.show($0) }
    var asked = false
    while !run.hasEnded {
      usleep(20_000)
      guard let signal = Interrupts.first else { continue }
      if !asked {
        StandardError.write("\nStopping at the next batch; again to end at once.\n")
        run.stop(because: "stopped by \(Interrupts.name(signal))")
        asked = true
      } else if Interrupts.count > 1 {
        _exit(128 + signal)
      }
    }
    let done = run.wait()
    printer.finish()
    guard done.reason != .failed else {
      throw InputError(done.message ?? "The run failed.")
    }
    if done.reason == .stopped, let signal = Interrupts.first { throw ExitCode(128 + signal) }
  }

  private func open() throws -> TrainingRun {
    var overrides = settings.map { pair -> (key: String, value: String) in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), String(parts[1]))
    }
    if let threads { overrides.append(("threads", String(threads))) }
    if let resume {
      return try TrainingRun(resuming: RunStore.find(resume).path, settings: overrides, priority: .interactive)
    }
    if let recipe { overrides.append(("recipe", recipe)) }
    if let out { overrides.append(("out", out)) }
    if let model { overrides.append(("base", try ModelRegistry.resolve(model))) }
    var configuration =
      try config.map {
        try TrainingConfiguration(toml: Input.text($0), file: $0, overrides: overrides)
      } ?? TrainingConfiguration(settings: overrides)
    if !data.isEmpty { configuration.data = data }
    return try TrainingRun(configuration, priority: .interactive)
  }
}
