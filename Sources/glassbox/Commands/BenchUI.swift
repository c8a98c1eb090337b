import ArgumentParser
import Core
import TUI

struct BenchUI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui", abstract: "Milliseconds to draw a frame in which everything changes.")

  @Option(help: "Columns and rows.") var size = ScreenSize(width: 200, height: 60)
  @OptionGroup var bench: BenchOptions

  func run() throws {
    let runs = UIBenchmark.frame(size: Size(size.width, size.height), runs: bench.runs)
    BenchReport(
      name: "ui", unit: "ms", runs: runs, threads: 1, settings: ["size": .string(size.defaultValueDescription)]
    ).print(json: bench.json)
  }
}
