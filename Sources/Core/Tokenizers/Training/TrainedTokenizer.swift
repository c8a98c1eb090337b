/// What a training has learned. The files it is saved as are made on demand.
public struct TrainedTokenizer: Sendable {
  public let options: TokenizerTrainingOptions
  /// Every token as the vocabulary writes it, in UTF-8, by id; special ones included.
  public let tokens: [[UInt8]]
  /// Log-probabilities by id, for a unigram model; SentencePiece's ranks for its BPE; else empty.
  public let scores: [Double]
  /// Merges in order, as written; no pair stands twice.
  public let merges: [(left: [UInt8], right: [UInt8])]
  /// The id of each special token.
  public let specialIDs: [TokenID]

  /// The tokenizer itself, as its tokenizer.json reads.
  /// - Throws: ``FormatError``.
  public func tokenizer() throws -> any Tokenizer { try TokenizerLoader.load(json: json(), name: options.name) }

  /// The text of a tokenizer.json, which Hugging Face's `tokenizers` loads with equal ids.
  public func json() -> [UInt8] { TokenizerJSONWriter(self).bytes() }
}
