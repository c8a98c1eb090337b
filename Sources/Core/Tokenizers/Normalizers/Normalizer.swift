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
      if literal.count == 1, replacement.count > 1 {
        let found = bytes.count { $0 == literal[0] }
        let (more, overflows) = (replacement.count - 1).multipliedReportingOverflow(by: found)
        if !overflows { rewriter.reserve(bytes.count + min(more, .max - bytes.count)) }
      }
      var kept = 0
      while let at = first(in: bytes, from: kept) {
        rewriter.keep(kept..<at)
        kept = at + literal.count
        // As in the official library, what replaces several characters stands for the last of them.
        rewriter.write(replacement, for: lastCharacter(bytes, before: kept, after: at))
      }
      rewriter.keep(kept..<bytes.count)
    }
  }

  private func lastCharacter(_ bytes: UnsafeBufferPointer<UInt8>, before end: Int, after start: Int) -> Range<Int> {
    var last = end - 1
    while last > start, bytes[last] & 0xC0 == 0x80 { last -= 1 }
    return last..<end
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
