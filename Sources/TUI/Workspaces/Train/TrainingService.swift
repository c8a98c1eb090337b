import Core
import Trainer

/// Runs between the screen and their threads.
final class TrainingService {
  private let inbox: Mailbox<AppMessage>
  private let queue = WorkQueue()
  private var run: TrainingRun?
  /// Counts the runs started here, so that a late event of an older one is known as such.
  private(set) var number = 0
  private var starting = false

  init(inbox: Mailbox<AppMessage>) { self.inbox = inbox }

  /// A run has threads at work (or is about to).
  var isLive: Bool { run != nil }

  func start(configurationFile path: String) {
    begin {
      guard let text = SmallFile.read(path) else {
        throw TerminalError("\(SafeText.clean(path)) cannot be read, or is not text.")
      }
      return try TrainingRun(TrainingConfiguration(toml: text, file: path))
    }
  }

  func start(settings: [String: String]) {
    // As in a shell.
    let settings = settings.mapValues(Disk.expanded)
    begin {
      // The recipe first: its own defaults must not replace what was asked for.
      let ordered = settings.sorted { ($0.key == "recipe" ? "" : $0.key) < ($1.key == "recipe" ? "" : $1.key) }
      return try TrainingRun(TrainingConfiguration(settings: ordered.map { (key: $0.key, value: $0.value) }))
    }
  }

  /// Reading data and making a model can take a while: nothing of it happens on the screen's thread.
  private func begin(_ make: @escaping @Sendable () throws -> TrainingRun) {
    guard run == nil, !starting else {
      inbox.send(.said("a run is training already"))
      return
    }
    starting = true
    number += 1
    let (inbox, number) = (inbox, number)
    queue.work {
      do {
        let run = try make()
        // A run that goes on has a past to show.
        let past = run.folder.isRun ? try? RunReader.read(run.folder.path) : nil
        inbox.send(.runStarted(run: number, run, past: past))
      } catch {
        inbox.send(.runFailed("\(error)", run: number))
      }
    }
  }

  /// Takes a run that is ready, and lets it go.
  func adopt(_ run: TrainingRun, number: Int) -> Bool {
    guard number == self.number, self.run == nil else { return false }
    starting = false
    self.run = run
    let inbox = inbox
    run.start { event in inbox.send(.training(run: number, event)) }
    return true
  }

  func failed(number: Int) {
    if number == self.number { starting = false }
  }

  /// Its last event has come.
  func ended() { run = nil }

  func stop() { run?.stop() }

  /// Waits for the run to have saved itself.
  func finish() {
    run?.stop()
    run?.wait()
    run = nil
  }

  func perform(_ command: RunCommand) {
    switch command {
    case .pause: run?.pause()
    case .resume: run?.resume()
    case .stop: run?.stop()
    case .checkpoint: run?.checkpointNow()
    case .evaluate: run?.evaluateNow()
    case .sample: run?.sampleNow()
    case .learningRate(let rate): run?.setLearningRate(rate)
    }
  }

  func list(current: String?) {
    let inbox = inbox
    queue.work {
      let items = RunStore.known().prefix(500).map { run in
        PickerItem(
          id: run.path, title: run.name, detail: RunReader.summary(run), note: Dates.ago(Disk.changed(run.eventFile)),
          current: run.path == current)
      }
      inbox.send(.runs(Array(items)))
    }
  }

  func open(_ path: String) {
    let inbox = inbox
    queue.work {
      do {
        inbox.send(.runOpened(try RunReader.read(path)))
      } catch {
        inbox.send(.failed(title: "Run", message: "\(error)"))
      }
    }
  }

  /// Goes on with a run from its newest checkpoint, its curve so far shown first.
  func resume(_ path: String) {
    begin { try TrainingRun(resuming: path) }
  }
}
