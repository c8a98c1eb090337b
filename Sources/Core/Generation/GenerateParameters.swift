/// How tokens are drawn. The order of application: penalties, temperature, top-k, top-p, min-p, draw.
public struct GenerateParameters: Sendable, Equatable, Codable {
  /// 0 is greedy: the exact argmax, lowest id on a tie.
  public var temperature: Float = 0.8
  /// Keep the k most likely; 0 keeps all.
  public var topK = 40
  /// Keep the smallest set whose probability reaches p; 1 keeps all.
  public var topP: Float = 0.95
  /// Keep tokens at least this fraction as likely as the most likely one; 0 keeps all.
  public var minP: Float = 0.05
  /// Logits of tokens seen in prompt or reply are divided (if positive) or multiplied by this; 1 is off.
  public var repetitionPenalty: Float = 1
  /// Taken from a logit for each time the token stands in the reply.
  public var frequencyPenalty: Float = 0
  /// Taken from a logit when the token stands in the reply at all.
  public var presencePenalty: Float = 0
  /// nil draws a fresh one for each reply.
  public var seed: UInt64?
  /// nil: to the end token or a full context.
  public var maxTokens: Int?
  /// A reply ends before the first of these.
  public var stop: [String] = []
  /// Go on through the end token.
  public var ignoreEndOfSequence = false
  /// How many alternatives to report for each token, 0 … 64.
  public var topLogprobs = 0

  public init() {}

  public static var greedy: GenerateParameters {
    var p = GenerateParameters()
    p.temperature = 0
    return p
  }
}
