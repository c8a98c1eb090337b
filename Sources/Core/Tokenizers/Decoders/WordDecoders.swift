/// WordPiece tokens: the prefix (`##`) goes, other tokens but the first get a space before them.
struct WordPieceDecoder: TokenDecoder {
  let prefix: [UInt8]
  /// Mends the spaces before punctuation and English contractions, token by token.
  let cleansUp: Bool

  func makeStage() -> any DecoderStage {
    ChunkStage(state: true) { isFirst, chunk in
      var text = chunk
      if !isFirst {
        if chunk.starts(with: prefix) { text.removeFirst(prefix.count) } else { text.insert(0x20, at: 0) }
      }
      isFirst = false
      return cleansUp ? Self.cleanedUp(text) : text
    }
  }

  private static let repairs: [([UInt8], [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  /// The repairs one after the other, as the official library makes them.
  static func cleanedUp(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(0x20) else { return text }
    return repairs.reduce(text) { replacing($0, $1.0, by: $1.1) }
  }
}

/// Connectionist temporal classification (Graves et al. 2006): a token that repeats the one before counts once, the
/// padding token vanishes, the delimiter is the space between words.
struct CTCDecoder: TokenDecoder {
  let padding: [UInt8]
  let delimiter: [UInt8]
  let cleansUp: Bool

  func makeStage() -> any DecoderStage {
    ChunkStage(state: [UInt8]?.none) { last, chunk in
      guard chunk != last else { return nil }
      last = chunk
      var text = padding.isEmpty ? chunk : replacing(chunk, padding, by: [])
      if cleansUp {
        text = WordPieceDecoder.cleanedUp(text)
        if !delimiter.isEmpty { text = replacing(text, delimiter, by: [0x20]) }
      }
      return text.isEmpty ? nil : text
    }
  }
}

/// The mark at the end of words (`</w>`) becomes a space, and in the last token nothing.
struct BPEDecoder: TokenDecoder {
  let suffix: [UInt8]

  func makeStage() -> any DecoderStage { Stage(suffix: suffix) }

  /// Holds each chunk back until it is known whether another one follows.
  private struct Stage: DecoderStage {
    let suffix: [UInt8]
    private var held: [UInt8]?
    private var chunk: [UInt8] = []

    init(suffix: [UInt8]) { self.suffix = suffix }

    mutating func push(_ bytes: [UInt8], ends: Bool, into output: ([UInt8], Bool) -> Void) {
      chunk.append(contentsOf: bytes)
      guard ends else { return }
      if let held { output(suffix.isEmpty ? held : replacing(held, suffix, by: [0x20]), true) }
      held = chunk
      chunk.removeAll()
    }

    mutating func finish(into output: ([UInt8], Bool) -> Void) {
      if let held { output(suffix.isEmpty ? held : replacing(held, suffix, by: []), true) }
      held = nil
    }
  }
}
