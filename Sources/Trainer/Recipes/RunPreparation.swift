import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What recipes build runs with: the configuration, and the steps that several of them share.
public struct RunPreparation {
  public let configuration: TrainingConfiguration
  /// A checkpoint to go on from: takes the place of `base` and of the tokenizer.
  public let checkpoint: String?
  /// A tokenizer given by the caller instead of by a path.
  public let tokenizer: (any Tokenizer)?

  typealias Encode = ([DataRow], (any Tokenizer)?, _ contextLength: Int) throws -> TokenDataset

  /// A decoder on token sequences: data read, tokenizer found or trained, rows encoded, model made or loaded.
  func decoder(chatTemplate: String?, encode: Encode) throws -> PreparedRun {
    let rows = try DataReader.rows(in: configuration.data)
    guard !rows.isEmpty else { throw empty("there is no text in these data") }
    let source = try checkpoint ?? configuration.base.map { try ModelRegistry.resolve($0) }
    let files = try source.map { try ModelFiles.open($0) }
    let vocabulary = try TokenizerForRun.find(self, files: files, rows: rows)
    let limit = files.flatMap { $0.configuration.positions == .learned ? $0.configuration.contextLength : nil }
    if let limit, configuration.contextLength > limit {
      throw TrainingError.value(
        key: "context_length", found: "\(configuration.contextLength)", expected: "at most \(limit) for this model")
    }
    let all = try encode(rows, vocabulary.tokenizer, configuration.contextLength)
    var (training, validation) = all.split(fraction: configuration.validationFraction, seed: configuration.seed)
    if let path = configuration.validationData {
      training = all
      validation = try encode(
        DataReader.rows(in: [path]), vocabulary.tokenizer, configuration.contextLength)
    }
    guard !training.isEmpty else {
      throw empty("these data give no sequence of two tokens or more to learn from")
    }

    let model: PlanModel
    if let files {
      model = PlanModel(files, decayAll: configuration.decayAll)
    } else {
      guard let tokenizer = vocabulary.tokenizer else {
        throw TrainingError.model(
          "A new model needs a tokenizer: rows of ids alone do not say how large its vocabulary is")
      }
      var new = configuration.model.configuration(
        vocabularySize: tokenizer.vocabularySize, contextLength: configuration.contextLength)
      new.bosTokenID = tokenizer.specialTokens.bos
      new.eosTokenIDs = tokenizer.specialTokens.eos.map { [$0] } ?? []
      try checkMemory(BlockPlan(new), training: training)
      let plan = BlockPlan(new)
      let slab = ParameterSlab(plan.parameters, decayAll: configuration.decayAll)
      slab.initialize(for: plan, seed: configuration.seed)
      model = PlanModel(plan: plan, parameters: slab)
    }
    if chatTemplate != nil, let end = vocabulary.tokenizer?.id(of: ChatMLEncoder.end) {
      model.addEndToken(end)
    }
    let highest = max(training.highestToken, validation?.highestToken ?? -1)
    guard Int(highest) < model.plan.configuration.vocabularySize else {
      throw TrainingError.data(
        file: configuration.data.joined(separator: ", "), line: nil,
        problem: "token id \(highest) is beyond the model's vocabulary of \(model.plan.configuration.vocabularySize)")
    }
    if files != nil { try checkMemory(model.plan, training: training) }
    return PreparedRun(
      model: model, tokenizer: vocabulary.tokenizer, tokenizerSource: vocabulary.source,
      tokenizerFiles: vocabulary.files, chatTemplate: chatTemplate ?? files?.chatTemplate, training: training,
      validation: validation.flatMap { $0.isEmpty ? nil : $0 },
      samplePrompts: try samplePrompts(rows, vocabulary.tokenizer, chat: chatTemplate != nil))
  }

  private func empty(_ problem: String) -> TrainingError {
    .data(file: configuration.data.joined(separator: ", "), line: nil, problem: problem)
  }

  /// The prompts of the configuration; where it has none, the beginning of the data.
  private func samplePrompts(
    _ rows: [DataRow], _ tokenizer: (any Tokenizer)?, chat: Bool
  ) throws -> [(text: String, ids: [TokenID])] {
    guard let tokenizer else { return [] }
    var texts = configuration.samplePrompts
    if texts.isEmpty {
      for row in rows.prefix(1) {
        switch row {
        case .text(let text): texts = [text.prefix(200).split(separator: " ").prefix(4).joined(separator: " ")]
        case .messages(let messages): texts = messages.first { $0.role == "user" }.map { [$0.content] } ?? []
        case .completion(let prompt, _): texts = [prompt]
        case .tokens: break
        }
      }
    }
    return try texts.map { text in
      let ids: [TokenID]
      if chat {
        ids = try ChatMLEncoder(tokenizer: tokenizer).prompt(for: text)
      } else {
        ids = try tokenizer.encode(text, addSpecialTokens: tokenizer.addsBOS, parseSpecialTokens: false)
      }
      return (text, ids)
    }.filter { !$0.ids.isEmpty }
  }

  /// Refuses what this machine's memory cannot hold: 16 bytes a parameter, and what a batch's activations take.
  private func checkMemory(_ plan: BlockPlan, training: TokenDataset) throws {
    let physical = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
    guard physical > 0 else { return }
    let c = plan.configuration
    let parameters = plan.parameters.reduce(0.0) { $0 + Double($1.count) } * 16
    let longest = training.sequences.reduce(0) { max($0, $1.count - 1) }
    let tokens = Double(min(configuration.batchSize, training.count)) * Double(longest)
    let perLayer = 8 * c.hiddenSize + 3 * c.intermediateSize + 4 * c.heads * c.headDimension
    let activations = tokens * Double(c.layers * perLayer + 4 * c.hiddenSize) * 4
    guard parameters + activations < 0.9 * Double(physical) else {
      let need = Int((parameters + activations) / 1e9) + 1
      throw TrainingError.model(
        "This run would need some \(need) GB of memory, and this machine has \(physical / 1_000_000_000) GB; "
          + "a smaller model, batch_size or context_length needs less")
    }
  }
}

extension PlanModel {
  /// Makes a token one of those that end a reply.
  func addEndToken(_ id: TokenID) {
    if !plan.configuration.eosTokenIDs.contains(id) { plan.configuration.eosTokenIDs.append(id) }
  }
}
