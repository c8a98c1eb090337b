import ArgumentParser
import Chat
import Core

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "What models are here, and what is in them.", subcommands: [ModelsShow.self])
}

struct ModelsShow: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "What a model is.")

  @Argument(help: "The model.") var model: String
  @Flag(help: "Also every tensor, with sums of its values.") var tensors = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let card = ModelCard(try ModelFiles.open(ModelPath.resolve(model)))
    if json {
      var writer = JSON.Writer()
      writer.write(.object(card.json(tensors: tensors)))
      StandardOutput.write(writer.bytes)
      StandardOutput.write("\n")
    } else {
      StandardOutput.write(card.text(tensors: tensors))
    }
  }
}

/// What `models show` tells.
struct ModelCard {
  let files: ModelFiles

  init(_ files: ModelFiles) { self.files = files }

  private var configuration: ModelConfiguration { files.configuration }
  private var parameters: Int { files.plan.parameters.reduce(0) { $0 + $1.shape.reduce(1, *) } }
  private var weightBytes: Int { files.source.tensors.reduce(0) { $0 + $1.bytes.count } }
  /// Keys and values of one token in f16.
  private var cacheBytes: Int { configuration.layers * configuration.keyValueHeads * configuration.headDimension * 4 }
  private var template: String? {
    files.chatTemplate.map { ChatTemplate.detect(in: $0)?.name ?? "of no family known yet" }
  }
  private var types: [(type: TensorType, tensors: Int, values: Int)] {
    let byType = Dictionary(grouping: files.source.tensors, by: \.type)
    return byType.map { ($0, $1.count, $1.reduce(0) { $0 + $1.count }) }.sorted { $0.values > $1.values }
  }
  private var tokenizer: String? {
    switch files.tokenizerSource {
    case .gguf(let file): file["tokenizer.ggml.model"]?.string ?? "in the file"
    case .folder: "tokenizer.json"
    case nil: nil
    }
  }

  func json(tensors: Bool) -> JSONObject {
    let c = configuration
    var card: JSONObject = [
      "name": .string(files.name), "path": .string(files.path), "format": .string("\(files.format)"),
      "architecture": .string(c.architecture), "parameters": .int(parameters),
      "quantization": .string(files.quantization), "context": .int(c.contextLength),
      "shapes": [
        "vocabulary": .int(c.vocabularySize), "hidden": .int(c.hiddenSize), "intermediate": .int(c.intermediateSize),
        "layers": .int(c.layers), "heads": .int(c.heads), "kv_heads": .int(c.keyValueHeads),
        "head_dimension": .int(c.headDimension), "tied_embeddings": .bool(c.tiedEmbeddings),
      ],
      "dtypes": .object(JSONObject(types.map { ($0.type.name, ["tensors": .int($0.tensors), "values": .int($0.values)]) })),
      "tokenizer": tokenizer.map { .string($0) } ?? .null,
      "template": files.chatTemplate.map { ["family": .string(template ?? ""), "text": .string($0)] } ?? .null,
      "memory": [
        "weights_bytes": .int(weightBytes), "cache_bytes_per_token": .int(cacheBytes),
        "full_context_bytes": .int(weightBytes + cacheBytes * c.contextLength),
      ],
    ]
    if tensors { card["tensors"] = .array(files.source.tensors.map(Self.describe)) }
    return card
  }

  func text(tensors: Bool) -> String {
    let c = configuration
    var rows = [
      ("name", files.name), ("architecture", c.architecture),
      ("parameters", "\(Figure.short(parameters)) (\(parameters))"),
      (
        "shape",
        "\(c.layers) layers, \(c.hiddenSize) wide, \(c.heads) heads (\(c.keyValueHeads) for keys and values, "
          + "\(c.headDimension) each), MLP \(c.intermediateSize)"
      ),
      ("vocabulary", "\(c.vocabularySize)\(c.tiedEmbeddings ? ", embeddings tied" : "")"),
      ("context", "\(c.contextLength) tokens"),
      ("stored as", types.map { "\($0.type.name) ×\($0.tensors)" }.joined(separator: ", ")),
      ("tokenizer", tokenizer ?? "none"), ("template", template ?? "none"),
      (
        "memory",
        "\(Figure.bytes(weightBytes)) of weights, \(Figure.bytes(cacheBytes)) a token of context, "
          + "\(Figure.bytes(weightBytes + cacheBytes * c.contextLength)) with a full one"
      ),
    ]
    if tensors {
      for t in files.source.tensors {
        rows.append((t.name, "\(t.type.name) \(t.shape.map(String.init).joined(separator: "×"))"))
      }
    }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { key, value in
      Inert.line(key) + String(repeating: " ", count: width - key.count + 2) + Inert.line(value) + "\n"
    }.joined()
  }

  /// A tensor with sums and samples of its dequantised values, in the order of the file.
  private static func describe(_ tensor: TensorView) -> JSON {
    let count = tensor.count
    var sum = 0.0
    var squares = 0.0
    var first: [Float] = []
    var last: [Float] = []
    // Whole rows at a time where they are long; many short ones together.
    let step = max(1, (1 << 14) / max(1, tensor.columns)) * tensor.columns
    var chunk = [Float](repeating: 0, count: min(step, count))
    var at = 0
    while at < count {
      let n = min(step, count - at)
      let offset = at / tensor.type.blockSize * tensor.type.blockBytes
      guard let base = tensor.bytes.baseAddress else { break }
      chunk.withUnsafeMutableBufferPointer {
        dequantize(type: tensor.type, from: base + offset, count: n, into: $0.baseAddress!)
      }
      for value in chunk[..<n] {
        sum += Double(value)
        squares += Double(value) * Double(value)
      }
      if first.count < 32 { first += chunk[..<min(n, 32 - first.count)] }
      last = Array((last + chunk[max(0, n - 8)..<n]).suffix(8))
      at += n
    }
    return [
      "name": .string(tensor.name), "type": .string(tensor.type.name),
      "shape": .array(tensor.shape.map { .int($0) }), "count": .int(count), "sum": .double(sum),
      "sum_of_squares": .double(squares), "first_32": .array(first.map { .float($0) }),
      "last_8": .array(last.map { .float($0) }),
    ]
  }
}
