import ArgumentParser
import Core
import TUI

struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot", abstract: "One frame of the screen as text: the same state gives the same bytes.")

  @Option(help: "deck, chat, train or tokens.") var workspace = Workspace.deck
  @Option(help: "Columns and rows.") var size = ScreenSize(width: 120, height: 40)
  @Option(help: "A theme's name or file.") var theme = "midnight"
  @Flag(help: "With colours, as ANSI escape sequences.") var ansi = false
  @Option(help: ArgumentHelp("What stands in the input box.", valueName: "file")) var text: String?
  @Option(name: .customLong("run"), help: "A run's folder.") var runFolder: String?
  @Option(name: [.short, .long], help: "A tokenizer (repeatable).") var tokenizer: [String] = []
  @Option(help: "A conversation as JSON lines.") var conversation: String?
  @Flag(help: "Draw with ASCII characters only.") var ascii = false

  func run() throws {
    var snapshot = Snapshot()
    snapshot.workspace = workspace
    snapshot.size = Size(size.width, size.height)
    snapshot.theme = theme
    snapshot.text = try text.map { try Input.text($0) } ?? ""
    snapshot.run = runFolder
    snapshot.tokenizers = try tokenizer.map { try ModelRegistry.resolve($0) }
    snapshot.conversation = conversation
    snapshot.ascii = ascii
    StandardOutput.write(try snapshot.text(ansi: ansi))
  }
}

/// "120x40".
struct ScreenSize: ExpressibleByArgument {
  var width: Int
  var height: Int

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: "x").map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1], (1...1000).contains(width),
      (1...1000).contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }

  var defaultValueDescription: String { "\(width)x\(height)" }
}

extension Workspace: ExpressibleByArgument {}
