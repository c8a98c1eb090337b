import ArgumentParser

/// The program: the full screen by default, and every capability as a command.
struct Glassbox: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glassbox",
    abstract: "Chat with, train and look into small language models.",
    discussion: "Without a command, the full-screen program starts; 'glassbox help screen' tells its options.",
    subcommands: [
      ScreenCommand.self, ChatCommand.self, GenerateCommand.self, ScoreCommand.self, LogitsCommand.self,
      TokenizeCommand.self, TokenizerCommand.self,
      DetokenizeCommand.self, TemplateCommand.self, TrainCommand.self, ModelsCommand.self, BenchCommand.self,
      SnapshotCommand.self,
    ],
    defaultSubcommand: ScreenCommand.self)
}
