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
      var bytes = surface.withBytes { Array($0)[...] }
      // One character may become several (½ is 1⁄2), of which known tokens have a part.
      var before = place
      while before > 0, encoding.offsets[before - 1] == range { before -= 1 }
      for i in before..<place {
        let known = tokenBytes(encoding.ids[i])
        if bytes.starts(with: known) { bytes = bytes.dropFirst(known.count) }
      }
      var after = place
      while after + 1 < encoding.ids.count, encoding.offsets[after + 1] == range { after += 1 }
      for i in stride(from: after, to: place, by: -1) {
        let known = tokenBytes(encoding.ids[i])
        if bytes.reversed().starts(with: known.reversed()) { bytes = bytes.dropLast(known.count) }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// What a token stands for within a word.
  private func tokenBytes(_ id: TokenID) -> ArraySlice<UInt8> {
    let written = Array((token(of: id) ?? "").utf8)[...]
    return written.starts(with: PipelineTokenizer.mark) ? written.dropFirst(PipelineTokenizer.mark.count) : written
  }
}
