/// llama.cpp's way with text for Unigram vocabularies: as sentencepiece's but for the space before a text, which comes
/// with its first character that is no space, and for `▁` in it, which is none.
struct LlamaCppUnigramNormalizer: Normalizer {
  let rules: SentencePieceRules
  let addsPrefix: Bool
  let mergesSpaces: Bool
  let escapesSpaces: Bool
  let isSuffix: Bool

  func normalize(_ text: inout AlignedText) {
    let space = escapesSpaces ? PipelineTokenizer.mark : [0x20]
    text.rewrite { bytes, rewriter in
      var i = 0
      var isInWord = false
      var hasPrefix = false
      func begin(_ range: Range<Int>, _ rewriter: inout AlignedText.Rewriter) {
        guard !isInWord else { return }
        isInWord = true
        guard addsPrefix && !isSuffix && !hasPrefix || mergesSpaces else { return }
        rewriter.write(space, for: range)
        hasPrefix = true
      }
      while i < bytes.count {
        let end = rules.plainEnd(bytes, from: i)
        if end > i {
          begin(i..<min(end, i + utf8Length(bytes[i])), &rewriter)
          rewriter.keep(i..<end)
          i = end
          continue
        }
        let (length, result) = rules.prefix(bytes, at: i)
        let range = i..<min(bytes.count, i + length)
        i = range.upperBound
        for byte in result {
          if byte != 0x20 {
            begin(range, &rewriter)
            rewriter.write(CollectionOfOne(byte), for: range)
          } else {
            isInWord = false
            if !mergesSpaces { rewriter.write(space, for: range) }
          }
        }
      }
      if addsPrefix, isSuffix { rewriter.write(space, for: bytes.count..<bytes.count) }
    }
  }
}
