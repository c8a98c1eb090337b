extension Tokenizer {
  /// The tokens of a text as the official library writes them: by the vocabulary, but for unknown ones of Hugging
  /// Face's Unigram, which stand as the normalized text they are.
  public func written(_ encoding: Encoding, of text: UnsafeBufferPointer<UInt8>) -> [String?] {
    let stages = (self as? PipelineTokenizer)?.stages
    let unknown = (stages?.model as? UnigramModel).flatMap { $0.looksUpUnknown ? $0.unknown : nil }
    return encoding.ids.indices.map { place in
      let (id, range) = (encoding.ids[place], encoding.offsets[place])
      guard id == unknown, !range.isEmpty, range.upperBound <= text.count else { return token(of: id) }
      var surface = AlignedText.repairing(UnsafeBufferPointer(rebasing: text[range]))
      stages?.normalizer?.normalize(&surface)
      return surface.withBytes { String(decoding: $0, as: UTF8.self) }
    }
  }
}
