/// Stages one after the other, each cutting the pieces of the one before.
struct PreTokenizerSequence: PreTokenizer {
  let stages: [any PreTokenizer]
  func split(_ text: inout PieceText) { for stage in stages { stage.split(&text) } }
}

/// A cut made by a scanner: known patterns, digits.
struct ScannerPreTokenizer<Scanner: PieceScanner>: PreTokenizer {
  let scanner: Scanner
  func split(_ text: inout PieceText) { text.split(by: scanner) }
}

/// GPT-2's cut. Its other half, bytes written as letters, is in the vocabulary here: it holds bytes.
struct ByteLevelPreTokenizer: PreTokenizer {
  let addPrefixSpace: Bool
  let useRegex: Bool

  func split(_ text: inout PieceText) {
    if addPrefixSpace {
      text.rewriteEach { bytes, range, rewriter in
        if bytes[range.lowerBound] != 0x20 { rewriter.write([0x20], for: range.lowerBound..<range.lowerBound) }
        rewriter.keep(range)
      }
    }
    if useRegex { text.split(by: GPT2Scanner()) }
  }
}
