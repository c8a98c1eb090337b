/// Two models over one vocabulary: one for pieces of line ends alone, the other for all else.
struct LineEndModel: TokenModel {
  let lines: BPEModel
  let lineEnds: BPEModel

  var vocabulary: Vocabulary { lines.vocabulary }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let all = text.pieces
    var part = PieceText(text.text)
    var from = 0
    while from < all.count {
      let isLineEnd = part.text.withBytes { bytes in all[from].range.allSatisfy { bytes[$0] == 0x0A } }
      var to = from + 1
      while to < all.count,
        isLineEnd == part.text.withBytes({ bytes in all[to].range.allSatisfy { bytes[$0] == 0x0A } })
      {
        to += 1
      }
      part.pieces = Array(all[from..<to])
      (isLineEnd ? lineEnds : lines).tokenize(part, scratch: scratch, into: &tokens)
      from = to
    }
  }
}

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
