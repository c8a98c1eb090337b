/// GPT-2's pattern: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
struct GPT2Scanner: PieceScanner {
  static let pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  @inline(__always)
  func end(_ text: ScannedText, from at: Int) -> Int {
    let base = text.base
    if base[at] == UInt8(ascii: "'") {
      let length = Self.contraction(text, at)
      if length > 0 { return at + length }
    }
    var start = at
    var (bits, length) = text.character(at)
    if base[at] == 0x20, at + 1 < text.end {
      let next = text.character(at + 1)
      if next.bits & UnicodeClasses.space == 0 {
        start = at + 1
        (bits, length) = next
      }
    }
    if bits & UnicodeClasses.letter != 0 { return text.run(of: UnicodeClasses.letter, from: start + length) }
    if bits & UnicodeClasses.number != 0 { return text.run(of: UnicodeClasses.number, from: start + length) }
    if bits & UnicodeClasses.space != 0 { return text.whiteSpace(from: at) }
    return text.run(
      without: UnicodeClasses.space | UnicodeClasses.letter | UnicodeClasses.number, from: start + length)
  }

  /// Length of `'s`, `'re` … at an apostrophe; 0 where there is none.
  @inline(__always)
  private static func contraction(_ text: ScannedText, _ at: Int) -> Int {
    guard at + 1 < text.end else { return 0 }
    switch text.base[at + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return at + 2 < text.end && text.base[at + 2] == UInt8(ascii: "e") ? 3 : 0
    case UInt8(ascii: "l"): return at + 2 < text.end && text.base[at + 2] == UInt8(ascii: "l") ? 3 : 0
    default: return 0
    }
  }
}

/// The family of GPT-4's pattern:
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
struct CL100KScanner: PieceScanner {
  /// How many digits a piece may have: 3 for Llama 3, 1 for Qwen2.
  let digits: Int
  /// cl100k itself takes white space up to the end of the text as one piece before it looks for line ends (`\s++$`).
  var takesTrailingSpaceWhole = false
  /// Qwen 3.5 counts marks as letters.
  var takesMarks = false
  /// U+017F, the long s, is an s where case does not matter, as Unicode has it; llama.cpp knows it for none.
  var foldsLongS = true

  @inline(__always)
  private var letters: UInt8 {
    takesMarks ? UnicodeClasses.letter | UnicodeClasses.upper | UnicodeClasses.lower : UnicodeClasses.letter
  }

  static let llama3 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  static let qwen2 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  static let qwen35 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  /// In the form that means the same to fancy-regex and to Oniguruma, where `{1,3}+` would be a repeat of a repeat.
  static let cl100k =
    #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"#

  @inline(__always)
  func end(_ text: ScannedText, from at: Int) -> Int {
    let base = text.base
    let first = base[at]
    if first == UInt8(ascii: "'") {
      let length = Contraction.length(text, at, foldsLongS: foldsLongS)
      if length > 0 { return at + length }
    }
    let (bits, length) = text.character(at)
    if bits & letters != 0 { return text.run(of: letters, from: at + length) }
    if bits & UnicodeClasses.number != 0 { return text.numbers(from: at + length, most: digits - 1) }
    let after = at + length
    let isLineEnd = first == 0x0A || first == 0x0D
    if !isLineEnd, after < text.end {
      let next = text.character(after)
      if next.bits & letters != 0 { return text.run(of: letters, from: after + next.length) }
      if first == 0x20, next.bits & (UnicodeClasses.space | UnicodeClasses.number) == 0 {
        return symbols(text, from: after + next.length)
      }
    }
    if bits & UnicodeClasses.space == 0 { return symbols(text, from: after) }
    return space(text, from: at)
  }

  /// The rest of `[^\s\p{L}\p{N}]+[\r\n]*`.
  @inline(__always)
  private func symbols(_ text: ScannedText, from: Int) -> Int {
    var i = text.run(without: UnicodeClasses.space | letters | UnicodeClasses.number, from: from)
    while i < text.end, text.base[i] == 0x0A || text.base[i] == 0x0D { i += 1 }
    return i
  }

  private func space(_ text: ScannedText, from at: Int) -> Int {
    if takesTrailingSpaceWhole {
      let stop = text.run(of: UnicodeClasses.space, from: at)
      if stop == text.end { return stop }
    }
    return text.whiteSpaceByLines(from: at)
  }
}

/// Every number by itself, everything between as it is.
struct DigitScanner: PieceScanner {
  /// Whether numbers are those of the Digits stage of tokenizer.json, whose Unicode is newer by a version.
  var takesNewer = false

  func end(_ text: ScannedText, from at: Int) -> Int {
    var i = at
    while i < text.end {
      let (bits, length) = text.character(i)
      if bits & UnicodeClasses.number != 0 || takesNewer && CharacterPlaces.isOf(.numeric, bits, text, i) {
        return i > at ? i : i + length
      }
      i += length
    }
    return i
  }
}

/// Runs of characters with any of `bits`, and runs without.
struct RunScanner: PieceScanner {
  let bits: UInt8

  func end(_ text: ScannedText, from at: Int) -> Int {
    let (found, length) = text.character(at)
    return found & bits != 0 ? text.run(of: bits, from: at + length) : text.run(without: bits, from: at + length)
  }
}

/// Runs of ASCII digits cut in threes; everything between as it is.
struct DigitTripleScanner: PieceScanner {
  func end(_ text: ScannedText, from at: Int) -> Int {
    func isDigit(_ i: Int) -> Bool { text.base[i] >= UInt8(ascii: "0") && text.base[i] <= UInt8(ascii: "9") }
    func isTriple(_ i: Int) -> Bool { i + 2 < text.end && isDigit(i) && isDigit(i + 1) && isDigit(i + 2) }
    if isTriple(at) { return at + 3 }
    var i = at + 1
    while i < text.end, !isTriple(i) { i += 1 }
    return i
  }
}

/// Runs of `[\p{P}\$\+<=>\^~\|]`, and runs of anything else.
struct PunctuationRunScanner: PieceScanner {
  func end(_ text: ScannedText, from at: Int) -> Int {
    func isPunctuation(_ i: Int) -> (Bool, Int) {
      let (bits, length) = text.character(i)
      if bits & UnicodeClasses.punctuation != 0 { return (true, length) }
      switch text.base[i] {
      case UInt8(ascii: "$"), UInt8(ascii: "+"), UInt8(ascii: "<"), UInt8(ascii: "="), UInt8(ascii: ">"),
        UInt8(ascii: "^"), UInt8(ascii: "~"), UInt8(ascii: "|"):
        return (true, length)
      default: return (false, length)
      }
    }
    let (kind, length) = isPunctuation(at)
    var i = at + length
    while i < text.end {
      let (other, length) = isPunctuation(i)
      if other != kind { break }
      i += length
    }
    return i
  }
}
