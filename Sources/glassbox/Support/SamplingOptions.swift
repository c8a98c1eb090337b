import ArgumentParser
import Core

/// How tokens are drawn. Each is also a key of a request.
struct SamplingOptions: ParsableArguments {
  @Option(name: [.customShort("n"), .long], help: "The most tokens to generate.")
  var maxTokens: Int?
  @Option(help: "0 is greedy.")
  var temperature: Float?
  @Option(help: "Keep the k most likely tokens; 0 keeps all.")
  var topK: Int?
  @Option(help: "Keep the most likely tokens up to this probability; 1 keeps all.")
  var topP: Float?
  @Option(help: "Keep tokens at least this fraction as likely as the most likely; 0 keeps all.")
  var minP: Float?
  @Option(help: "Make tokens of prompt and reply less likely; 1 is off.")
  var repetitionPenalty: Float?
  @Option(help: "Taken from a token's logit for each time it stands in the reply.")
  var frequencyPenalty: Float?
  @Option(help: "Taken from a token's logit once it stands in the reply.")
  var presencePenalty: Float?
  @Option(help: "The same seed draws the same tokens.")
  var seed: UInt64?
  @Option(help: "End the reply before this text (repeatable).")
  var stop: [String] = []
  @Flag(help: "Go on through the end token.")
  var ignoreEos = false
  @Option(help: "Also tell the N most likely tokens at each place, up to 64.")
  var topLogprobs: Int?

  /// - Parameter maxTokens: where none is given.
  func parameters(maxTokens defaultMaximum: Int?) throws -> GenerateParameters {
    var p = GenerateParameters()
    p.maxTokens = maxTokens ?? defaultMaximum
    if let temperature { p.temperature = temperature }
    if let topK { p.topK = topK }
    if let topP { p.topP = topP }
    if let minP { p.minP = minP }
    if let repetitionPenalty { p.repetitionPenalty = repetitionPenalty }
    if let frequencyPenalty { p.frequencyPenalty = frequencyPenalty }
    if let presencePenalty { p.presencePenalty = presencePenalty }
    p.seed = seed
    p.stop = stop
    p.ignoreEndOfSequence = ignoreEos
    if let topLogprobs { p.topLogprobs = topLogprobs }
    return p
  }

  func validate() throws {
    do {
      try parameters(maxTokens: nil).check()
    } catch let error as InputError {
      throw ValidationError(error.description)
    }
  }
}

extension GenerateParameters {
  /// With what a request says put over it.
  func applying(_ request: Request) throws -> GenerateParameters {
    var p = self
    if let value = try request.int("max_tokens") { p.maxTokens = value }
    if let value = try request.float("temperature") { p.temperature = value }
    if let value = try request.int("top_k") { p.topK = value }
    if let value = try request.float("top_p") { p.topP = value }
    if let value = try request.float("min_p") { p.minP = value }
    if let value = try request.float("repetition_penalty") { p.repetitionPenalty = value }
    if let value = try request.float("frequency_penalty") { p.frequencyPenalty = value }
    if let value = try request.float("presence_penalty") { p.presencePenalty = value }
    if let value = try request.int("seed") { p.seed = UInt64(bitPattern: Int64(value)) }
    if let value = try request.strings("stop") { p.stop = value }
    if let value = try request.bool("ignore_eos") { p.ignoreEndOfSequence = value }
    if let value = try request.int("top_logprobs") { p.topLogprobs = value }
    try p.check()
    return p
  }

  func check() throws {
    func need(_ holds: Bool, _ sentence: String) throws { if !holds { throw InputError(sentence) } }
    try need((0...1_000_000).contains(maxTokens ?? 0), "max-tokens must be from 0 to 1000000.")
    try need(temperature.isFinite && temperature >= 0, "temperature must be 0 or more.")
    try need(topK >= 0, "top-k must be 0 or more.")
    try need(topP > 0 && topP <= 1, "top-p must be above 0 and at most 1.")
    try need(minP >= 0 && minP <= 1, "min-p must be from 0 to 1.")
    try need(repetitionPenalty.isFinite && repetitionPenalty > 0, "repetition-penalty must be above 0.")
    try need(frequencyPenalty.isFinite && presencePenalty.isFinite, "Penalties must be finite numbers.")
    try need((0...64).contains(topLogprobs), "top-logprobs must be from 0 to 64.")
  }
}
