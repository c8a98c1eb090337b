/// ByteLevel's other half where the vocabulary does not hold bytes: they are written as the letters of ``ByteAlphabet``,
/// for models and stages that look at characters.
struct ByteLettersPreTokenizer: PreTokenizer {
  func split(_ text: inout PieceText) {
    text.rewriteEach { bytes, range, rewriter in
      for i in range { rewriter.write(scalar: UInt32(ByteAlphabet.scalars[Int(bytes[i])]), for: i..<(i + 1)) }
    }
  }
}

extension ByteLettersPreTokenizer: DescribedPreTokenizer {
  var stageDescription: StageDescription {
    StageDescription(name: "ByteLevel", summary: "Writes bytes as letters: Ġ for a space.")
  }
}
