extension SentencePieceBPEModel: PieceModel {
  var keepsPieces: Bool { true }

  /// Whether any character that is not in the vocabulary becomes byte tokens.
  var hasAllByteTokens: Bool { !byteTokens.contains(-1) }

  func wordEnd(_ piece: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let border, let base = piece.baseAddress else { return piece.count }
    return border.wordEnd(base, start, piece.count)
  }

  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into output: TokenBuffer) {
    guard let base = piece.baseAddress else { return }
    var sink = TokenBufferSink(buffer: output)
    mergeWord(base, 0, piece.count, scratch.symbols, &sink)
  }
}
