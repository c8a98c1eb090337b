import Core

/// What may differ when a run goes on: how long, how fast, how often; never what it learns, or on what.
extension TrainingConfiguration {
  static let changeable = [
    "steps", "epochs", "learning_rate", "schedule", "warmup_steps", "min_lr_ratio", "batch_size", "accumulation",
    "eval_every", "save_every", "sample_every", "threads", "early_stopping_patience",
  ]

  /// The configuration with settings changed.
  /// - Throws: ``TrainingError`` for a key that is not there, cannot change on the way, or has no such value.
  func changed(_ settings: [(key: String, value: String)]) throws -> TrainingConfiguration {
    var configuration = self
    for (key, value) in settings {
      // A key that is not there says so by itself.
      try configuration.set(key, value)
      guard Self.changeable.contains(key) else {
        throw TrainingError.value(
          key: key, found: "'\(value)'",
          expected: "as the run began with it; begin a new run for another (what may change on the way: "
            + Self.changeable.joined(separator: ", ") + ")")
      }
      // The length of a run is said in one way.
      if key == "epochs" { configuration.steps = nil }
    }
    return configuration
  }

  /// What is another here than in an earlier configuration, of what may change.
  func changes(since earlier: TrainingConfiguration, step: Int) -> [TrainingEvent.Change] {
    Self.changeable.compactMap { key in
      let (from, to) = (earlier.text(of: key), text(of: key))
      return from == to ? nil : TrainingEvent.Change(key: key, from: from, to: to, step: step)
    }
  }

  /// With every path from the root on, so that the run goes on from any folder.
  func withAbsolutePaths() -> TrainingConfiguration {
    func absolute(_ path: String) -> String { FileSystem.exists(path) ? FileSystem.absolute(path) : path }
    var configuration = self
    configuration.data = data.map(absolute)
    configuration.validationData = validationData.map(absolute)
    configuration.base = base.map(absolute)
    configuration.tokenizer = tokenizer.map { TokenizerLoader.absoluteName($0) ?? absolute($0) }
    configuration.out = out.map(FileSystem.absolute)
    return configuration
  }
}
