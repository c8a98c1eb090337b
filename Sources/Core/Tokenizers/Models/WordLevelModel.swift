/// Words as they stand: each piece is a token, or the unknown token.
struct WordLevelModel: TokenModel {
  let vocabulary: Vocabulary
  /// nil: words that the vocabulary lacks are left out.
  let unknown: TokenID?

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    let vocabulary = vocabulary
    let unknown = unknown ?? -1
    text.text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in pieces {
        let found = vocabulary.id(base + Int(piece.start), count: piece.range.count)
        let id = found >= 0 ? found : unknown
        if id >= 0 { tokens.append(id, Int(piece.start), Int(piece.end)) }
      }
    }
  }
}
