/// Compares a written model with the one it was written from.
struct ConversionCheck {
  private let original: ModelFiles
  private let tokenizer: (any Tokenizer)?
  private let ids: [TokenID]
  private let logits: [Float]

  /// Runs the original on a short prompt.
  /// - Throws: ``FormatError`` and ``EngineError``, as opening and running a model do.
  init(_ original: ModelFiles) throws {
    self.original = original
    tokenizer = try original.tokenizerSource.map(TokenizerLoader.load)
    let size = original.configuration.vocabularySize
    let text = try tokenizer?.encode("The quick brown fox jumps over the lazy dog.", addSpecialTokens: true) ?? []
    let known = text.filter { $0 >= 0 && Int($0) < size }.prefix(Self.length)
    let most = max(1, min(Self.length, original.configuration.contextLength))
    ids = Array((known.isEmpty ? (0..<Self.length).map { TokenID(($0 * 7919 + 1) % size) }[...] : known).prefix(most))
    logits = try Self.run(original, ids)
  }

  private static let length = 12

  private static func run(_ files: ModelFiles, _ ids: [TokenID]) throws -> [Float] {
    let values = files.plan.parameters.reduce(0) { $0 + $1.count }
    let pool = ThreadPool(threads: ThreadPool.processors)
    // In single precision as far as that takes no gigabytes.
    let weights = try WeightStore(files, exact: values < 1 << 28, pool: pool)
    let engine = Engine(weights: weights, pool: pool, cache: .f32, context: max(ids.count, 1))
    let logits = try engine.step([SequenceSlice(tokens: ids, pages: engine.makePages())]).array(0)
    try files.source.checkUnchanged()
    return logits
  }

  /// - Parameters:
  ///   - written: the new file or folder under its temporary name.
  ///   - type: of its matrices.
  ///   - output: the name it will have, for messages.
  /// - Throws: ``WriteError`` naming the first difference.
  func compare(_ written: String, type: TensorType, output: String) throws {
    try original.source.checkUnchanged()
    let files = try ModelFiles.open(written)
    let format = files.format == .gguf ? "GGUF" : "Hugging Face's format"
    if let difference = ModelDifference.first(original.plan, files.plan) {
      throw WriteError(path: output, reason: difference.sentence(in: format))
    }
    let new = try files.tokenizerSource.map(TokenizerLoader.load)
    guard (tokenizer == nil) == (new == nil) else {
      throw WriteError(path: output, reason: "its tokenizer would be lost")
    }
    if let tokenizer, let new {
      let template = original.chatTemplate ?? ""
      if let difference = TokenizerAgreement.difference(tokenizer, new, texts: [template]) {
        throw WriteError(path: output, reason: difference)
      }
    }
    try compareEnds(files, output)
    guard files.chatTemplate == original.chatTemplate else {
      throw WriteError(path: output, reason: "its chat template would be another one")
    }
    try compareLogits(try Self.run(files, ids), type, output)
  }

  private func compareEnds(_ files: ModelFiles, _ output: String) throws {
    let known = tokenizer?.specialTokens.endOfGeneration ?? []
    let wanted = known.union(original.configuration.eosTokenIDs)
    let found = known.union(files.configuration.eosTokenIDs)
    guard wanted == found else {
      throw WriteError(
        path: output,
        reason: "replies would end at the tokens \(found.sorted()), not \(wanted.sorted()): there is no place for more")
    }
  }

  /// The root mean square of the differences, beside that of the logits around their mean. What is allowed is what
  /// rounding to a type makes at most; another model is at 1 and above.
  private func compareLogits(_ new: [Float], _ type: TensorType, _ output: String) throws {
    guard logits.allSatisfy(\.isFinite) else {
      // Nothing to compare with: a model of numbers that are not finite stays one.
      return
    }
    let mean = logits.reduce(0) { $0 + Double($1) } / Double(max(1, logits.count))
    var spread = 0.0
    var error = 0.0
    for (a, b) in zip(logits, new) {
      spread += (Double(a) - mean) * (Double(a) - mean)
      error += (Double(a) - Double(b)) * (Double(a) - Double(b))
    }
    let allowed: Double =
      switch type {
      case .f32: 0.02
      case .f16: 0.05
      case .bf16, .q8_0: 0.15
      default: 0.7
      }
    let ratio = (error / max(spread, 1e-30)).squareRoot()
    guard new.count == logits.count, ratio <= allowed || error == 0 else {
      throw WriteError(
        path: output,
        reason: "what was written gives other logits than the model (\(ratio) of their spread apart); it was not kept")
    }
  }
}
