import Core
import TOMLKit

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What is wrong with a theme, as one sentence.
public struct ThemeError: Error, Equatable, CustomStringConvertible {
  public var file: String
  /// The key, with its table; empty when the file as a whole is meant.
  public var key: String
  public var problem: String

  public var description: String {
    key.isEmpty
      ? "The theme \(file) cannot be used: \(problem)." : "The theme \(file) has a mistake at \(key): \(problem)."
  }
}

/// Themes from TOML:
/// ```
/// name = "midnight"
/// extends = "paper"              # optional: every style not given is taken from there
/// [palette]
/// ink = "#c8cedc"                # a name for a colour
/// [styles]
/// text = "ink on night"          # [bold|dim|italic|underline|reverse …] [COLOUR] [on COLOUR]
/// tokens = ["white on #3c5c56", …]
/// ```
/// A colour is `#rrggbb`, `default`, one of the terminal's 16 by name (`black` … `white`, `bright-black` …
/// `bright-white`), or a name from the palette. A style without `on` lies on the background of `panel`.
public enum ThemeLoader {
  /// - Parameter file: what errors call the source.
  /// - Throws: `ThemeError`.
  public static func parse(_ source: String, file: String) throws -> Theme {
    let table: TOMLTable
    do {
      try TOMLNesting.check(source)
      table = try TOMLTable(string: source)
    } catch let error as TOMLNesting.TooDeep {
      throw ThemeError(file: file, key: "", problem: "\(error)")
    } catch let error as TOMLParseError {
      let begin = error.source.begin
      throw ThemeError(file: file, key: "", problem: "line \(begin.line), column \(begin.column): \(error.description)")
    } catch {
      throw ThemeError(file: file, key: "", problem: "it is not TOML")
    }
    for key in table.keys where !["name", "extends", "palette", "styles"].contains(key) {
      throw ThemeError(file: file, key: key, problem: "there is no such key; known are name, extends, palette, styles")
    }
    guard let name = table["name"]?.string, !name.isEmpty else {
      throw ThemeError(file: file, key: "name", problem: "a theme needs a name in quotes")
    }
    var theme = Theme()
    if let base = table["extends"] {
      guard let name = base.string, let found = BuiltInThemes.named(name) else {
        throw ThemeError(
          file: file, key: "extends",
          problem: "this has to be one of \(BuiltInThemes.names.joined(separator: ", "))")
      }
      theme = found
    }
    let isWhole = table["extends"] == nil
    theme.name = name
    var reader = StyleReader(file: file)
    try reader.readPalette(table["palette"])
    guard let styles = table["styles"]?.table else {
      throw ThemeError(file: file, key: "styles", problem: "a theme needs this table")
    }
    let roles = Theme.roles
    let lists = Theme.lists
    for key in styles.keys where !roles.contains(where: { $0.key == key }) && !lists.contains(where: { $0.key == key })
    {
      throw ThemeError(file: file, key: "styles.\(key)", problem: "there is no such style")
    }
    reader.ground = theme.panel.background
    if let value = styles["panel"] {
      theme.panel = try reader.style(value, key: "styles.panel")
      reader.ground = theme.panel.background
    }
    for (key, path) in roles {
      if let value = styles[key] {
        theme[keyPath: path] = try reader.style(value, key: "styles.\(key)")
      } else if isWhole {
        throw ThemeError(file: file, key: "styles.\(key)", problem: "it is missing (or name a theme in extends)")
      }
    }
    for (key, path) in lists {
      guard let value = styles[key] else {
        if isWhole {
          throw ThemeError(file: file, key: "styles.\(key)", problem: "it is missing (or name a theme in extends)")
        }
        continue
      }
      let least = key == "scale" ? 5 : 6
      guard let array = value.array, array.count >= least else {
        throw ThemeError(file: file, key: "styles.\(key)", problem: "this has to be a list of at least \(least) styles")
      }
      theme[keyPath: path] = try array.enumerated().map { index, item in
        try reader.style(item, key: "styles.\(key)[\(index)]")
      }
    }
    return theme
  }

