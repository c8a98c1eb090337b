import ArgumentParser

/// Tokenizers as things of their own: made here, looked into and compared.
struct TokenizerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer", abstract: "Train tokenizers and look into them.",
    subcommands: [TokenizerTrainCommand.self, TokenizerShowCommand.self, TokenizerCompareCommand.self])
}
