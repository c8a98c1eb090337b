/// A few numbers about a tensor's values, dequantised, in the order of the file.
public struct TensorStatistics: Sendable, Equatable {
  public let sum: Double
  public let sumOfSquares: Double
  /// The first 32 values, or all where there are fewer.
  public let first: [Float]
  /// The last 8.
  public let last: [Float]

  public init(_ tensor: TensorView) {
    var sum = 0.0
    var squares = 0.0
    var first: [Float] = []
    var last: [Float] = []
    let count = tensor.count
    // Whole blocks of every type, in pieces small enough for the cache.
    let piece = 1 << 15
    let buffer = UnsafeMutablePointer<Float>.allocate(capacity: piece)
    defer { buffer.deallocate() }
    if let base = tensor.bytes.baseAddress {
      for start in stride(from: 0, to: count, by: piece) {
        let length = min(piece, count - start)
        let offset = start / tensor.type.blockSize * tensor.type.blockBytes
        dequantize(type: tensor.type, from: base + offset, count: length, into: buffer)
        for i in 0..<length {
          let value = Double(buffer[i])
          sum += value
          squares += value * value
        }
        if start == 0 { first = (0..<min(32, length)).map { buffer[$0] } }
        last = Array((last + (max(0, length - 8)..<length).map { buffer[$0] }).suffix(8))
      }
    }
    self.sum = sum
    sumOfSquares = squares
    self.first = first
    self.last = last
  }
}

/// What `models show` tells about a model.
public struct ModelSummary: Sendable {
  public let path: String
  public let name: String
  public let format: String
  public let architecture: String
  public let quantization: String?
  /// Number of weights; nil for a file without.
  public let parameters: Int?
  /// Bytes of the weights in the file.
  public let bytes: Int
  /// Number of values stored in each type, the most used first.
  public let types: [(name: String, values: Int)]
  public let configuration: ModelConfiguration?
  public let vocabularySize: Int?
  /// "gpt2 (smollm)", "tokenizer.json"; nil where the model brings none.
  public let tokenizer: String?
  public let chatTemplate: String?
  /// Bytes needed to run: weights as they are stored, keys and values of a full context in half precision, and work
  /// space.
  public let memory: (weights: Int, cache: Int, total: Int)?
  public let source: any TensorSource

  /// - Parameter model: anything that ``ModelRegistry/resolve(_:)`` takes; a GGUF file with a vocabulary alone, too.
  /// - Throws: ``FormatError``.
  public init(_ model: String) throws {
    let path = try ModelRegistry.resolve(model)
    if FileSystem.isFile(path), let file = try Self.ggufWithoutModel(path) {
      self.init(vocabulary: file)
    } else {
      self.init(try ModelFiles.open(path))
    }
  }

  /// A GGUF file that holds no weights, as vocabularies are passed around.
  private static func ggufWithoutModel(_ path: String) throws -> GGUFFile? {
    let file = try MappedFile(path: path)
    guard GGUFFile.isGGUF(file.bytes) else { return nil }
    let gguf = try GGUFFile(file: file)
    return gguf.tensors.isEmpty ? gguf : nil
  }

  private init(vocabulary file: GGUFFile) {
    path = file.path
    name = file.displayName
    format = "GGUF v\(file.version), vocabulary only"
    architecture = file["general.architecture"]?.string ?? "unknown"
    quantization = nil
    parameters = nil
    bytes = 0
    types = []
    configuration = nil
    vocabularySize = file["tokenizer.ggml.tokens"]?.array?.count
    tokenizer = Self.tokenizer(.gguf(file))
    chatTemplate = file["tokenizer.chat_template"]?.string
    memory = nil
    source = file
  }

