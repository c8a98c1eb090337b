/// Every character a token, or every byte of a vocabulary of bytes.
struct CharacterModel: TokenModel {
  let vocabulary: Vocabulary
  /// nil: characters that the vocabulary lacks are left out.
  let unknown: TokenID?
  let isByteLevel: Bool

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    text.text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in pieces {
        var at = Int(piece.start)
        while at < Int(piece.end) {
          let length = isByteLevel ? 1 : min(utf8Length(base[at]), Int(piece.end) - at)
          let found = vocabulary.id(base + at, count: length)
          if found >= 0 {
            tokens.append(found, at, at + length)
          } else if let unknown {
            tokens.append(unknown, at, at + length)
          }
          at += length
        }
      }
    }
  }
}
