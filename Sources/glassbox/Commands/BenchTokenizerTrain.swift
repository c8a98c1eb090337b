import ArgumentParser
import Core

struct BenchTokenizerTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer-train", abstract: "Seconds to train a byte-level BPE vocabulary on a text.")

  @Argument(help: "A text file.") var file: String
  @Option(help: "Tokens of the vocabulary.") var vocab = 5000
  @Option(help: "Threads.") var threads: Int?
  @OptionGroup var bench: BenchOptions

  func validate() throws {
    guard (257...1_000_000).contains(vocab) else { throw ValidationError("--vocab must be from 257 to 1000000.") }
  }

  func run() throws {
    let text = try Input.bytes(file)
    var merges = 0
    let runs = try (0..<bench.runs).map { _ in
      let watch = Stopwatch()
      var trainer = BPETrainer(options: .init(vocabularySize: vocab))
      text.withUnsafeBufferPointer { trainer.add(utf8: $0) }
      merges = try trainer.train().merges
      return watch.seconds
    }
    BenchReport(
      name: "tokenizer-train", unit: "s", runs: runs, threads: 1,
      settings: ["bytes": .int(text.count), "vocab": .int(vocab), "merges": .int(merges)]
    ).print(json: bench.json)
  }
}
