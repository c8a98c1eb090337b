import ArgumentParser
import Chat
import Core
import TUI

/// The full-screen program, which starts where no command is given.
struct ScreenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "screen", abstract: "The full-screen program.",
    discussion: "'glassbox' alone is the same, with all these options.")

  @Option(name: [.short, .long], help: "The model to chat with; the one that ships with Glassbox unless given.")
  var model: String?
  @Flag(help: "Start without a model.") var noModel = false
  @Option(help: "How conversations are written, by name; raw: the text goes on in place. The model's own unless given.")
  var template: String?
  @OptionGroup var running: RunningOptions
  @Option(name: [.short, .long], help: "The tokenizer shown, the model's unless given; more to compare with it.")
  var tokenizer: [String] = []
  @Option(help: ArgumentHelp("Start this run in the background at once.", valueName: "config.toml"))
  var train: String?
  @Option(help: "A saved conversation's id, or a file of messages (JSON lines).") var conversation: String?
  @Option(help: "deck, chat, train or tokens.") var workspace: Workspace?
  @Option(help: "A theme's name or file.") var theme: String?

  func validate() throws {
    if model != nil && noModel { throw ValidationError("--model and --no-model cannot stand together.") }
  }

  func run() throws {
    var options = AppOptions()
    options.noModel = noModel
    if let template {
      // A name that is not known is said before the screen is drawn.
      options.template = try ChatTemplate.choice(name: template, jinja: nil) { _ in false }.template.name
    }
    if !noModel {
      options.model = try model.map { try ModelRegistry.resolve($0) } ?? ModelRegistry.starterPath
      if !running.adapter.isEmpty { throw InputError("Adapters cannot be attached yet.") }
    }
    options.load.threads = running.threads
    options.load.context = running.context
    options.load.cache = running.kv
    options.load.exact = running.exact
    options.tokenizers = try tokenizer.map { try ModelRegistry.resolve($0) }
    options.train = train
    options.conversation = conversation
    options.workspace = workspace
    options.theme = theme
    throw ExitCode(try TUI.run(options: options))
  }
}
