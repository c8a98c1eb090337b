import Core
import TOMLKit

extension ThemeLoader {
  /// A theme by its name, or from a file.
  static func find(_ name: String) throws -> Theme {
    guard name.contains("/") || name.hasSuffix(".toml") else { return try load(name, folders: [AppPaths.themes]) }
    guard let text = SmallFile.read(name, limit: 1 << 18) else {
      throw ThemeError(file: SafeText.clean(name), key: "", problem: "it cannot be read, or is not text")
    }
    return try parse(text, file: name)
  }
}

/// What `config.toml` says:
/// ```
/// theme = "paper"
/// mouse = false
/// [keys]
/// zoom = ["Alt-x"]
/// regenerate = "F6"
/// ```
public struct Settings: Sendable, Equatable {
  public var theme: String?
  public var mouse = true
  public var synchronizedOutput = true
  /// An action's name → its keys.
  public var keys: [String: [String]] = [:]
  /// What could not be used, one sentence each.
  public var problems: [String] = []

  public init() {}

  /// The file's settings; where there is no file, the usual ones. One that is there and cannot be read is a problem.
  public static func load(_ path: String = AppPaths.settingsFile) -> Settings {
    guard let problem = SmallFile.problem(path, limit: limit) else {
      guard let text = SmallFile.read(path, limit: limit) else { return Settings() }
      return parse(text, file: path)
    }
    var settings = Settings()
    let name = SafeText.clean(path, keepingNewlines: false)
    settings.problems.append("\(name) \(problem): no setting of it is in effect")
    return settings
  }

  private static let limit = 1 << 18

  public static func parse(_ text: String, file: String) -> Settings {
    var settings = Settings()
    let name = SafeText.clean(file)
    let table: TOMLTable
    do {
      try TOMLNesting.check(text)
      table = try TOMLTable(string: text)
    } catch let error as TOMLNesting.TooDeep {
      settings.problems.append("\(name), \(error)")
      return settings
    } catch let error as TOMLParseError {
      let at = error.source.begin
      settings.problems.append("\(name), line \(at.line), column \(at.column): \(SafeText.clean(error.description))")
      return settings
    } catch {
      settings.problems.append("\(name) is not TOML")
      return settings
    }
    for key in table.keys.sorted() {
      switch key {
      case "theme":
        settings.theme = table[key]?.string
        if settings.theme == nil { settings.problems.append("\(name): theme has to be the name of one, in quotes") }
      case "mouse", "synchronized_output":
        guard let value = table[key]?.bool else {
          settings.problems.append("\(name): \(key) has to be true or false")
          continue
        }
        if key == "mouse" { settings.mouse = value } else { settings.synchronizedOutput = value }
      case "keys": settings.readKeys(table[key]?.table, file: name)
      default: settings.problems.append("\(name): there is no setting named \"\(SafeText.clean(key))\"")
      }
    }
    return settings
  }

  private mutating func readKeys(_ table: TOMLTable?, file: String) {
    guard let table else {
      problems.append("\(file): keys has to be a table")
      return
    }
    for key in table.keys {
      if let one = table[key]?.string {
        keys[key] = [one]
      } else if let array = table[key]?.array {
        keys[key] = array.compactMap { $0.string }
        guard keys[key]?.count != array.count else { continue }
        problems.append("\(file): keys.\(SafeText.clean(key)) has to be a list of keys' names, in quotes")
      } else {
        problems.append("\(file): keys.\(SafeText.clean(key)) has to be a key's name, or a list of them")
      }
    }
  }
}
