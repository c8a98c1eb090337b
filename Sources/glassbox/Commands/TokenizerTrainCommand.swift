import ArgumentParser
import Core

struct TokenizerTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a vocabulary from text.")

  @Argument(help: "Text files.") var files: [String]
  @Option(help: "Tokens of the vocabulary.") var vocab = 8000
  @Option(help: "The folder to write to.") var out: String

  func run() throws {
    let options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: vocab)
    let words = try WordCounts(reading: TrainingCorpus(paths: files), options: options)
    let trained = try TokenizerTraining.trainer(for: options).train(on: words) { _ in true }
    try AtomicFile.makeFolder(out)
    try AtomicFile.write(trained.json(), to: out + "/tokenizer.json")
  }
}
