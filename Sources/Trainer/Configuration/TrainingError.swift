/// What went wrong before or during a run; `description` is one sentence for the user.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// A key that no configuration has; `nearest` is the known key closest in spelling.
  case unknownKey(String, nearest: String?)
  /// A key that will mean something one day.
  case keyNotYet(String, reason: String)
  /// Two keys that say the same in two ways.
  case alternatives(String, String)
  /// A key whose value cannot be used.
  case value(key: String, found: String, expected: String)
  /// A training configuration that is not TOML, or misses something.
  case configuration(file: String, problem: String)
  /// A data file, with the line where there is one.
  case data(file: String, line: Int?, problem: String)
  /// A model that cannot be trained as asked.
  case model(String)
  /// A run folder or checkpoint that cannot be written, read or resumed.
  case run(path: String, problem: String)

  public var description: String {
    switch self {
    case .unknownKey(let key, let nearest):
      "There is no training key '\(key)'" + (nearest.map { "; did you mean '\($0)'?" } ?? ".")
    case .keyNotYet(let key, let reason): "'\(key)' cannot be set yet: \(reason)."
    case .alternatives(let one, let other): "'\(one)' and '\(other)' are both given, but only one of them can count."
    case .value(let key, let found, let expected):
      "'\(key)' is \(found.isEmpty ? "empty" : found), but it must be \(expected)."
    case .configuration(let file, let problem): "\(file): \(problem)\(problem.hasSuffix("?") ? "" : ".")"
    case .data(let file, let line, let problem):
      "\(file)\(line.map { ", line \($0)" } ?? ""): \(problem)."
    case .model(let problem): problem + "."
    case .run(let path, let problem): "\(path): \(problem)."
    }
  }
}
