import Core

/// The tokenizer of a run: given, the model's own, or one trained on the data.
struct TokenizerForRun {
  var tokenizer: (any Tokenizer)?
  var source: TokenizerSource?
  var files: [(name: String, bytes: [UInt8])] = []

  static func find(_ preparation: RunPreparation, files: ModelFiles?, rows: [DataRow]) throws -> TokenizerForRun {
    if let given = preparation.tokenizer { return TokenizerForRun(tokenizer: given) }
    let needsOne = rows.contains { if case .tokens = $0 { false } else { true } }
    guard needsOne else { return TokenizerForRun(source: files?.tokenizerSource) }
    throw TrainingError.model("there is no tokenizer")
  }
}
