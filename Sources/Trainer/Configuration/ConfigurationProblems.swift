import Core

extension TrainingConfiguration {
  /// What is wrong with one key of a form or a command, before anything is read.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    public var key: String
    /// One sentence.
    public var description: String
  }

  /// The first problem of settings, with the key it belongs to: a value that cannot be, a path where nothing is, parts
  /// that do not fit together. nil where a run can begin as far as can be told without reading its data.
  public static func firstProblem(in settings: [(key: String, value: String)]) -> Problem? {
    var configuration = TrainingConfiguration()
    // The recipe first: its own defaults must not replace what was asked for.
    for (key, value) in settings.filter({ $0.key == "recipe" }) + settings.filter({ $0.key != "recipe" }) {
      do {
        if key == "recipe" {
          configuration = try TrainingConfiguration(recipe: value)
        } else {
          try configuration.set(key, value)
        }
      } catch {
        return Problem(key: key, description: "\(error)")
      }
    }
    do {
      try checkAlternatives(settings.map(\.key))
      try configuration.validate()
    } catch TrainingError.value(let key, let found, let expected) {
      return Problem(key: key, description: "\(TrainingError.value(key: key, found: found, expected: expected))")
    } catch TrainingError.alternatives(let one, let other) {
      return Problem(key: other, description: "\(TrainingError.alternatives(one, other))")
    } catch {
      return Problem(key: "recipe", description: "\(error)")
    }
    return configuration.missingPath
  }

  private var missingPath: Problem? {
    for (key, paths) in [("data", data), ("validation_data", validationData.map { [$0] } ?? [])] {
      for path in paths where !FileSystem.exists(path) {
        return Problem(key: key, description: "There is no file or folder \(FormatError.inert(path)).")
      }
    }
    for (key, name) in [("base", base), ("tokenizer", tokenizer)] {
      guard let name, !(key == "tokenizer" && TokenizerLoader.isMadeFromText(name)), !FileSystem.exists(name) else {
        continue
      }
      do {
        _ = try ModelRegistry.resolve(name)
      } catch {
        return Problem(key: key, description: "\(error)")
      }
    }
    if let out, RunFolder(out).isRun {
      return Problem(
        key: "out", description: "There is a run in \(FormatError.inert(out)) already; choose another folder.")
    }
    return nil
  }
}
