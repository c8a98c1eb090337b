/// Normalizer, pre-tokenizer and model in one pass over the text, for pipelines that many vocabularies share. What it
/// gives is what the stages give one by one.
protocol FusedPipeline: Sendable {
  /// Appends the tokens of well-formed UTF-8, with ranges of its bytes.
  func tokenize(_ text: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into tokens: inout TokenRun)
}
