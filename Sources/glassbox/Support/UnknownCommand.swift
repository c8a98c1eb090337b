import ArgumentParser

/// Words where a command is expected: without this, the default command would take them for a mistake in its own options.
enum UnknownCommand {
  /// A sentence where the first words name no command; nil where they do, and where there is none.
  static func sentence(_ arguments: [String], of root: any ParsableCommand.Type = Glassbox.self) -> String? {
    var command = root
    var words = [name(root)]
    for word in arguments {
      let subcommands = command.configuration.subcommands
      guard !subcommands.isEmpty, !word.hasPrefix("-"), !word.isEmpty else { return nil }
      if words.count == 1, word == "help" { return nil }
      if let next = subcommands.first(where: { names($0).contains(word) }) {
        command = next
        words.append(word)
        continue
      }
      // A command with a default one may have arguments of its own; the program itself has none.
      if words.count > 1, command.configuration.defaultSubcommand != nil { return nil }
      return sentence(word, among: subcommands.map(name), after: words.joined(separator: " "))
    }
    return nil
  }

  private static func sentence(_ word: String, among names: [String], after words: String) -> String {
    let shown = Inert.line(String(word.prefix(60)))
    let nearest = names.min { distance($0, word) < distance($1, word) } ?? ""
    let all = names.joined(separator: ", ")
    return "There is no command '\(shown)'; the nearest one is '\(words) \(nearest)'. There are \(all); "
      + "see '\(words) --help'."
  }

  private static func name(_ command: any ParsableCommand.Type) -> String { command.configuration.commandName ?? "" }

  private static func names(_ command: any ParsableCommand.Type) -> [String] {
    [name(command)] + command.configuration.aliases
  }

  /// Letters to insert, remove or replace; a word that begins as the other does is near.
  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.lowercased().prefix(40)), Array(b.lowercased().prefix(40)))
    if !b.isEmpty, a.starts(with: b) || b.starts(with: a) { return 0 }
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let replaced = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
