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
  }

  public struct Validation: Sendable, Equatable, Codable {
    public var step: Int
    public var loss: Double
    public var perplexity: Double
    public var best: Bool
  }

  public struct Sample: Sendable, Equatable, Codable {
    public var step: Int
    public var prompt: String
    public var text: String
  }

  public struct Checkpoint: Sendable, Equatable, Codable {
    public var step: Int
    public var path: String
    public var best: Bool
  }

  public struct Alert: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable {
      case nonFinite = "non_finite"
      case spike, divergence, plateau, overfitting, stall
    }
    public var step: Int
    public var kind: Kind
    public var message: String
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
  }
}
