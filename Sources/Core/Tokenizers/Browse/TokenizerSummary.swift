/// What a tokenizer is, in words and figures.
public struct TokenizerSummary: Sendable {
  /// A stage of the pipeline.
  public struct Stage: Sendable, Equatable {
    public var kind: TokenizationExplanation.Stage.Kind
    /// As tokenizer.json calls it.
    public var name: String
    /// What it does, in plain words.
    public var summary: String
  }

  /// A token that text only becomes where special tokens are parsed, or that was added to the vocabulary.
  public struct SpecialToken: Sendable, Equatable {
    public var id: TokenID
    public var written: String
    public var kind: TokenKind
    public var roles: [TokenRole]
  }

  public var name: String
  /// "byte-level BPE", "BPE", "WordPiece", "Unigram", "WordLevel"; "other" for a tokenizer without stages.
  public var kind: String
  /// Ids run from 0 to one less than this.
  public var vocabularySize: Int
  /// How many merges it has; nil for kinds without.
  public var merges: Int?
  public var stages: [Stage]
  /// Added, control and unknown tokens, and those with a role, by id.
  public var specialTokens: [SpecialToken]
  public var fillInTheMiddle: FillInTheMiddleTokens?
  /// Whether a prompt begins with BOS.
  public var addsBOS: Bool

  public init(_ tokenizer: any Tokenizer) {
    name = tokenizer.name
    vocabularySize = tokenizer.vocabularySize
    fillInTheMiddle = tokenizer.specialTokens.fillInTheMiddle
    addsBOS = tokenizer.addsBOS
    kind = "other"
    stages = []
    var ids = Set<TokenID>()
    if let pipeline = tokenizer as? PipelineTokenizer {
      let model = pipeline.stages.model
      let traced = model as? any TracedModel
      let modelName = traced?.stageName ?? String(describing: type(of: model))
      kind = pipeline.stages.isByteLevel && modelName == "BPE" ? "byte-level BPE" : modelName
      merges = (model as? BPEModel)?.merges.count
      stages = Self.stages(pipeline, modelName, traced)
      ids.formUnion(pipeline.stages.added.tokens.map(\.id))
    }
    let special = tokenizer.specialTokens
    ids.formUnion([special.bos, special.eos, special.padding, special.unknown].compactMap { $0 })
    ids.formUnion(special.endOfGeneration)
    let kinds = TokenKinds(tokenizer)
    specialTokens = ids.sorted().map { id in
      SpecialToken(id: id, written: tokenizer.token(of: id) ?? "", kind: kinds.kind(of: id), roles: kinds.roles(of: id))
    }
  }

  private static func stages(
    _ pipeline: PipelineTokenizer, _ modelName: String, _ traced: (any TracedModel)?
  ) -> [Stage] {
    let parts = pipeline.stages
    var stages: [Stage] = []
    if !parts.added.tokens.isEmpty {
      let count = parts.added.tokens.count
      stages.append(
        Stage(
          kind: .addedTokens, name: "Added tokens",
          summary:
            "Cuts \(count == 1 ? "one token" : "\(count) tokens") out of the text before anything else looks at it."))
    }
    stages += (parts.normalizer?.flattened ?? []).map {
      Stage(kind: .normalizer, name: $0.description.name, summary: $0.description.summary)
    }
    stages += (parts.preTokenizer?.flattened ?? []).map {
      Stage(kind: .preTokenizer, name: $0.description.name, summary: $0.description.summary)
    }
    stages.append(Stage(kind: .model, name: modelName, summary: traced?.stageSummary ?? "Turns pieces into tokens."))
    if let post = parts.postProcessor {
      func list(_ ids: [TokenID]) -> String { ids.map { pipeline.token(of: $0) ?? "\($0)" }.joined(separator: " ") }
      var deeds: [String] = []
      if !post.prefix.isEmpty { deeds.append("puts \(list(post.prefix)) before a text") }
      if !post.suffix.isEmpty { deeds.append("puts \(list(post.suffix)) after a text") }
      if !deeds.isEmpty {
        stages.append(Stage(kind: .postProcessor, name: "Special tokens", summary: sentence(deeds)))
      }
    }
    return stages
  }
}
