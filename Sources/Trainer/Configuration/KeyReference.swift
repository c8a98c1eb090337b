/// All training keys, described from the one table they are read by.
public enum KeyReference {
  /// For `train --help`: a key a line, by groups; what is too long for 80 columns goes on under its beginning.
  public static var plain: String {
    let width = ConfigurationKey.all.map(\.name.count).max() ?? 0
    return ConfigurationKey.groups.map { group in
      group.title + ":\n"
        + group.keys.map { key in
          let gap = String(repeating: " ", count: width - key.name.count + 2)
          return "  \(key.name)\(gap)\(wrapped(key.summary + hint(key), after: width + 4))"
        }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func wrapped(_ text: String, after indent: Int) -> String {
    var column = indent
    return text.split(separator: " ").reduce(into: "") { result, word in
      if column > indent, column + 1 + word.count < 80 {
        result += " "
        column += 1
      } else if column > indent {
        result += "\n" + String(repeating: " ", count: indent)
        column = indent
      }
      result += word
      column += word.count
    }
  }

  private static func hint(_ key: ConfigurationKey) -> String {
    var parts: [String] = []
    if let values = values(key) { parts.append(values) }
    if let value = defaultValue(key), values(key) != value { parts.append("default \(value)") }
    return parts.isEmpty ? "" : " [\(parts.joined(separator: "; "))]"
  }

  /// For `docs/training-keys.md`.
  public static var markdown: String {
    var text = """
      # Training keys

      What `glassbox train` can be told, the same in a TOML file, by `--set key=value` and in the form on the screen. A key that
      is not listed here is refused by name. Dotted keys may stand in a table: `[model]`, `layers = 4`. Of `steps` and `epochs`,
      and of `validation_fraction` and `validation_data`, only one can be given.

      This page is written by `glassbox train --keys` (`make docs`).

      """
    for group in ConfigurationKey.groups {
      text += "\n## \(group.title)\n\n| key | values | default | what it does |\n|---|---|---|---|\n"
      for key in group.keys {
        let cells = [
          "`\(key.name)`", values(key) ?? kind(key), defaultValue(key) ?? "", key.summary,
        ]
        text += "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
      }
    }
    return text
  }

  private static func values(_ key: ConfigurationKey) -> String? {
    if case .choice(let names) = key.kind { names.joined(separator: ", ") } else { nil }
  }

  private static func kind(_ key: ConfigurationKey) -> String {
    switch key.kind {
    case .integer: "whole number"
    case .number: "number"
    case .boolean: "true, false"
    case .text: "text"
    case .list: "list"
    case .choice: ""
    }
  }

  /// The general default, and those of recipes that differ; nil where nothing is set.
  public static func defaultValue(_ key: ConfigurationKey) -> String? {
    guard key.name != "recipe" else { return "pretrain" }
    let general = TrainingConfiguration().text(of: key.name)
    let others = RecipeRegistry.all.compactMap { recipe -> String? in
      guard let value = try? TrainingConfiguration(recipe: recipe.name).text(of: key.name), value != general else {
        return nil
      }
      return "\(recipe.name): \(value)"
    }
    let all = (general.isEmpty ? [] : [general]) + others
    return all.isEmpty ? nil : all.joined(separator: ", ")
  }
}
