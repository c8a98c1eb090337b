extension TokenizerJSON {
  func bytePairModel(isByteLevel: Bool) throws -> Model {
    if let dropout = model["dropout"]?.double, dropout != 0 {
      throw error("model.dropout", "\(dropout)", expected: "0: tokens would be random")
    }
    let marks = WordMarks(
      prefix: mark("continuing_subword_prefix", isByteLevel), suffix: mark("end_of_word_suffix", isByteLevel))
    // A character may become so many byte tokens.
    guard marks.prefix.count + marks.suffix.count <= TextGrowth.factor / 2 else {
      throw error(
        "model", "marks of \(marks.prefix.count + marks.suffix.count) bytes around a word's characters",
        expected: "at most \(TextGrowth.factor / 2)")
    }
    let reader = BPEFileReader(file: file, isByteLevel: isByteLevel, cache: cache)
    let (vocabulary, plain, count) = try reader.vocabulary(vocabularyScanner())
    let merges = try reader.merges(mergesScanner(), vocabulary, prefixLength: marks.prefix.count)
    let (unknown, name) = unknownToken(vocabulary)
    let bpe = BPEModel(
      vocabulary: vocabulary, merges: merges, isByteLevel: isByteLevel,
      ignoresMerges: model["ignore_merges"]?.bool ?? false, fallsBackToBytes: model["byte_fallback"]?.bool ?? false,
      unknown: unknown ?? (name == nil ? nil : .lacking), fusesUnknown: model["fuse_unk"]?.bool ?? false, marks: marks)
    return Model(
      model: bpe, isByteLevel: isByteLevel, plainTokens: plain, tokens: count, unknown: unknown,
      missingUnknown: unknown == nil ? name : nil)
  }

  private func mark(_ key: String, _ isByteLevel: Bool) -> [UInt8] {
    let text = Array((model[key]?.string ?? "").utf8)
    var bytes: [UInt8] = []
    let isWritten = isByteLevel && text.withUnsafeBufferPointer { ByteAlphabet.decode($0, into: &bytes) }
    return isWritten ? bytes : text
  }
}
