/// Everything a run says, and the only thing: one case a line of `train --json`, of the run's log, and a message to the
/// screen. Encoded flat, with the case's name under `event` (see `TrainingEvent+JSON.swift`).
public enum TrainingEvent: Sendable, Equatable {
  case start(Start)
  case step(Step)
  case validation(Validation)
  case sample(Sample)
  case checkpoint(Checkpoint)
  case alert(Alert)
  case change(Change)
  case done(Done)

  public struct Start: Sendable, Equatable, Codable {
    /// Seconds since 1970; nil in logs of earlier versions.
    public var wallTime: Double?
    public var run: String
    public var recipe: String
    public var out: String
    /// Optimizer steps the run will take in all, and the step it starts after (0, or where it resumed).
    public var totalSteps: Int
    public var resumedAt: Int
    public var parameters: Int
    public var trainableParameters: Int
    public var trainTokens: Int
    public var tokensPerStep: Int
    public var vocabularySize: Int
    /// Rows that were read; of these, cut at the context; and left out because nothing to learn was left in them.
    public var rows: Int
    public var rowsCut: Int
    public var rowsDropped: Int
    /// Sentences that the user should read: rows and files left out, settings without effect, tokens that were added.
    public var notes: [String]

    public init(
      run: String, recipe: String, out: String, totalSteps: Int, resumedAt: Int, parameters: Int,
      trainableParameters: Int, trainTokens: Int, tokensPerStep: Int, vocabularySize: Int, rows: Int = 0,
      rowsCut: Int = 0, rowsDropped: Int = 0, notes: [String] = []
    ) {
      self.run = run
      self.recipe = recipe
      self.out = out
      self.totalSteps = totalSteps
      self.resumedAt = resumedAt
      self.parameters = parameters
      self.trainableParameters = trainableParameters
      self.trainTokens = trainTokens
      self.tokensPerStep = tokensPerStep
      self.vocabularySize = vocabularySize
      self.rows = rows
      self.rowsCut = rowsCut
      self.rowsDropped = rowsDropped
      self.notes = notes
    }
  }

  /// After each optimizer step.
  public struct Step: Sendable, Equatable, Codable {
    /// Seconds since 1970; nil in logs of earlier versions.
    public var wallTime: Double?
    /// Counted from 1.
    public var step: Int
    public var epoch: Double
    /// Tokens read so far.
    public var tokens: Int
    /// Before this step's update, averaged over supervised tokens, in nats.
    public var loss: Double
    public var perplexity: Double
    public var lr: Double
    /// Before clipping.
    public var gradNorm: Double
    public var tokensPerSecond: Double
    public var elapsedSeconds: Double
    /// Resident memory of the process.
    public var memoryBytes: Int

    public init(
      step: Int, epoch: Double, tokens: Int, loss: Double, perplexity: Double, lr: Double, gradNorm: Double,
      tokensPerSecond: Double, elapsedSeconds: Double, memoryBytes: Int
    ) {
      self.step = step
      self.epoch = epoch
      self.tokens = tokens
      self.loss = loss
      self.perplexity = perplexity
      self.lr = lr
      self.gradNorm = gradNorm
      self.tokensPerSecond = tokensPerSecond
      self.elapsedSeconds = elapsedSeconds
      self.memoryBytes = memoryBytes
    }
  }

  public struct Validation: Sendable, Equatable, Codable {
    /// Seconds since 1970; nil in logs of earlier versions.
    public var wallTime: Double?
    public var step: Int
    public var loss: Double
    public var perplexity: Double
    public var best: Bool

    public init(step: Int, loss: Double, perplexity: Double, best: Bool) {
      self.step = step
      self.loss = loss
      self.perplexity = perplexity
      self.best = best
    }
  }

  public struct Sample: Sendable, Equatable, Codable {
    /// Seconds since 1970; nil in logs of earlier versions.
    public var wallTime: Double?
    public var step: Int
    public var prompt: String
    public var text: String

    public init(step: Int, prompt: String, text: String) {
      self.step = step
      self.prompt = prompt
      self.text = text
    }
  }

  public struct Checkpoint: Sendable, Equatable, Codable {
    /// Seconds since 1970; nil in logs of earlier versions.
    public var wallTime: Double?
    public var step: Int
    public var path: String
    public var best: Bool