  public init(_ files: ModelFiles) {
    path = files.path
    name = files.name
    format = (files.source as? GGUFFile).map { "GGUF v\($0.version)" } ?? "Hugging Face"
    architecture = files.configuration.architecture
    quantization = files.quantization
    var counts: [TensorType: Int] = [:]
    var bytes = 0
    for tensor in files.source.tensors {
      counts[tensor.type, default: 0] += tensor.count
      bytes += tensor.bytes.count
    }
    types = counts.sorted { ($0.value, $0.key.rawValue) > ($1.value, $1.key.rawValue) }.map { ($0.key.name, $0.value) }
    self.bytes = bytes
    parameters = files.plan.parameters.reduce(0) { $0 + $1.count }
    let c = files.configuration
    configuration = c
    vocabularySize = c.vocabularySize
    tokenizer = files.tokenizerSource.flatMap(Self.tokenizer)
    chatTemplate = files.chatTemplate
    // A model may claim a context without end; its cache then is as good as unbounded.
    let perToken = (2 * 2 * c.layers).multipliedReportingOverflow(by: c.keyValueHeads * c.headDimension).partialValue
    let cache = perToken.multipliedReportingOverflow(by: c.contextLength)
    let work = 4 * (c.vocabularySize + 64 * (4 * c.hiddenSize + 2 * c.intermediateSize))
    let weights = bytes
    let total = cache.overflow ? Int.max : (cache.partialValue.addingReportingOverflow(weights + work).partialValue)
    memory = (weights, cache.overflow ? Int.max : cache.partialValue, total)
    source = files.source
  }

  private static func tokenizer(_ source: TokenizerSource) -> String? {
    switch source {
    case .gguf(let file):
      guard let model = file["tokenizer.ggml.model"]?.string else { return nil }
      return file["tokenizer.ggml.pre"]?.string.map { "\(model) (\($0))" } ?? model
    case .folder(let folder):
      return HuggingFaceWriter.tokenizerFiles.first { FileSystem.exists(folder + "/" + $0) }
    }
  }

  /// - Parameter tensors: with the values' statistics of every tensor, which reads the whole file.
  public func json(tensors: Bool = false) -> JSON {
    func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
    func number(_ value: Int?) -> JSON { value.map { .int($0) } ?? .null }
    var json: JSONObject = [
      "path": .string(path), "name": .string(name), "format": .string(format), "architecture": .string(architecture),
      "quantization": text(quantization), "parameters": number(parameters), "bytes": .int(bytes),
      "dtypes": .object(JSONObject(types.map { ($0.name, .int($0.values)) })),
    ]
    if let c = configuration {
      json["context_length"] = .int(c.contextLength)
      json["shapes"] = [
        "layers": .int(c.layers), "hidden_size": .int(c.hiddenSize), "intermediate_size": .int(c.intermediateSize),
        "heads": .int(c.heads), "kv_heads": .int(c.keyValueHeads), "head_dim": .int(c.headDimension),
        "vocab_size": .int(c.vocabularySize), "tied_embeddings": .bool(c.tiedEmbeddings),
        "sliding_window": number(c.slidingWindows.compactMap { $0 }.first),
      ]
      json["bos_token_id"] = number(c.bosTokenID.map(Int.init))
      json["eos_token_ids"] = .array(c.eosTokenIDs.map { .int(Int($0)) })
    }
    json["vocabulary_size"] = number(vocabularySize)
    json["tokenizer"] = text(tokenizer)
    json["chat_template"] = text(chatTemplate)
    json["chat_template_family"] = text(chatTemplate.flatMap { ChatTemplate.detect(in: $0)?.name })
    if let memory {
      json["memory"] = [
        "weights_bytes": .int(memory.weights), "full_context_cache_bytes": .int(memory.cache),
        "total_bytes": .int(memory.total),
      ]
    }
    if tensors { json["tensors"] = .array(source.tensors.map(Self.tensor)) }
    return .object(json)
  }

  private static func tensor(_ tensor: TensorView) -> JSON {
    let statistics = TensorStatistics(tensor)
    return [
      "name": .string(tensor.name), "type": .string(tensor.type.name), "shape": .array(tensor.shape.map { .int($0) }),
      "count": .int(tensor.count), "sum": .double(statistics.sum), "sum_of_squares": .double(statistics.sumOfSquares),
      "first_32": .array(statistics.first.map { .float($0) }), "last_8": .array(statistics.last.map { .float($0) }),
    ]
  }
}
