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

  /// Rows as sequences; conversations and completions by the encoder, where there is a tokenizer.
  typealias Encode = (
    [DataRow], (any Tokenizer)?, ConversationEncoder?, _ contextLength: Int
  ) throws -> EncodedRows

  /// A decoder on token sequences: data read, tokenizer found or trained, rows encoded, model made or loaded.
  /// - Parameter learnsReplies: replies alone are learnt, so that what ends a reply is what the model ends with.
  func decoder(learnsReplies: Bool, encode: Encode) throws -> PreparedRun {
    let data = try DataReader.read(configuration.data)
    let rows = data.rows
    var notes = data.remarks
    guard !rows.isEmpty else {
      let reason = data.skipped.first.map { "no row can be learnt from: \($0.reason)" }
      throw empty(reason ?? "there is no text in these data")
    }
    let held = try configuration.validationData.map { try DataReader.read([$0]) }
    notes += held?.remarks.map { "validation_data: " + $0 } ?? []
    let source = try checkpoint ?? configuration.base.map { try ModelRegistry.resolve($0) }
    let files = try source.map { try ModelFiles.open($0) }
    var vocabulary = try TokenizerForRun.find(self, files: files, rows: rows)
    let limit = files.flatMap { $0.configuration.positions == .learned ? $0.configuration.contextLength : nil }
    if let limit, configuration.contextLength > limit {
      throw TrainingError.value(
        key: "context_length", found: "\(configuration.contextLength)", expected: "at most \(limit) for this model")
    }

    let kinds = RowKinds(rows + (held?.rows ?? []))
    let chat =
      try kinds.hasConversations
      ? RunTemplate.find(own: files?.chatTemplate, vocabulary: &vocabulary, notes: &notes) : nil
    let tokenizer = vocabulary.tokenizer
    let textEnd = tokenizer.flatMap { tokenizer in
      let eos = tokenizer.specialTokens.eos
      return learnsReplies ? chat?.end ?? eos : tokenizer.id(of: TextSeparator.text) ?? eos
    }
    let end = kinds.hasTexts || chat == nil ? (kinds.hasOnlyIDs ? nil : textEnd) : chat?.end
    try vocabulary.settle(end: end)
    let encoder = tokenizer.map {
      ConversationEncoder(template: chat?.template ?? .chatml, tokenizer: $0, end: textEnd)
    }

    let encoded = try encode(rows, tokenizer, encoder, configuration.contextLength)
    if encoded.refused > 0, let reason = encoded.refusal {
      notes.append("\(count(encoded.refused, "row")) left out: \(reason)")
    }
    var (training, validation) = encoded.dataset.split(
      fraction: configuration.validationFraction, seed: configuration.seed)
    if let held {
      training = encoded.dataset
      let others = try encode(held.rows, tokenizer, encoder, configuration.contextLength)
      validation = others.dataset
      if others.dataset.isEmpty {
        notes.append("validation_data: " + others.reasonForNothing(contextLength: configuration.contextLength))
      }
    }
    guard !training.isEmpty else {
      throw empty(encoded.reasonForNothing(contextLength: configuration.contextLength))
    }
    notes += remarks(hasValidation: validation?.isEmpty == false, files: files)

    let model = try model(files: files, vocabulary: vocabulary, training: training)
    if let end { model.plan.configuration.eosTokenIDs = [end] }
    let highest = max(training.highestToken, validation?.highestToken ?? -1)
    guard Int(highest) < model.plan.configuration.vocabularySize else {
      throw TrainingError.data(
        file: configuration.data.joined(separator: ", "), line: nil,
        problem: "token id \(highest) is beyond the model's vocabulary of \(model.plan.configuration.vocabularySize)")
    }
    if files != nil { try checkMemory(model.plan, training: training) }
    return PreparedRun(
      model: model, tokenizer: tokenizer, tokenizerFiles: vocabulary.files?.files ?? [],
      chatTemplate: chat?.jinja ?? files?.chatTemplate, training: training,
      validation: validation.flatMap { $0.isEmpty ? nil : $0 },
      samplePrompts: try samplePrompts(rows, tokenizer, chat: learnsReplies && chat != nil ? encoder : nil),
      rows: data.rowCount, rowsCut: encoded.cut, rowsDropped: encoded.dropped, notes: notes)
  }

  /// A new model, or a loaded one, with a row of the embedding for each token of the vocabulary.
  private func model(files: ModelFiles?, vocabulary: TokenizerForRun, training: TokenDataset) throws -> PlanModel {
    if let files {
      // Rows beyond the file's are those of tokens that were added for this run.
      let size = vocabulary.hasGrown ? vocabulary.tokenizer?.vocabularySize ?? 0 : 0
      return PlanModel(files, decayAll: configuration.decayAll, vocabularySize: size, seed: configuration.seed)
    }
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
    return PlanModel(plan: plan, parameters: slab)
  }

  /// Settings that cannot have an effect in this run, and what others must know of its model.
  private func remarks(hasValidation: Bool, files: ModelFiles?) -> [String] {
    var notes: [String] = []
    let isContinued = configuration.base != nil
    if isContinued, configuration.model != TrainingConfiguration.NewModel() {
      notes.append("the model.* keys describe a new model: this run goes on from base, so they have no effect")
    } else if !isContinued, configuration.tokenizer != nil,
      configuration.model.vocabularySize != TrainingConfiguration.NewModel().vocabularySize
    {
      notes.append("model.vocabulary is the size of a tokenizer trained on the data: with 'tokenizer' it has no effect")
    }
    if !isContinued, let note = configuration.model.note { notes.append(note) }
    if configuration.earlyStoppingPatience > 0, !hasValidation || configuration.evaluateEvery == 0 {
      notes.append("early_stopping_patience has no effect: there are no evaluations in this run")
    }
    return notes
  }

  private func empty(_ problem: String) -> TrainingError {
    .data(file: configuration.data.joined(separator: ", "), line: nil, problem: problem)
  }

  /// The prompts of the configuration; where it has none, the beginning of the data.
  private func samplePrompts(
    _ rows: [DataRow], _ tokenizer: (any Tokenizer)?, chat: ConversationEncoder?
  ) throws -> [(text: String, ids: [TokenID])] {
    guard let tokenizer else { return [] }
    var texts = configuration.samplePrompts
    if texts.isEmpty {
      for row in rows.prefix(1) {
        switch row {
        case .text(let text): texts = [text.prefix(200).split(separator: " ").prefix(4).joined(separator: " ")]
        case .messages(let messages): texts = messages.first { $0.role == .user }.map { [$0.content] } ?? []
        case .completion(let prompt, _): texts = [prompt]
        case .tokens: break
        }
      }
    }
    return try texts.map { text in
      // A template that cannot begin with a user's turn alone gets the text as it is.
      if let ids = chat.flatMap({ try? $0.prompt(for: text) }) { return (text, ids) }
      return (text, try tokenizer.encode(text, addSpecialTokens: tokenizer.addsBOS, parseSpecialTokens: false))
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
    // Asked now, since a step cannot fail in its middle: with a layer's gradients, the logits that stand at once, and what
    // threads and files take.
    let logits = Double(max(1 << 23, 16 * c.vocabularySize)) * 4
    let whole = (parameters + activations + tokens * Double(perLayer) * 4 + logits) * 1.25 + Double(128 << 20)
    try OutOfMemory.check(Int(min(whole, 1e18)), for: "parameters, gradients, moments and a batch's activations")
  }
}

/// What kinds of rows there are.
private struct RowKinds {
  var hasConversations = false
  var hasTexts = false
  var hasOnlyIDs = true

  init(_ rows: [DataRow]) {
    for row in rows {
      switch row {
      case .messages: hasConversations = true
      case .text: hasTexts = true
      case .completion: break
      case .tokens: continue
      }
      hasOnlyIDs = false
    }
  }
}
