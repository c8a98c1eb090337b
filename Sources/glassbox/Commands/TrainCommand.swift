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
    discussion: "The first Ctrl-C stops at the next batch and saves, the second ends at once.")

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

  func validate() throws {
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
    let run = try open()
    Interrupts.catchThem()
    let printer = TrainPrinter(json: json) { run.stop() }
    run.start { printer.show($0) }
    var seen = 0
    while !run.hasEnded {
      usleep(20_000)
      let now = Interrupts.count
      if now > seen && seen == 0 {
        StandardError.write("\nStopping at the next batch; again to end at once.\n")
        run.stop()
      } else if now > 1 {
        _exit(130)
      }
      seen = now
    }
    let done = run.wait()
    printer.finish()
    guard done.reason != .failed else {
      throw InputError(done.message ?? "The run failed.")
    }
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

/// Shows the events of a run: as JSON lines, as a bar on a terminal, or as plain lines. Called from the run's thread, and
/// after its end from the main one.
final class TrainPrinter: @unchecked Sendable {
  private let json: Bool
  private let bar = StandardError.isTerminal
  private let onReaderGone: () -> Void
  private var total = 0
  private var first = 0
  private var lastShown = -1.0
  private let watch = Stopwatch()
  private var isBarOpen = false

  init(json: Bool, onReaderGone: @escaping @Sendable () -> Void) {
    self.json = json
    self.onReaderGone = onReaderGone
  }

  func show(_ event: TrainingEvent) {
    if json {
      StandardOutput.write(event.jsonLine + "\n")
      if !StandardOutput.tryFlush() { onReaderGone() }
      return
    }
    switch event {
    case .start(let e):
      total = e.totalSteps
      first = e.resumedAt
      let size = "\(Figure.short(e.parameters)) parameters, \(Figure.short(e.trainTokens)) tokens"
      say("\(e.recipe): \(size), \(e.totalSteps) steps → \(e.out)")
    case .step(let e): step(e)
    case .validation(let e):
      say("step \(e.step)  validation loss \(Figure.fixed(e.loss, 4))\(e.best ? ", the best so far" : "")")
    case .sample(let e): say("step \(e.step)  sample: \(e.prompt)\(e.text)")
    case .checkpoint(let e): say("step \(e.step)  saved \(e.path)")
    case .alert(let e): say("step \(e.step)  alert: \(e.message)")
    case .done(let e):
      closeBar()
      guard e.reason != .failed else { return }
      let loss = e.loss.map { "  loss \(Figure.fixed($0, 4))" } ?? ""
      let validation = e.validationLoss.map { "  validation loss \(Figure.fixed($0, 4))" } ?? ""
      StandardOutput.write("\(e.reason.rawValue) at step \(e.step)\(loss)\(validation)  \(Inert.line(e.out))\n")
    }
  }

  func finish() { closeBar() }

  private func step(_ e: TrainingEvent.Step) {
    // A line a second is enough for people, ten for a bar.
    let now = watch.seconds
    guard now - lastShown >= (bar ? 0.1 : 1) || e.step == total || lastShown < 0 else { return }
    lastShown = now
    let rest = Double(max(0, total - e.step)) * e.elapsedSeconds / Double(max(1, e.step - first))
    let figures =
      "loss \(Figure.fixed(e.loss, 4))  lr \(Float(e.lr))  ‖g‖ \(Figure.fixed(e.gradNorm, 3))  "
      + "\(Figure.short(Int(e.tokensPerSecond.isFinite ? e.tokensPerSecond : 0))) tok/s  eta \(Figure.duration(rest))"
    guard bar else { return say("step \(e.step)/\(total)  \(figures)") }
    let width = 20
    let filled = total > 0 ? min(width, width * e.step / total) : 0
    let drawn = String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    StandardError.write("\r\u{1B}[K\(drawn) \(e.step)/\(total)  \(figures)")
    isBarOpen = true
  }

  private func say(_ line: String) {
    closeBar()
    StandardError.write(Inert.line(line) + "\n")
  }

  private func closeBar() {
    if isBarOpen { StandardError.write("\n") }
    isBarOpen = false
  }
}
