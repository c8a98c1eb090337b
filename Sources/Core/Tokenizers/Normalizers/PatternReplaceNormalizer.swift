/// Replaces what a regular expression matches.
struct PatternReplaceNormalizer: Normalizer {
  let pattern: SplitPattern
  let replacement: [UInt8]

  func normalize(_ text: inout AlignedText) {
    var matches: [Range<Int>] = []
    text.withBytes { bytes in
      // As in the official library, nothing is found in a text without characters.
      if !bytes.isEmpty { pattern.forEachMatch(in: bytes) { matches.append($0) } }
    }
    guard !matches.isEmpty else { return }
    text.rewrite { bytes, rewriter in
      var kept = 0
      for match in matches {
        rewriter.keep(kept..<match.lowerBound)
        kept = match.upperBound
        // As there, what replaces a match stands for the character before its end.
        var last = max(0, kept - 1)
        while last > 0, bytes[last] & 0xC0 == 0x80 { last -= 1 }
        rewriter.write(replacement, for: last..<kept)
      }
      rewriter.keep(kept..<bytes.count)
    }
  }
}
