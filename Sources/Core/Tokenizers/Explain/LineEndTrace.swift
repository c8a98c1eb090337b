extension LineEndModel: TracedModel {
  var stageName: String { lines.stageName }
  var stageSummary: String { lines.stageSummary + " Line ends together that are a token are taken whole." }
  var wordBorder: String { lines.wordBorder }
  var tokenBorder: String { lines.tokenBorder }

  func wordEnds(in piece: UnsafeBufferPointer<UInt8>) -> [Int] { model(for: piece).wordEnds(in: piece) }

  func trace(_ word: [UInt8], tokens: [TraceSymbol]) -> WordTrace.Method {
    word.withUnsafeBufferPointer { model(for: $0) }.trace(word, tokens: tokens)
  }

  private func model(for piece: UnsafeBufferPointer<UInt8>) -> BPEModel {
    piece.allSatisfy { $0 == 0x0A } ? lineEnds : lines
  }
}
