/// Words as they stand: each piece is a token, or the unknown token.
struct WordLevelModel: TokenModel {
  let vocabulary: Vocabulary
  /// ``TokenID/lacking`` where there is none.
  let unknown: TokenID
  /// Words whose id another word has too, which is the one that the vocabulary finds.
  var aliases: [[UInt8]: TokenID] = [:]
  var mayLackTokens: Bool { unknown == .lacking }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    let vocabulary = vocabulary
    text.text.withBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for piece in pieces {
        var id = vocabulary.id(base + Int(piece.start), count: piece.range.count)
        if id < 0 { id = aliases.isEmpty ? unknown : aliases[Array(bytes[piece.range])] ?? unknown }
        tokens.append(id, Int(piece.start), Int(piece.end))
      }
    }
  }
}
