import Trainer

/// What a run that came to its end leaves to know.
enum RunEnd {
  /// Steps for which a changed setting stays under the curve.
  static let changeShown = 50

  /// `best loss 3.80 at step 150 · 12m03s · t talks to it · ~/runs/plays`; as much of it as there is room for.
  static func line(_ run: RunView, width: Int, keys: KeyTable, ascii: Bool) -> String? {
    guard let done = run.final, !run.isLive, done.reason != .failed else { return nil }
    var parts: [String] = []
    if let loss = done.bestLoss, let step = done.bestStep {
      parts.append("best loss \(Figures.fixed(loss, 3)) at step \(Figures.grouped(step))")
    } else if let loss = done.loss {
      parts.append("loss \(Figures.fixed(loss, 3)) at step \(Figures.grouped(done.step))")
    }
    if let seconds = done.elapsedSeconds { parts.append(Figures.duration(seconds)) }
    if done.reason == .stopped, let message = done.message { parts.append(message) }
    if let key = keys.label(of: .talkToRun, typing: false, ascii: ascii) { parts.append("\(key) talks to it") }
    parts.append(AppPaths.shown(done.out))
    var line = ""
    for part in parts.map({ SafeText.clean($0, keepingNewlines: false) }) {
      let longer = line.isEmpty ? part : line + " · " + part
      guard TextWidth.of(longer) <= width else { break }
      line = longer
    }
    return line.isEmpty ? nil : line
  }
}
