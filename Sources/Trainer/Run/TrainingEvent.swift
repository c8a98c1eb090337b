/// Everything a run says, and the only thing: one case a line of `train --json`, of the run's log, and a message to the
/// screen. Encoded flat, with the case's name under `event` (see `TrainingEvent+JSON.swift`).
public enum TrainingEvent: Sendable, Equatable {
  case start(Start)
  case step(Step)
  case validation(Validation)
  case sample(Sample)
  case checkpoint(Checkpoint)
  case alert(Alert)
  case done(Done)

  public struct Start: Sendable, Equatable, Codable {
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
    public enum Kind: String, Sendable, Codable {
      case nonFinite = "non_finite"
      case spike, divergence, plateau, overfitting, stall
      /// One of the notes a run begins with.
      case notice
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

  public struct Done: Sendable, Equatable, Codable {
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
    /// One sentence, for `failed`.
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
}
