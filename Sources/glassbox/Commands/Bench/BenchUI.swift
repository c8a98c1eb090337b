import ArgumentParser
import Core
import TUI

struct BenchUI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui",
    abstract: "Milliseconds to draw a frame in which everything changes, or from a key in a text to its frame.")

  @Option(help: "Columns and rows.") var size = ScreenSize(width: 200, height: 60)
  @Option(help: ArgumentHelp("Write in the middle of this text in the Tokens workspace.", valueName: "file"))
  var text: String?
  @Option(name: [.short, .long], help: "The tokenizer that the text is seen through.") var tokenizer: String?
  @OptionGroup var bench: BenchOptions

  func run() throws {
    let size = Size(self.size.width, self.size.height)
    let runs: [Double]
    if let text {
      guard let tokenizer else { throw ValidationError("--text needs a --tokenizer.") }
      runs = UIBenchmark.edit(
        try Input.text(text), tokenizer: try TokenizerLoader.load(path: ModelRegistry.resolve(tokenizer)), size: size,
        runs: bench.runs)
    } else {
      runs = UIBenchmark.frame(size: size, runs: bench.runs)
    }
    BenchReport(
      name: "ui", unit: "ms", runs: runs, threads: 1, settings: ["size": .string(self.size.defaultValueDescription)]
    ).print(json: bench.json)
  }
}
