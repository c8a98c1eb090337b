import Core

/// Everything a run is told: the keys of the command line, of a TOML file and of the form are the same and are listed
/// once, in ``ConfigurationKey``.
public struct TrainingConfiguration: Sendable, Equatable, Codable {
  public enum Schedule: String, Sendable, Codable, CaseIterable {
    case constant, linear, cosine, wsd
  }
  public enum OptimizerKind: String, Sendable, Codable, CaseIterable {
    case adamw, sgd
  }

  public var recipe = "pretrain"
  /// Files and folders of training data.
  public var data: [String] = []
  /// The run's folder; nil: one of its own under ``RunStore/defaultFolder``.
  public var out: String?
  /// The model to continue from; nil: a new one of `model`'s sizes.
  public var base: String?

  /// Optimizer steps; nil: as many as `epochs` takes.
  public var steps: Int?
  public var epochs = 1.0
  /// Sequences in one forward pass.
  public var batchSize = 16
  /// Longest sequence, in tokens.
  public var contextLength = 256
  /// Batches whose gradients are averaged before an update.
  public var accumulation = 1

  public var learningRate = 3e-4
  /// Steps of linear warm-up; nil: 2 % of the run.
  public var warmupSteps: Int?
  public var schedule = Schedule.cosine
  public var minLearningRateRatio = 0.1
  public var weightDecay = 0.01
  /// Decay norms, biases and embeddings too, as PyTorch's plain AdamW does.
  public var decayAll = false
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  /// Largest norm of the gradient; 0: no clipping.
  public var gradientClip = 1.0
  public var optimizer = OptimizerKind.adamw

  public var seed: UInt64 = 1
  public var shuffle = true
  public var dtype = "f32"
  /// nil: as many as cores.
  public var threads: Int?

  public var validationFraction = 0.05
  public var validationData: String?
  /// Steps between evaluations, checkpoints and samples; 0: never (but the end); nil: some twenty, ten and ten a run.
  public var evaluateEvery: Int?
  public var saveEvery: Int?
  public var sampleEvery: Int?
  public var samplePrompts: [String] = []
  /// Evaluations without a better loss before the run ends; 0: never.
  public var earlyStoppingPatience = 0

  public var tokenizer: String?
  public var model = NewModel()

  /// The sizes of a new model; what is not given follows from `hiddenSize`.
  public struct NewModel: Sendable, Equatable, Codable {
    public var layers = 4
    public var hiddenSize = 256
    public var intermediateSize: Int?
    public var heads: Int?
    public var keyValueHeads: Int?
    /// rope goes with rms norms (Llama), learned with layer norms (GPT-2).
    public var positions: PositionKind?
    public var norm: NormKind?
    public var activation: Activation?
    public var tied = true
    /// Tokens of a tokenizer trained on the data, where none is given.
    public var vocabularySize = 4096
    public init() {}
  }

  public init() {}

  /// A configuration with the defaults of a recipe.
  /// - Throws: ``TrainingError/value(key:found:expected:)`` for a recipe that is not there.
  public init(recipe name: String) throws {
    self.init()
    let recipe = try RecipeRegistry.recipe(named: name)
    self.recipe = name
    recipe.applyDefaults(to: &self)
  }

  /// A configuration from `key=value` pairs, over the defaults of the recipe among them (`pretrain` where none is).
  public init(settings: [(key: String, value: String)]) throws {
    try self.init(recipe: settings.last { $0.key == "recipe" }?.value ?? "pretrain")
    try apply(settings)
  }

  /// Sets several keys over what is set. Of two keys that say the same in two ways, the one given now counts.
  /// - Throws: ``TrainingError``, also where both are given now.
  public mutating func apply(_ settings: [(key: String, value: String)]) throws {
    try Self.checkAlternatives(settings.map(\.key))
    for (key, value) in settings { try set(key, value) }
    if settings.contains(where: { $0.key == "epochs" }) { steps = nil }
  }

  /// Keys of which only one can be obeyed.
  static func checkAlternatives(_ keys: [String]) throws {
    for (one, other) in [("steps", "epochs"), ("validation_fraction", "validation_data")]
    where keys.contains(one) && keys.contains(other) {
      throw TrainingError.alternatives(one, other)
    }
  }

  /// Checks what no single key can: everything a run needs is there and fits together.
  public func validate() throws {
    try RecipeRegistry.recipe(named: recipe).validate(self)
    guard !data.isEmpty else {
      throw TrainingError.value(key: "data", found: "", expected: "a file or folder of training data")
    }
    if base == nil { try model.validate() }
  }
}
