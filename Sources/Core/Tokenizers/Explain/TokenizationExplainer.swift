/// Explains what a tokenizer does: runs its plain stages one by one and keeps what each made of the text.
///
/// Immutable and safe to use from any thread. The first use of a SentencePiece BPE vocabulary reads through it once.
public struct TokenizationExplainer: Sendable {
  /// The most of a text that is explained at once, in bytes.
  public static let defaultLimit = 1 << 16
  /// The longest word that is traced, in bytes.
  public static let defaultWordLimit = 256

  public let tokenizer: any Tokenizer

  public init(_ tokenizer: any Tokenizer) { self.tokenizer = tokenizer }

  /// Explains a text.
  /// - Parameters:
  ///   - utf8: the text; ill-formed sequences count as U+FFFD.
  ///   - limit: no more than this many bytes are explained, up to a character's end.
  /// - Throws: ``TokenizationError``.
  public func explain(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool = false, parseSpecialTokens: Bool = true,
    limit: Int = defaultLimit
  ) throws -> TokenizationExplanation {
    var end = min(utf8.count, max(0, limit))
    while end < utf8.count, end > 0, utf8[end] & 0xC0 == 0x80 { end -= 1 }
    let text = UnsafeBufferPointer(rebasing: utf8[..<end])
    guard let pipeline = tokenizer as? PipelineTokenizer else {
      return try opaque(text, addSpecialTokens, parseSpecialTokens)
    }
    var run = ExplanationRun(pipeline, text: text)
    try run.explain(parsesSpecial: parseSpecialTokens, addsSpecial: addSpecialTokens)
    return run.result
  }

  public func explain(
    _ text: String, addSpecialTokens: Bool = false, parseSpecialTokens: Bool = true, limit: Int = defaultLimit
  ) throws -> TokenizationExplanation {
    var text = text
    return try text.withUTF8 {
      try explain(
        utf8: $0, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens, limit: limit)
    }
  }

  /// How the model comes to the tokens of one word of an explanation.
  /// - Parameters:
  ///   - word: ``TokenizationExplanation/Word/text``: what the model gets after the stages before it.
  ///   - limit: longer words, in bytes, are not traced.
  /// - Returns: nil for a tokenizer that is not made of stages.
  public func trace(_ word: [UInt8], limit: Int = defaultWordLimit) -> WordTrace? {
    guard let pipeline = tokenizer as? PipelineTokenizer else { return nil }
    let tokens = pipeline.modelTokens(of: word)
    guard word.count <= limit else { return WordTrace(word: word, method: .tooLong(limit: limit), tokens: tokens) }
    guard let traced = pipeline.stages.model as? any TracedModel else {
      return WordTrace(
        word: word, method: .lookup(LookupTrace(isFound: tokens.count == 1, sentence: "")), tokens: tokens)
    }
    return WordTrace(word: word, method: traced.trace(word, tokens: tokens), tokens: tokens)
  }

  /// Tokens without stages, for tokenizers that have none.
  private func opaque(
    _ text: UnsafeBufferPointer<UInt8>, _ addSpecial: Bool, _ parseSpecial: Bool
  ) throws -> TokenizationExplanation {
    let encoding = try tokenizer.encode(utf8: text, addSpecialTokens: addSpecial, parseSpecialTokens: parseSpecial)
    let reason = SplitReason(kind: .model, sentence: "This tokenizer does not say how it cuts.")
    return TokenizationExplanation(
      tokenizer: tokenizer.name, explainedBytes: text.count, stages: [], pieces: [], words: [],
      tokens: zip(encoding.ids, encoding.offsets).map { .init(id: $0, source: $1, border: reason) })
  }
}

/// A model that can show its work on one word.
protocol TracedModel: TokenModel {
  /// - Parameters:
  ///   - word: one of ``wordEnds(in:)``.
  ///   - tokens: what the model makes of it.
  func trace(_ word: [UInt8], tokens: [TraceSymbol]) -> WordTrace.Method
  /// Where a piece falls into words that the model works on one by one: their ends, the last of which is the piece's.
  func wordEnds(in piece: UnsafeBufferPointer<UInt8>) -> [Int]
  /// Why no token reaches over the border between two words of a piece.
  var wordBorder: String { get }
  /// Why tokens of one word are apart.
  var tokenBorder: String { get }
  /// What the model does, for the list of stages.
  var stageName: String { get }
  var stageSummary: String { get }
}

extension TracedModel {
  func wordEnds(in piece: UnsafeBufferPointer<UInt8>) -> [Int] { [piece.count] }
  var wordBorder: String { "" }
}

extension PipelineTokenizer {
  /// The tokens that the model makes of one piece by itself.
  func modelTokens(of word: [UInt8]) -> [TraceSymbol] {
    word.withUnsafeBufferPointer { bytes in
      scratch.with { scratch in
        scratch.run.removeAll()
        stages.model.tokenize(PieceText(AlignedText(bytes)), scratch: scratch, into: &scratch.run)
        return zip(scratch.run.ids, scratch.run.ranges).map { TraceSymbol(id: $0, range: $1.range) }
      }
    }
  }
}
