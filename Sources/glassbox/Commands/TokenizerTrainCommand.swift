import ArgumentParser
import Core

struct TokenizerTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a vocabulary from text.")

  @Argument(help: "Text files.") var files: [String]
  @Option(help: "Tokens of the vocabulary.") var vocab = 8000
  @Option(help: "The folder to write to.") var out: String

  func run() throws {
    var trainer = BPETrainer(options: .init(vocabularySize: vocab))
    for file in files { try Input.bytes(file).withUnsafeBufferPointer { trainer.add(utf8: $0) } }
    let trained = try trainer.train()
    try AtomicFile.makeFolder(out)
    try AtomicFile.write(trained.json, to: out + "/tokenizer.json")
  }
}
