import Logging

extension App {
  /// Writes what happened behind the screen into the log file (standard error lies there while the screen is drawn).
  func record(_ message: AppMessage) {
    switch message {
    case .modelLoaded(let model, let path, _):
      log.info("model loaded", metadata: ["path": "\(path)", "seconds": "\(model.loadSeconds)"])
    case .modelFailed(let why, let path, _):
      log.error("model not loaded", metadata: ["path": "\(path)", "why": "\(why)"])
    case .tokenizerFailed(let why, _): log.error("tokenizer not loaded", metadata: ["why": "\(why)"])
    case .runStarted(_, let run, _): log.info("run started", metadata: ["folder": "\(run.folder.path)"])
    case .runFailed(let why, _): log.error("run not started", metadata: ["why": "\(why)"])
    case .failed(let title, let why): log.error("\(title)", metadata: ["why": "\(why)"])
    default: break
    }
  }
}
