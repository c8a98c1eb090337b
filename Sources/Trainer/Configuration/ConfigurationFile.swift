import Core
import TOMLKit

extension TrainingConfiguration {
  /// Reads a TOML text: the keys of ``ConfigurationKey``, dotted or in `[model]` and `[lora]` tables.
  /// - Parameters:
  ///   - file: its name, for messages.
  ///   - overrides: `--set` pairs and options, applied after the file.
  /// - Throws: ``TrainingError``; unknown keys are refused by name.
  public init(toml: String, file: String, overrides: [(key: String, value: String)] = []) throws {
    let table: TOMLTable
    do {
      table = try TOMLNesting.table(toml)
    } catch let error as TOMLParseError {
      throw TrainingError.configuration(
        file: "\(file), line \(error.source.begin.line)", problem: "this is not TOML: \(error.description)")
    } catch let error as TOMLNesting.TooDeep {
      throw TrainingError.configuration(file: "\(file), line \(error.line)", problem: error.problem)
    } catch {
      throw TrainingError.configuration(file: file, problem: "it is not TOML")
    }
    let settings = try Self.settings(of: table, prefix: "", file: file)
    let named = overrides.last { $0.key == "recipe" }?.value ?? table["recipe"]?.string
    /// What is wrong with a key of the file is told with its line.
    func locating(_ key: String, _ body: () throws -> Void) throws {
      do {
        try body()
      } catch let error as TrainingError {
        let line = TOMLLines.line(of: key, in: toml)
        let problem = String("\(error)".dropLast("\(error)".hasSuffix(".") ? 1 : 0))
        throw TrainingError.configuration(file: line.map { "\(file), line \($0)" } ?? file, problem: problem)
      }
    }
    var made = TrainingConfiguration()
    if let named, !overrides.contains(where: { $0.key == "recipe" }) {
      try locating("recipe") { made = try TrainingConfiguration(recipe: named) }
    } else {
      made = try TrainingConfiguration(recipe: named ?? "pretrain")
    }
    for (key, value) in settings {
      try locating(key) {
        switch value {
        case .text(let text): try made.set(key, text)
        case .list(let list): try made.set(key, list: list)
        }
      }
    }
    try locating("steps") { try Self.checkAlternatives(settings.map(\.key)) }
    try made.apply(overrides)
    self = made
  }

  private enum Value {
    case text(String)
    case list([String])
  }

  private static func settings(
    of table: TOMLTable, prefix: String, file: String
  ) throws -> [(key: String, value: Value)] {
    var settings: [(key: String, value: Value)] = []
    for key in table.keys {
      guard let value = table[key] else { continue }
      let name = prefix + key
      if let inner = value.table {
        settings += try self.settings(of: inner, prefix: name + ".", file: file)
      } else if let array = value.array {
        var texts: [String] = []
        for element in array {
          guard let text = scalarText(element) else {
            throw TrainingError.configuration(
              file: file, problem: "'\(name)' holds something that is no text or number")
          }
          texts.append(text)
        }
        settings.append((name, .list(texts)))
      } else if let text = scalarText(value) {
        settings.append((name, .text(text)))
      } else {
        throw TrainingError.configuration(file: file, problem: "'\(name)' is no text, number, flag or list")
      }
    }
    return settings
  }

  private static func scalarText(_ value: any TOMLValueConvertible) -> String? {
    if let text = value.string { return text }
    if let flag = value.bool { return flag ? "true" : "false" }
    if let integer = value.int { return "\(integer)" }
    if let number = value.double { return "\(number)" }
    return nil
  }
}
