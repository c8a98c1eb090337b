import ArgumentParser
import Chat
import Core

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "What models are here, what is in them, and other formats of them.",
    subcommands: [ModelsList.self, ModelsShow.self, ModelsConvert.self, ModelsQuantize.self])
}

struct ModelsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Models found on this machine, by the names other commands take.")

  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let found = ModelRegistry.discover()
    if json {
      let models = found.map { model -> JSON in
        [
          "name": .string(model.name), "path": .string(model.path), "origin": .string(model.origin.rawValue),
          "bytes": .int(model.bytes),
        ]
      }
      StandardOutput.write(JSON.object(["models": .array(models)]).serialized() + "\n")
      return
    }
    if found.isEmpty { StandardError.write("No models were found; give a file or folder with -m.\n") }
    let width = found.map(\.name.count).max() ?? 0
    for model in found {
      let gap = String(repeating: " ", count: width - model.name.count + 2)
      StandardOutput.write(
        "\(Inert.line(model.name))\(gap)\(Figure.bytes(model.bytes))\t\(model.origin.rawValue)\t\(Inert.line(model.path))\n"
      )
    }
  }
}

struct ModelsShow: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "What a model is.")

  @Argument(help: "The model.") var model: String
  @Flag(help: "Also every tensor, with sums of its values.") var tensors = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let summary = try ModelSummary(ModelRegistry.resolve(model))
    if json {
      let text = summary.json(tensors: tensors).serialized()
      try summary.source.checkUnchanged()
      StandardOutput.write(text + "\n")
    } else {
      StandardOutput.write(Self.text(summary, tensors: tensors))
    }
  }

  /// The template's family, or what `chat` does without one.
  private static func templateRow(_ jinja: String, _ model: ModelSummary) -> String {
    let tokenizer = try? ModelFiles.open(model.path).tokenizerSource.map(TokenizerLoader.load)
    do {
      let (template, note) = try ChatTemplate.choice(name: nil, jinja: jinja) { tokenizer?.id(of: $0) != nil }
      return note.map { "\(template.name): \($0)" } ?? template.name
    } catch {
      return "\(error)"
    }
  }

  private static func text(_ model: ModelSummary, tensors: Bool) -> String {
    var rows = [("name", model.name), ("format", model.format), ("architecture", model.architecture)]
    if let count = model.parameters { rows.append(("parameters", "\(Figure.short(count)) (\(count))")) }
    if let c = model.configuration {
      let attention = "\(c.heads) heads of \(c.headDimension), \(c.keyValueHeads) for keys and values"
      rows += [
        ("shape", "\(c.layers) layers, \(c.hiddenSize) wide, \(attention), MLP \(c.intermediateSize)"),
        ("context", "\(c.contextLength) tokens"),
      ]
    }
    if let size = model.vocabularySize {
      rows.append(("vocabulary", "\(size)\(model.configuration?.tiedEmbeddings == true ? ", embeddings tied" : "")"))
    }
    let types = model.types.map { "\($0.name) \(Figure.short($0.values))" }.joined(separator: ", ")
    let template = model.chatTemplate.map { Self.templateRow($0, model) }
    rows += [
      ("values", types.isEmpty ? "none" : types), ("tokenizer", model.tokenizer ?? "none"),
      ("template", template ?? "none: chat needs --template"),
    ]
    if let memory = model.memory {
      let context = "\(Figure.bytes(memory.cache)) for a full context"
      rows.append(("memory", "\(Figure.bytes(memory.weights)) of weights, \(context)"))
    }
    if tensors {
      rows += model.source.tensors.map {
        ($0.name, "\($0.type.name) \($0.shape.map(String.init).joined(separator: "×"))")
      }
    }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { key, value in
      Inert.line(key) + String(repeating: " ", count: width - key.count + 2) + Inert.line(value) + "\n"
    }.joined()
  }
}

struct ModelsConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "A model in another format.",
    discussion: """
      OUT that ends in .gguf is a GGUF file, else a Hugging Face folder. What is there already stays, unless --force \
      replaces files of the same names. The new model is opened and compared before it is kept: what its format cannot \
      say is refused by name.
      """)

  @Argument(help: "The model.") var model: String
  @Argument(help: "A .gguf file or a folder to write.") var output: String
  @Option(help: "How the weights are stored: F32, F16, BF16 …") var type: String?
  @Flag(help: "Replace files of the same names.") var force = false

  func run() throws {
    let type = try type.map { try ModelConverter.type(named: $0, for: output) }
    let notes = try ModelConverter.convert(
      ModelFiles.open(ModelRegistry.resolve(model)), to: output, type: type, replaces: force)
    ModelsConvert.tell(output, notes)
  }
}

extension ModelsConvert {
  static func tell(_ output: String, _ notes: [String]) {
    for note in notes { StandardError.write(Inert.line(note) + "\n") }
    StandardError.write("Wrote \(Inert.line(output)).\n")
  }
}

struct ModelsQuantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize", abstract: "A model with its weights in fewer bits, as GGUF.")

  @Argument(help: "The model.") var model: String
  @Argument(help: "The .gguf file to write.") var output: String
  @Argument(help: "Q8_0, F16 …") var type: String
  @Flag(help: "Replace a file of this name.") var force = false

  func run() throws {
    let type = try ModelConverter.type(named: type, for: output)
    let notes = try ModelConverter.quantize(
      ModelFiles.open(ModelRegistry.resolve(model)), to: output, type: type, replaces: force)
    ModelsConvert.tell(output, notes)
  }
}
