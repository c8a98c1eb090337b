import ArgumentParser
import Core

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "How fast it is on this machine: median and spread.",
    subcommands: [
      BenchDecode.self, BenchPrefill.self, BenchTrain.self, BenchEncode.self, BenchTokenizerTrain.self,
      BenchUI.self,
    ])
}

struct BenchOptions: ParsableArguments {
  @Option(help: "How often the work is done.") var runs = 5
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (1...1000).contains(runs) else { throw ValidationError("--runs must be from 1 to 1000.") }
  }
}

struct BenchDecode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Tokens a second from an empty context, one at a time.")

  @OptionGroup var source: ModelOptions
  @Option(help: "Tokens of each run.") var tokens = 128
  @OptionGroup var bench: BenchOptions

  func validate() throws {
    guard (1...(1 << 20)).contains(tokens) else { throw ValidationError("--tokens must be at least 1.") }
  }

  func run() throws {
    let model = try source.load()
    let runs = try GenerationBenchmark.decode(model.engine, tokens: tokens, runs: bench.runs)
    BenchReport(
      name: "decode", unit: "tok/s", runs: runs, threads: model.engine.pool.threads,
      settings: model.benchSettings(["tokens": .int(tokens)])
    ).print(json: bench.json)
  }
}

struct BenchPrefill: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prefill", abstract: "Tokens a second while a prompt is read.")

  @OptionGroup var source: ModelOptions
  @Option(help: "Tokens of the prompt.") var promptTokens = 512
  @OptionGroup var bench: BenchOptions

  func validate() throws {
    guard (1...(1 << 20)).contains(promptTokens) else { throw ValidationError("--prompt-tokens must be at least 1.") }
  }

  func run() throws {
    let model = try source.load()
    let runs = try GenerationBenchmark.prefill(model.engine, tokens: promptTokens, runs: bench.runs)
    BenchReport(
      name: "prefill", unit: "tok/s", runs: runs, threads: model.engine.pool.threads,
      settings: model.benchSettings(["prompt_tokens": .int(promptTokens)])
    ).print(json: bench.json)
  }
}

extension LoadedModel {
  func benchSettings(_ more: JSONObject) -> JSONObject {
    var settings: JSONObject = [
      "model": .string(name), "quantization": .string(files.quantization), "load_s": .double(loadSeconds),
      "kernels": .string(Kernels.current.name),
    ]
    settings.members += more.members
    return settings
  }
}
