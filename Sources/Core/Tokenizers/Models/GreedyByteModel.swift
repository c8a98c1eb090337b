/// RWKV's: from front to back, the longest token that the text goes on with.
struct GreedyByteModel: TokenModel {
  let vocabulary: Vocabulary
  let unknown: TokenID?
  private let trie: UnigramTrie

  /// - Parameter vocabulary: of bytes.
  init(vocabulary: Vocabulary, unknown: TokenID?) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    var pieces: [(bytes: UnsafeBufferPointer<UInt8>, id: TokenID)] = []
    for id in 0..<TokenID(vocabulary.count) {
      guard let bytes = vocabulary.bytes(id), !bytes.isEmpty, vocabulary.id(bytes) == id else { continue }
      pieces.append((bytes, id))
    }
    trie = UnigramTrie(pieces)
  }

  func tokenize(_ text: borrowing PieceText, scratch: EncodeScratch, into tokens: inout TokenRun) {
    let pieces = text.pieces
    text.text.withBytes { bytes in
      for piece in pieces {
        var i = Int(piece.start)
        let end = Int(piece.end)
        while i < end {
          var node = UnigramTrie.root
          var found: (id: TokenID, end: Int)?
          var j = i
          while j < end, trie.step(&node, bytes[j]) {
            j += 1
            let id = trie.piece(at: node)
            if id >= 0 { found = (id, j) }
          }
          if let found {
            tokens.append(found.id, i, found.end)
          } else if let unknown {
            tokens.append(unknown, i, i + 1)
          }
          i = found?.end ?? i + 1
        }
      }
    }
  }
}
