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
