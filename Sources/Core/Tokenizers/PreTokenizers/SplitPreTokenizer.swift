/// What becomes of the matches of a ``SplitPreTokenizer``.
enum SplitBehavior: String, Sendable, CaseIterable {
  case isolated = "Isolated"
  case removed = "Removed"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// Finds the matches of a cut.
protocol SplitFinder {
  /// Calls `body` with each match within `range`, in order; none overlap, nothing outside of the range is looked at.
  /// Matches may be empty.
  func forEach(in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void)
}

/// Where a cut has its matches.
protocol SplitPlaces: Sendable {
  associatedtype Finder: SplitFinder
  /// Hands out what finds the matches of one text, on one thread.
  func withFinder(_ body: (Finder) -> Void)
}

extension SplitPlaces where Self: SplitFinder {
  func withFinder(_ body: (Self) -> Void) { body(self) }
}

/// A cut at every match of something, with what becomes of the matches.
struct SplitPreTokenizer<Places: SplitPlaces>: PreTokenizer {
  let places: Places
  let behavior: SplitBehavior
  /// Whether matches are what lies between the places.
  var isInverted = false

  func split(_ text: inout PieceText) { places.withFinder { split(&text, $0) } }

  private func split(_ text: inout PieceText, _ finder: Places.Finder) {
    text.splitEach { bytes, range, pieces in
      var parts = SplitParts(behavior: behavior, pieces: pieces)
      pieces = []
      var kept = range.lowerBound
      finder.forEach(in: bytes, range) { match in
        if kept < match.lowerBound { parts.append(kept, match.lowerBound, isMatch: isInverted) }
        parts.append(match.lowerBound, match.upperBound, isMatch: !isInverted)
        kept = match.upperBound
      }
      if kept < range.upperBound { parts.append(kept, range.upperBound, isMatch: isInverted) }
      pieces = parts.finish()
    }
  }
}

/// Makes pieces of the parts of one piece, given in order, some of which are matches.
struct SplitParts {
  let behavior: SplitBehavior
  private var pieces: [Piece]
  private let first: Int
  private var previousIsMatch = false
  /// Where a match begins that waits for what comes next.
  private var waiting: Int?
  private var hasEmpty = false

  init(behavior: SplitBehavior, pieces: [Piece]) {
    self.behavior = behavior
    self.pieces = pieces
    first = pieces.count
  }

  mutating func append(_ start: Int, _ end: Int, isMatch: Bool) {
    if start == end { hasEmpty = true }
    let joins = pieces.count > first
    switch behavior {
    case .isolated: pieces.append(Piece(start, end))
    case .removed: if !isMatch { pieces.append(Piece(start, end)) }
    case .mergedWithPrevious:
      if isMatch, joins, !previousIsMatch {
        pieces[pieces.count - 1].end = UInt32(truncatingIfNeeded: end)
      } else {
        pieces.append(Piece(start, end))
      }
    case .contiguous:
      if joins, isMatch == previousIsMatch {
        pieces[pieces.count - 1].end = UInt32(truncatingIfNeeded: end)
      } else {
        pieces.append(Piece(start, end))
      }
    case .mergedWithNext:
      if isMatch {
        if let waiting { pieces.append(Piece(waiting, start)) }
        waiting = start
      } else {
        pieces.append(Piece(waiting ?? start, end))
        waiting = nil
      }
      lastEnd = end
    }
    previousIsMatch = isMatch
  }

  private var lastEnd = 0

  consuming func finish() -> [Piece] {
    if let waiting {
      if waiting == lastEnd { hasEmpty = true }
      pieces.append(Piece(waiting, lastEnd))
    }
    if hasEmpty {
      // Only now, since an empty match still parts what stands on its sides.
      let kept = pieces[first...].filter { $0.start < $0.end }
      pieces.replaceSubrange(first..., with: kept)
    }
    return pieces
  }
}

/// Every place where a text stands.
struct LiteralPlaces: SplitPlaces, SplitFinder {
  /// Not empty.
  let literal: [UInt8]

  func forEach(in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    let count = literal.count
    let lead = literal[0]
    var i = range.lowerBound
    while i + count <= range.upperBound {
      if bytes[i] == lead, count == 1 || bytes[i..<(i + count)].elementsEqual(literal) {
        body(i..<(i + count))
        i += count
      } else {
        i += 1
      }
    }
  }
}

/// Every match of a regular expression.
struct PatternPlaces: SplitPlaces {
  let pattern: SplitPattern

  func withFinder(_ body: (Finder) -> Void) { pattern.withMatcher { body(Finder(matcher: $0)) } }

  struct Finder: SplitFinder {
    fileprivate let matcher: PatternMatcher

    func forEach(in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
      let start = range.lowerBound
      matcher.forEachMatch(in: UnsafeBufferPointer(rebasing: bytes[range])) {
        body(($0.lowerBound + start)..<($0.upperBound + start))
      }
    }
  }
}

/// Every character of a kind, by itself.
struct CharacterPlaces: SplitPlaces, SplitFinder {
  /// What stages of the official libraries ask of a character.
  enum Kind: Sendable {
    /// `char::is_whitespace` of Rust.
    case space
    /// `char::is_numeric` of Rust, whose Unicode is newer by a version.
    case numeric
    /// Punctuation of Unicode 8, and all that ASCII has.
    case punctuation
  }

  let kind: Kind

  func forEach(in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    guard let base = bytes.baseAddress else { return }
    let text = ScannedText(base: base, end: range.upperBound)
    var i = range.lowerBound
    while i < range.upperBound {
      let (bits, length) = text.character(i)
      if Self.isOf(kind, bits, text, i) { body(i..<min(i + length, range.upperBound)) }
      i += length
    }
  }

  @inline(__always)
  static func isOf(_ kind: Kind, _ bits: UInt8, _ text: ScannedText, _ i: Int) -> Bool {
    switch kind {
    case .space: return bits & UnicodeClasses.space != 0
    case .numeric:
      if bits & UnicodeClasses.number != 0 { return true }
      return bits == 0 && text.base[i] >= 0xF0 && newerNumeric.contains(UInt32(text.scalar(i)))
    case .punctuation:
      if text.base[i] < 0x80 { return bits & (UnicodeClasses.punctuation | UnicodeClasses.symbol) != 0 }
      if bits & (UnicodeClasses.letter | UnicodeClasses.number | UnicodeClasses.space) != 0 { return false }
      return punctuation.contains(UInt32(text.scalar(i)))
    }
  }

  private static let newerNumeric = CodePointSet(table: UnicodeProperties.newerNumeric)
  private static let punctuation = CodePointSet(table: UnicodeProperties.punctuation)
}
