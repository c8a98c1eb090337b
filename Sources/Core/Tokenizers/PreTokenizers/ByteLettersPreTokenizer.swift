/// ByteLevel's other half where the vocabulary does not hold bytes: they are written as the letters of ``ByteAlphabet``,
/// for models and stages that look at characters.
struct ByteLettersPreTokenizer: PreTokenizer {
  func split(_ text: inout PieceText) {
    text.rewriteEach { bytes, range, rewriter in
      var i = range.lowerBound
      while i < range.upperBound {
        // Each letter stands for the whole character, as in the official library.
        let character = i..<min(i + utf8Length(bytes[i]), range.upperBound)
        for byte in bytes[character] {
          rewriter.write(scalar: UInt32(ByteAlphabet.scalars[Int(byte)]), for: character)
        }
        i = character.upperBound
      }
    }
  }
}
