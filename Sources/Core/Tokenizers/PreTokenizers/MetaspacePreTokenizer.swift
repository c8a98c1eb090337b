/// Spaces become a visible mark (`▁`), one may be put before the text, and text may be cut before each mark
/// (SentencePiece, Kudo & Richardson 2018).
struct MetaspacePreTokenizer: PreTokenizer {
  enum PrependScheme: String, Sendable { case always, first, never }

  let replacement: [UInt8]
  let prependScheme: PrependScheme
  let splits: Bool

  func split(_ text: inout PieceText) {
    text.rewriteEach { [start = text] bytes, range, rewriter in
      let startsWithMark =
        bytes[range.lowerBound] == 0x20 || bytes[range].starts(with: replacement)
      let prepends =
        switch prependScheme {
        case .always: true
        case .first: start.text.source(range).lowerBound == 0
        case .never: false
        }
      if prepends, !startsWithMark {
        let first = range.lowerBound..<(range.lowerBound + max(1, utf8Length(bytes[range.lowerBound])))
        rewriter.write(replacement, for: first.clamped(to: range))
      }
      var kept = range.lowerBound
      for i in range where bytes[i] == 0x20 {
        rewriter.keep(kept..<i)
        rewriter.write(replacement, for: i..<(i + 1))
        kept = i + 1
      }
      rewriter.keep(kept..<range.upperBound)
    }
    if splits {
      SplitPreTokenizer(places: LiteralPlaces(literal: replacement), behavior: .mergedWithNext).split(&text)
    }
  }
}

/// Length of the character that begins with a byte, in well-formed text.
@inline(__always)
func utf8Length(_ lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }
