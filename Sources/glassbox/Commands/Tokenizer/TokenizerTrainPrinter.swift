import Core

/// Shows the training of a tokenizer: as JSON lines, as a bar on a terminal, or as plain lines.
final class TokenizerTrainPrinter {
  private let json: Bool
  private let bar = StandardError.isTerminal
  private let watch = Stopwatch()
  private var lastShown = -1.0
  private var isBarOpen = false
  private var textBytes = 0
  private var expected = 0
  private var learningSince = 0.0
  private var firstPieces = 0

  init(json: Bool) { self.json = json }

  func show(_ event: TokenizerTrainingEvent) {
    switch event {
    case .counted(let e):
      (textBytes, expected, learningSince) = (e.bytes, e.expected, watch.seconds)
    default: break
    }
    if json { return printJSON(event) }
    switch event {
    case .reading(let e):
      let total = e.totalBytes ?? 0
      let speed = Double(e.bytes) / 1e6 / max(e.seconds, 1e-6)
      let rest = e.bytes > 0 ? Double(max(0, total - e.bytes)) * e.seconds / Double(e.bytes) : .infinity
      progress(
        e.bytes, total,
        "reading \(Figure.bytes(e.bytes)) of \(Figure.bytes(total))  \(Figure.fixed(speed, 1)) MB/s  "
          + "eta \(Figure.duration(rest))")
    case .counted(let e):
      say(
        "\(Figure.bytes(e.bytes)), \(Figure.short(e.words)) words (\(Figure.short(e.distinctWords)) different) in "
          + "\(Figure.fixed(e.seconds, 2)) s; \(e.initialTokens) tokens to begin with")
    case .merges(let batch):
      guard let last = batch.last else { break }
      let done = last.index + 1
      let rest = Double(max(0, expected - done)) * (watch.seconds - learningSince) / Double(done)
      let token = String(decoding: last.written, as: UTF8.self)
      progress(
        done, expected,
        "merge \(done)/\(expected)  \(token) ×\(last.count)  \(perToken(last.symbols)) bytes a token  "
          + "eta \(Figure.duration(rest))")
    case .round(let e):
      let best = e.best.prefix(6).map { String(decoding: $0.piece, as: UTF8.self) }.joined(separator: " ")
      let what =
        e.isPruning ? "pruned" : "EM \(e.index + 1)  log-likelihood of a word \(Figure.fixed(e.logLikelihood, 4))"
      if firstPieces == 0 { firstPieces = e.pieces }
      if bar {
        progress(firstPieces - e.pieces, firstPieces - expected, "\(what)  \(e.pieces) pieces")
      } else {
        say("\(what)  \(e.pieces) pieces  \(best)")
      }
    case .done: close()
    }
  }

  func saved(_ trained: TrainedTokenizer, _ folder: String, _ names: [String]) {
    close()
    if json {
      return write([
        "event": "saved", "out": .string(folder), "files": .array(names.map { .string($0) }),
        "vocabulary_size": .int(trained.tokens.count),
      ])
    }
    StandardOutput.write(
      "\(trained.tokens.count) tokens in \(Figure.fixed(watch.seconds, 2)) s → \(Inert.line(folder)): "
        + names.joined(separator: ", ") + "\n")
    if let obstacle = trained.sentencePieceObstacle { StandardError.write(obstacle + "\n") }
  }

  func stopped(_ folder: String) {
    close()
    if json { return write(["event": "stopped", "out": .string(folder)]) }
    StandardError.write(Inert.line("Stopped; glassbox tokenizer train --resume \(folder) goes on.") + "\n")
  }

  func close() {
    if isBarOpen { StandardError.write("\n") }
    isBarOpen = false
  }

  private func perToken(_ symbols: Int) -> String { Figure.fixed(Double(textBytes) / Double(max(1, symbols)), 3) }

  private func progress(_ done: Int, _ total: Int, _ figures: String) {
    // A line a second is enough for people, ten for a bar.
    let now = watch.seconds
    guard now - lastShown >= (bar ? 0.1 : 1) || lastShown < 0 else { return }
    lastShown = now
    guard bar else { return say(figures) }
    let width = 20
    let filled = total > 0 ? max(0, min(width, width * done / total)) : 0
    let drawn = String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    StandardError.write("\r\u{1B}[K\(drawn) \(Inert.line(figures))")
    isBarOpen = true
  }

  private func say(_ line: String) {
    close()
    StandardError.write(Inert.line(line) + "\n")
  }

  // MARK: - JSON lines

  private func write(_ object: JSON) {
    StandardOutput.write(object.serialized() + "\n")
    StandardOutput.flush()
  }

  private func printJSON(_ event: TokenizerTrainingEvent) {
    switch event {
    case .reading(let e):
      write([
        "event": "reading", "bytes": .int(e.bytes), "total_bytes": e.totalBytes.map { .int($0) } ?? .null,
        "distinct_words": .int(e.distinctWords), "elapsed_s": .double(e.seconds),
      ])
    case .counted(let e):
      write([
        "event": "counted", "bytes": .int(e.bytes), "words": .int(e.words), "distinct_words": .int(e.distinctWords),
        "symbols": .int(e.symbols), "initial_tokens": .int(e.initialTokens), "expected": .int(e.expected),
        "elapsed_s": .double(e.seconds),
      ])
    case .merges(let batch):
      for e in batch {
        let line: JSON = [
          "event": "merge", "index": .int(e.index), "left": .int(Int(e.left)), "right": .int(Int(e.right)),
          "token": .int(Int(e.token)), "written": .string(String(decoding: e.written, as: UTF8.self)),
          "count": .int(e.count), "symbols": .int(e.symbols),
        ]
        StandardOutput.write(line.serialized() + "\n")
      }
      StandardOutput.flush()
    case .round(let e):
      write([
        "event": e.isPruning ? "pruning" : "em", "index": .int(e.index), "pieces": .int(e.pieces),
        "log_likelihood": e.isPruning ? .null : .double(e.logLikelihood),
        "best": .array(e.best.map { [.string(String(decoding: $0.piece, as: UTF8.self)), .double($0.score)] }),
      ])
    case .done(let e):
      write([
        "event": "done", "vocabulary_size": .int(e.vocabularySize), "merges": .int(e.merges),
        "bytes_per_token": e.symbols > 0 ? .double(Double(textBytes) / Double(e.symbols)) : .null,
        "elapsed_s": .double(e.seconds),
      ])
    }
  }
}
