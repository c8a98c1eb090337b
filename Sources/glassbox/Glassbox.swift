import ArgumentParser

@main
struct Glassbox: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "glassbox", abstract: "Chat with, train and look into small language models.")
}
