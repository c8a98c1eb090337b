/// English contractions in either case, as patterns after GPT-2's have them.
enum Contraction {
  /// Length of `'s`, `'RE` … at a place; 0 where there is none.
  /// - Parameter foldsLongS: U+017F is an s, too.
  @inline(__always)
  static func length(_ text: ScannedText, _ at: Int, foldsLongS: Bool = true) -> Int {
    guard at + 1 < text.end, text.base[at] == UInt8(ascii: "'") else { return 0 }
    func isLetter(_ i: Int, _ letter: StaticString) -> Bool {
      i < text.end && text.base[i] | 0x20 == letter.utf8Start[0]
    }
    switch text.base[at + 1] | 0x20 {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"): return isLetter(at + 2, "e") ? 3 : 0
    case UInt8(ascii: "l"): return isLetter(at + 2, "l") ? 3 : 0
    case 0xE5: return foldsLongS && text.base[at + 1] == 0xC5 && text.base[at + 2] == 0xBF ? 3 : 0
    default: return 0
    }
  }
}

/// The family of GPT-4o's pattern, which cuts where a lower-case letter is followed by an upper-case one:
/// `X?U*W+C?|X?U+W*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+` with X `[^\r\n\p{L}\p{N}]`,
/// U `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, W `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` and C the contractions.
struct O200KScanner: PieceScanner {
  /// How many digits a piece may have: 3 for GPT-4o, 1 for Mistral's Tekken.
  var digits = 3
  var hasContractions = true

  static let o200k =
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#
    + #"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#
    + #"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  static let tekken =
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"#
    + #"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"#
    + #"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  private static let word = UnicodeClasses.upper | UnicodeClasses.lower

  func end(_ text: ScannedText, from at: Int) -> Int {
    let first = text.base[at]
    let (bits, length) = text.character(at)
    let after = at + length
    if bits & UnicodeClasses.letter != 0, let end = word(text, from: at)?.end { return contracted(text, end) }
    if bits & UnicodeClasses.number != 0 { return text.numbers(from: after, most: digits - 1) }
    if first != 0x0A, first != 0x0D, bits & UnicodeClasses.letter == 0 {
      let found = after < text.end ? word(text, from: after) : nil
      // A mark before a word goes with it; before capitals alone it is a word by itself, which comes first.
      if bits & Self.word != 0, found?.isLower != true { return contracted(text, after) }
      if let found { return contracted(text, found.end) }
      if first == 0x20, after < text.end {
        let next = text.character(after)
        if next.bits & (UnicodeClasses.space | UnicodeClasses.letter | UnicodeClasses.number) == 0 {
          return symbols(text, from: after + next.length)
        }
      }
    }
    if bits & UnicodeClasses.space == 0 { return symbols(text, from: after) }
    return text.whiteSpaceByLines(from: at)
  }

  /// Where a word ends, and whether it has anything but capitals. Of capitals and then small letters both are taken; where
  /// no small letter follows, the word goes on to the last character that is as well a small one.
  private func word(_ text: ScannedText, from at: Int) -> (end: Int, isLower: Bool)? {
    var i = at
    var lastEnd = 0
    while i < text.end {
      let (bits, length) = text.character(i)
      if bits & UnicodeClasses.upper == 0 {
        if bits & UnicodeClasses.lower == 0 { break }
        return (text.run(of: UnicodeClasses.lower, from: i + length), true)
      }
      i += length
      if bits & UnicodeClasses.lower != 0 { lastEnd = i }
    }
    if lastEnd > 0 { return (lastEnd, true) }
    return i > at ? (i, false) : nil
  }

  @inline(__always)
  private func contracted(_ text: ScannedText, _ end: Int) -> Int {
    hasContractions ? end + Contraction.length(text, end) : end
  }

  /// The rest of `[^\s\p{L}\p{N}]+[\r\n/]*`.
  @inline(__always)
  private func symbols(_ text: ScannedText, from: Int) -> Int {
    var i = text.run(without: UnicodeClasses.space | UnicodeClasses.letter | UnicodeClasses.number, from: from)
    while i < text.end, text.base[i] == 0x0A || text.base[i] == 0x0D || text.base[i] == UInt8(ascii: "/") { i += 1 }
    return i
  }
}
