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
      table = try TOMLTable(string: toml)
    } catch let error as TOMLParseError {
      throw TrainingError.configuration(
        file: file, problem: "line \(error.source.begin.line) is not TOML: \(error.description)")
    } catch {
      throw TrainingError.configuration(file: file, problem: "it is not TOML")
    }
    let settings = try Self.settings(of: table, prefix: "", file: file)
    let named = overrides.last { $0.key == "recipe" }?.value ?? table["recipe"]?.string
    try self.init(recipe: named ?? "pretrain")
    for (key, value) in settings {
      switch value {
      case .text(let text): try set(key, text)
      case .list(let list): try set(key, list: list)
      }
    }
    for (key, value) in overrides { try set(key, value) }
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