  /// A theme by name: `NAME.toml` in one of the folders, else a built-in one.
  /// - Throws: `ThemeError` when the file has a mistake or no theme has this name.
  public static func load(_ name: String, folders: [String] = []) throws -> Theme {
    let isPlain = !name.contains("/") && !name.hasPrefix(".")
    for folder in folders where isPlain {
      let path = folder + "/" + name + ".toml"
      if let source = try read(path) { return try parse(source, file: path) }
    }
    if let theme = BuiltInThemes.named(name) { return theme }
    let known = names(folders: folders).joined(separator: ", ")
    throw ThemeError(
      file: "“\(SafeText.clean(name))”", key: "", problem: "there is no theme of this name; known are \(known)")
  }

  /// Names of all themes, built-in ones first.
  public static func names(folders: [String] = []) -> [String] {
    var names = BuiltInThemes.names
    for folder in folders {
      guard let directory = opendir(folder) else { continue }
      defer { closedir(directory) }
      var found: [String] = []
      while let entry = readdir(directory) {
        let file = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if file.hasSuffix(".toml") && !file.hasPrefix(".") { found.append(String(file.dropLast(5))) }
      }
      for name in found.sorted() where !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The text of a small file; nil when there is none.
  private static func read(_ path: String) throws -> String? {
    let most = 1 << 18
    guard let bytes = try? PlainFile.beginning(path, most + 1) else { return nil }
    guard bytes.count <= most else {
      throw ThemeError(file: path, key: "", problem: "it is larger than 256 KiB")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ThemeError(file: path, key: "", problem: "it is not UTF-8 text")
    }
    return text
  }
}

/// Reads styles as words.
private struct StyleReader {
  let file: String
  var palette: [String: Color] = [:]
  /// The background of styles that name none.
  var ground = Color.standard

  init(file: String) { self.file = file }

  mutating func readPalette(_ value: (any TOMLValueConvertible)?) throws {
    guard let value else { return }
    guard let table = value.table else {
      throw ThemeError(file: file, key: "palette", problem: "this has to be a table of colours")
    }
    for key in table.keys.sorted() {
      guard let text = table[key]?.string else {
        throw ThemeError(file: file, key: "palette.\(key)", problem: "a colour has to be a string")
      }
      guard let color = StyleReader.color(text) else {
        throw ThemeError(file: file, key: "palette.\(key)", problem: "“\(SafeText.clean(text))” is not a colour")
      }
      palette[key] = color
    }
  }

  func style(_ value: any TOMLValueConvertible, key: String) throws -> Style {
    guard let text = value.string else {
      throw ThemeError(file: file, key: key, problem: "a style has to be a string")
    }
    var style = Style(.standard, on: ground)
    var isBackground = false
    var hasForeground = false
    for word in text.split(separator: " ").map(String.init) {
      if let attribute = StyleReader.attributes[word] {
        style.attributes.insert(attribute)
      } else if word == "on" && !isBackground {
        isBackground = true
      } else if let color = palette[word] ?? StyleReader.color(word) {
        if isBackground {
          style.background = color
        } else if hasForeground {
          throw ThemeError(file: file, key: key, problem: "it names two colours without “on” between them")
        } else {
          style.foreground = color
          hasForeground = true
        }
      } else {
        throw ThemeError(
          file: file, key: key, problem: "“\(SafeText.clean(word))” is neither a colour nor an attribute")
      }
    }
    return style
  }

  private static let attributes: [String: Attributes] = [
    "bold": .bold, "dim": .dim, "italic": .italic, "underline": .underline, "reverse": .reverse,
  ]
  private static let names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

  static func color(_ text: String) -> Color? {
    if text == "default" { return .standard }
    if let index = names.firstIndex(of: text) { return .ansi(UInt8(index)) }
    if text.hasPrefix("bright-"), let index = names.firstIndex(of: String(text.dropFirst(7))) {
      return .ansi(UInt8(index + 8))
    }
    let digits = text.dropFirst()
    guard text.hasPrefix("#"), digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit),
      let value = UInt32(digits, radix: 16)
    else { return nil }
    return .rgb(
      UInt8(truncatingIfNeeded: value >> 16), UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value))
  }
}