    public init(step: Int, path: String, best: Bool) {
      self.step = step
      self.path = path
      self.best = best
    }
  }

  public struct Alert: Sendable, Equatable, Codable {
    /// Seconds since 1970; nil in logs of earlier versions.
    public var wallTime: Double?
    public enum Kind: String, Sendable, Codable {
      case nonFinite = "non_finite"
      case spike, divergence, plateau, overfitting, stall
      /// One of the notes a run begins with.
      case notice
      /// Nothing can be saved just now: the run waits and tries again. It could again.
      case unsaved, saved
      /// The run's folder is not where it was.
      case moved
      /// A checkpoint that cannot be used, or data that are not those the run began with.
      case damaged
      case dataChanged = "data_changed"
    }
    public var step: Int
    public var kind: Kind
    public var message: String

    public init(step: Int, kind: Kind, message: String) {
      self.step = step
      self.kind = kind
      self.message = message
    }
  }

  /// A setting that is another from here on: by `--resume RUN --set`, or from the keyboard.
  public struct Change: Sendable, Equatable, Codable {
    /// Seconds since 1970.
    public var wallTime: Double?
    public var key: String
    /// As the settings are written; empty for what was not set.
    public var from: String
    public var to: String
    /// Steps taken under the former one.
    public var step: Int

    public init(key: String, from: String, to: String, step: Int) {
      self.key = key
      self.from = from
      self.to = to
      self.step = step
    }
  }

  public struct Done: Sendable, Equatable, Codable {
    /// Seconds since 1970; nil in logs of earlier versions.
    public var wallTime: Double?
    public enum Reason: String, Sendable, Codable {
      case finished, stopped, failed
      case earlyStopping = "early_stopping"
    }
    public var reason: Reason
    /// Where the final model lies.
    public var out: String
    public var step: Int
    public var loss: Double?
    public var validationLoss: Double?
    /// The best evaluation and its step, where there was one: the model in `final/` is the one of that step.
    public var bestStep: Int?
    public var bestLoss: Double?
    /// Seconds of training, over all parts of a run that was resumed.
    public var elapsedSeconds: Double?
    /// One sentence: why it failed, or who stopped it.
    public var message: String?

    public init(
      reason: Reason, out: String, step: Int, loss: Double? = nil, validationLoss: Double? = nil, message: String? = nil
    ) {
      self.reason = reason
      self.out = out
      self.step = step
      self.loss = loss
      self.validationLoss = validationLoss
      self.message = message
    }
  }

  /// Seconds since 1970 when it was said; nil in logs of earlier versions.
  public var wallTime: Double? {
    get {
      switch self {
      case .start(let e): e.wallTime
      case .step(let e): e.wallTime
      case .validation(let e): e.wallTime
      case .sample(let e): e.wallTime
      case .checkpoint(let e): e.wallTime
      case .alert(let e): e.wallTime
      case .change(let e): e.wallTime
      case .done(let e): e.wallTime
      }
    }
    set {
      func timed<E>(_ event: E, _ key: WritableKeyPath<E, Double?>) -> E {
        var event = event
        event[keyPath: key] = newValue
        return event
      }
      switch self {
      case .start(let e): self = .start(timed(e, \.wallTime))
      case .step(let e): self = .step(timed(e, \.wallTime))
      case .validation(let e): self = .validation(timed(e, \.wallTime))
      case .sample(let e): self = .sample(timed(e, \.wallTime))
      case .checkpoint(let e): self = .checkpoint(timed(e, \.wallTime))
      case .alert(let e): self = .alert(timed(e, \.wallTime))
      case .change(let e): self = .change(timed(e, \.wallTime))
      case .done(let e): self = .done(timed(e, \.wallTime))
      }
    }
  }

  /// The step it belongs to; nil for a start.
  public var step: Int? {
    switch self {
    case .start: nil
    case .step(let e): e.step
    case .validation(let e): e.step
    case .sample(let e): e.step
    case .checkpoint(let e): e.step
    case .alert(let e): e.step
    case .change(let e): e.step
    case .done(let e): e.step
    }
  }
}
