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
    guard threads.map({ (1...1024).contains($0) }) ?? true else {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
    guard (257...1_000_000).contains(vocab) else { throw ValidationError("--vocab must be from 257 to 1000000.") }
  }

  func run() throws {
    let corpus = try TrainingCorpus(paths: [file])
    var options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: vocab)
    if let threads { options.threads = threads }
    var merges = 0
    var counting = 0.0
    // From the file on disk to the text of a tokenizer.json.
    let runs = try (0..<bench.runs).map { _ in
      let watch = Stopwatch()
      let words = try WordCounts(reading: corpus, options: options)
      counting = watch.seconds
      let trained = try TokenizerTraining.trainer(for: options).train(on: words) { _ in true }
      merges = trained.merges.count
      _ = trained.json()
      return watch.seconds
    }
    BenchReport(
      name: "tokenizer-train", unit: "s", runs: runs, threads: options.threads,
      settings: [
        "bytes": .int(corpus.size), "vocab": .int(vocab), "merges": .int(merges), "counting_s": .double(counting),
      ]
    ).print(json: bench.json)
  }
}
