import ArgumentParser
import Core

/// Which model, and how it runs.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: "A GGUF file, a Hugging Face folder, a run or checkpoint folder, 'starter', or a name 'models list' shows.")
  var model: String

  @OptionGroup var running: RunningOptions

  func load() throws -> LoadedModel { try running.load(model) }
}

/// How a model runs.
struct RunningOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A LoRA adapter folder, with a scale (repeatable).", valueName: "dir[:scale]"))
  var adapter: [String] = []

  @Option(help: "Threads; the number of cores unless given.")
  var threads: Int?

  @Option(help: "The longest context, in tokens.")
  var context: Int?

  @Option(help: "How keys and values are kept: f16 or f32.")
  var kv: CacheType = .f16

  @Flag(help: "Activations and cache in f32: slow, for comparisons.")
  var exact = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024.") }
    if let context, !(1...(1 << 24)).contains(context) { throw ValidationError("--context must be at least 1.") }
  }

  func load(_ model: String) throws -> LoadedModel {
    guard adapter.isEmpty else {
      throw InputError("Adapters cannot be attached yet: merge \(adapter[0]) into its model first.")
    }
    let loaded = try LoadedModel.load(
      ModelRegistry.resolve(model), threads: threads, exact: exact, cache: kv, context: context)
    if let note = loaded.contextNote { StandardError.write(Inert.line(note) + "\n") }
    return loaded
  }
}

extension CacheType: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument.lowercased() {
    case "f16": self = .f16
    case "f32": self = .f32
    default: return nil
    }
  }
}
