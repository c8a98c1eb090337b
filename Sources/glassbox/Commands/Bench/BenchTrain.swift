import ArgumentParser
import Core
import Trainer

struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Tokens a second of whole training steps on fixed works.",
    discussion: TrainingBenchmark.cases.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

  @Option(name: .customLong("case"), help: "Which work.") var work = "c"
  @Option(help: "f32.") var dtype = "f32"
  @Option(help: "Threads; the number of cores unless given.") var threads: Int?
  @OptionGroup var bench: BenchOptions

  func run() throws {
    guard dtype == "f32" else { throw InputError("Training in \(dtype) is not built yet; f32 is.") }
    let result = try TrainingBenchmark.run(case: work, threads: threads, repetitions: bench.runs)
    BenchReport(
      name: "train \(work)", unit: "tok/s", runs: result.runs, threads: result.threads,
      settings: [
        "case": .string(work), "dtype": .string(dtype), "parameters": .int(result.parameters),
        "tokens_per_step": .int(result.tokensPerStep), "memory_bytes": .int(result.memoryBytes),
        "loss": .double(result.lastLoss), "kernels": .string(Kernels.current.name),
      ]
    ).print(json: bench.json)
  }
}
