/// Stages one after the other, each cutting the pieces of the one before.
struct PreTokenizerSequence: PreTokenizer {
  let stages: [any PreTokenizer]
  func split(_ text: inout PieceText) { for stage in stages { stage.split(&text) } }
}

/// A cut made by a scanner: known patterns, digits.
struct ScannerPreTokenizer<Scanner: PieceScanner>: PreTokenizer {
  let scanner: Scanner
  func split(_ text: inout PieceText) { text.split(by: scanner) }
}

/// GPT-2's cut. Its other half, bytes written as letters, is in the vocabulary here: it holds bytes.
struct ByteLevelPreTokenizer: PreTokenizer {
  let addPrefixSpace: Bool
  let useRegex: Bool

  func split(_ text: inout PieceText) {
    if addPrefixSpace {
      text.rewriteEach { bytes, range, rewriter in
        if bytes[range.lowerBound] != 0x20 { rewriter.write([0x20], for: range.lowerBound..<range.lowerBound) }
        rewriter.keep(range)
      }
    }
    if useRegex { text.split(by: GPT2Scanner()) }
  }
}

/// What becomes of the matches of a ``SplitPreTokenizer``.
enum SplitBehavior: String, Sendable {
  case isolated = "Isolated"
  case removed = "Removed"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// A cut at every place where a text stands.
struct LiteralSplitPreTokenizer: PreTokenizer {
  let literal: [UInt8]
  let behavior: SplitBehavior
  /// Whether matches are what lies between the places.
  let isInverted: Bool

  func split(_ text: inout PieceText) {
    var new: [Piece] = []
    text.text.withBytes { bytes in
      for piece in text.pieces { append(bytes, piece.range, to: &new) }
    }
    text.pieces = new
  }

  private func append(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, to pieces: inout [Piece]) {
    // Parts in order, each with whether it is a match.
    var parts: [(range: Range<Int>, isMatch: Bool)] = []
    var kept = range.lowerBound
    var i = range.lowerBound
    while i + literal.count <= range.upperBound {
      guard bytes[i] == literal[0], bytes[i..<(i + literal.count)].elementsEqual(literal) else {
        i += 1
        continue
      }
      if kept < i { parts.append((kept..<i, isInverted)) }
      parts.append((i..<(i + literal.count), !isInverted))
      i += literal.count
      kept = i
    }
    if kept < range.upperBound { parts.append((kept..<range.upperBound, isInverted)) }
    let first = pieces.count
    var pendingStart: Int?
    var previousIsMatch = false
    for part in parts {
      let piece = Piece(part.range.lowerBound, part.range.upperBound)
      let joinsPrevious = pieces.count > first
      switch behavior {
      case .isolated: pieces.append(piece)
      case .removed: if !part.isMatch { pieces.append(piece) }
      case .mergedWithPrevious:
        if part.isMatch, joinsPrevious, !previousIsMatch {
          pieces[pieces.count - 1].end = piece.end
        } else {
          pieces.append(piece)
        }
      case .contiguous:
        if joinsPrevious, part.isMatch == previousIsMatch {
          pieces[pieces.count - 1].end = piece.end
        } else {
          pieces.append(piece)
        }
      case .mergedWithNext:
        if part.isMatch {
          if let start = pendingStart { pieces.append(Piece(start, part.range.lowerBound)) }
          pendingStart = part.range.lowerBound
        } else {
          pieces.append(Piece(pendingStart ?? part.range.lowerBound, part.range.upperBound))
          pendingStart = nil
        }
      }
      previousIsMatch = part.isMatch
    }
    if let pendingStart { pieces.append(Piece(pendingStart, range.upperBound)) }
  }
}

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
      LiteralSplitPreTokenizer(literal: replacement, behavior: .mergedWithNext, isInverted: false).split(&text)
    }
  }
}

/// Length of the character that begins with a byte, in well-formed text.
@inline(__always)
func utf8Length(_ lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }
