/// A stage that changes text before it is cut. New kinds add a file here and a line in ``TokenizerJSONStages``.
protocol Normalizer: Sendable {
  func normalize(_ text: inout AlignedText)
}

struct NormalizerSequence: Normalizer {
  let stages: [any Normalizer]
  func normalize(_ text: inout AlignedText) { for stage in stages { stage.normalize(&text) } }
}

/// Puts a text before any text that is not empty.
struct PrependNormalizer: Normalizer {
  let prefix: [UInt8]

  func normalize(_ text: inout AlignedText) {
    guard !text.isEmpty else { return }
    text.rewrite { bytes, rewriter in
      // The prefix belongs to the first character, as in the official library's offsets.
      rewriter.write(prefix, for: 0..<min(utf8Length(bytes[0]), bytes.count))
      rewriter.keep(0..<bytes.count)
    }
  }
}

/// Replaces one text by another wherever it stands.
struct ReplaceNormalizer: Normalizer {
  /// Not empty.
  let literal: [UInt8]
  let replacement: [UInt8]

  func normalize(_ text: inout AlignedText) {
    guard text.withBytes({ first(in: $0, from: 0) }) != nil else { return }
    text.rewrite { bytes, rewriter in
      var kept = 0
      while let at = first(in: bytes, from: kept) {
        rewriter.keep(kept..<at)
        rewriter.write(replacement, for: at..<(at + literal.count))
        kept = at + literal.count
      }
      rewriter.keep(kept..<bytes.count)
    }
  }

  private func first(in bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
    var i = from
    let lead = literal[0]
    while i + literal.count <= bytes.count {
      if bytes[i] == lead, (1..<literal.count).allSatisfy({ bytes[i + $0] == literal[$0] }) { return i }
      i += 1
    }
    return nil
  }
}
