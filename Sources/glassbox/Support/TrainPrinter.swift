import Core
import Trainer

/// Shows the events of a run: as JSON lines, as a bar on a terminal, or as plain lines. Called from the run's thread, and
/// after its end from the main one.
final class TrainPrinter: @unchecked Sendable {
  private let json: Bool
  private let bar = StandardError.isTerminal
  private let onReaderGone: () -> Void
  private var total = 0
  /// The first step seen here, from which the time left is reckoned.
  private var first: TrainingEvent.Step?
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
      let size = "\(Figure.short(e.parameters)) parameters, \(Figure.short(e.trainTokens)) tokens"
      say("\(e.recipe): \(size), \(e.totalSteps) steps → \(e.out)")
      if e.rowsCut + e.rowsDropped > 0 {
        let dropped = "\(e.rowsDropped) left out with nothing to learn before it"
        say("\(e.rows) rows: \(e.rowsCut) cut at context_length, \(dropped)")
      }
      for note in e.notes { say("note: \(note)") }
    case .step(let e): step(e)
    case .validation(let e):
      say("step \(e.step)  validation loss \(Figure.fixed(e.loss, 4))\(e.best ? ", the best so far" : "")")
    case .sample(let e): say("step \(e.step)  sample: \(e.prompt)\(e.text)")
    case .checkpoint(let e): say("step \(e.step)  saved \(e.path)")
    case .alert(let e): say("step \(e.step)  alert: \(e.message)")
    case .change(let e): say("step \(e.step)  \(e.key): \(e.from.isEmpty ? "unset" : e.from) → \(e.to)")
    case .done(let e):
      closeBar()
      guard e.reason != .failed else { return }
      StandardOutput.write(Self.end(e) + "\n")
    }
  }

  func finish() { closeBar() }

  /// `early_stopping at step 300  loss 3.1000  validation loss 5.2000  best 3.8000 at step 150  12m03s  runs/a/final`
  private static func end(_ e: TrainingEvent.Done) -> String {
    var parts = ["\(e.reason.rawValue) at step \(e.step)"]
    if let message = e.message { parts[0] += " (\(Inert.line(message)))" }
    if let loss = e.loss { parts.append("loss \(Figure.fixed(loss, 4))") }
    if let loss = e.validationLoss { parts.append("validation loss \(Figure.fixed(loss, 4))") }
    if let best = e.bestLoss, let step = e.bestStep { parts.append("best \(Figure.fixed(best, 4)) at step \(step)") }
    if let seconds = e.elapsedSeconds { parts.append(Figure.duration(seconds)) }
    parts.append(Inert.line(e.out))
    return parts.joined(separator: "  ")
  }

  private func step(_ e: TrainingEvent.Step) {
    // A line a second is enough for people, ten for a bar.
    let now = watch.seconds
    defer { if first == nil { first = e } }
    guard now - lastShown >= (bar ? 0.1 : 1) || e.step == total || lastShown < 0 else { return }
    lastShown = now
    let speed = "\(Figure.short(Int(e.tokensPerSecond.isFinite ? e.tokensPerSecond : 0))) tok/s"
    let left = timeLeft(e).map { "eta \(Figure.duration($0))" } ?? "eta –"
    let figures = [
      "loss \(Figure.fixed(e.loss, 4))", left, speed, "lr \(Float(e.lr))", "‖g‖ \(Figure.fixed(e.gradNorm, 3))",
    ]
    guard bar else { return say("step \(e.step)/\(total)  \(figures.joined(separator: "  "))") }
    let width = 20
    let filled = total > 0 ? min(width, width * e.step / total) : 0
    var line = String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    line += " \(e.step)/\(total)"
    // A line that wraps cannot be drawn over again; what matters most comes first. Every character is one wide.
    let room = StandardError.columns - 1
    for figure in figures where line.count + 2 + figure.count <= room { line += "  " + figure }
    StandardError.write("\r\u{1B}[K" + String(line.prefix(room)))
    isBarOpen = true
  }

  /// Seconds, at the speed of what was done since this process began.
  private func timeLeft(_ e: TrainingEvent.Step) -> Double? {
    guard let first else { return nil }
    let done = e.step - first.step
    guard done > 0 else { return nil }
    return Double(max(0, total - e.step)) * (e.elapsedSeconds - first.elapsedSeconds) / Double(done)
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
