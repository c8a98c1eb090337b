/// What a token is written in: the script of its letters, or what else it is made of.
enum TokenScript {
  /// All answers there are, besides the scripts of ``ranges``.
  static let partOfCharacter = "Part of a character"
  static let mixed = "Mixed"
  static let otherLetters = "Other letters"
  static let digits = "Digits"
  static let marks = "Marks"
  static let punctuation = "Punctuation"
  static let symbols = "Symbols"
  static let whiteSpace = "White space"
  static let controls = "Controls"
  static let special = "Special"
  static let nothing = "Empty"

  static let names: [String] =
    ranges.map(\.name).reduce(into: []) { if $0.last != $1, !$0.contains($1) { $0.append($1) } }
    + [
      otherLetters, mixed, digits, marks, punctuation, symbols, whiteSpace, controls, partOfCharacter, special, nothing,
    ]

  /// The name for a token's bytes, and how many characters they are; -1: not UTF-8.
  static func classify(_ bytes: UnsafeBufferPointer<UInt8>) -> (name: Int, characters: Int) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return (Index.nothing, 0) }
    var i = 0
    var characters = 0
    var script = -1
    var seen: UInt8 = 0
    var hasMark = false
    var hasControl = false
    let scanned = ScannedText(base: base, end: bytes.count)
    while i < bytes.count {
      let length = utf8SequenceLength(base + i, remaining: bytes.count - i)
      guard length > 0 else { return (Index.partOfCharacter, -1) }
      let bits = scanned.character(i).bits
      if bits & UnicodeClasses.letter != 0 {
        let found = letterScript(scalar(base + i, length))
        script = script < 0 || script == found ? found : Index.mixed
      } else if bits == 0, length == 1 {
        if bytes[i] < 0x20 || bytes[i] == 0x7F { hasControl = true }
      } else if bits == UnicodeClasses.word {
        hasMark = true
      }
      seen |= bits
      characters += 1
      i += length
    }
    if script >= 0 { return (script, characters) }
    if seen & UnicodeClasses.number != 0 { return (Index.digits, characters) }
    if hasMark { return (Index.marks, characters) }
    if seen == UnicodeClasses.space { return (Index.whiteSpace, characters) }
    if seen & UnicodeClasses.punctuation != 0 { return (Index.punctuation, characters) }
    return (hasControl ? Index.controls : Index.symbols, characters)
  }

  private static func scalar(_ at: UnsafePointer<UInt8>, _ length: Int) -> UInt32 {
    let tail = { (i: Int) in UInt32(at[i] & 0x3F) }
    switch length {
    case 1: return UInt32(at[0])
    case 2: return UInt32(at[0] & 0x1F) << 6 | tail(1)
    case 3: return UInt32(at[0] & 0xF) << 12 | tail(1) << 6 | tail(2)
    default: return UInt32(at[0] & 7) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)
    }
  }

  private enum Index {
    static let partOfCharacter = index(TokenScript.partOfCharacter)
    static let mixed = index(TokenScript.mixed)
    static let otherLetters = index(TokenScript.otherLetters)
    static let digits = index(TokenScript.digits)
    static let marks = index(TokenScript.marks)
    static let punctuation = index(TokenScript.punctuation)
    static let symbols = index(TokenScript.symbols)
    static let whiteSpace = index(TokenScript.whiteSpace)
    static let controls = index(TokenScript.controls)
    static let nothing = index(TokenScript.nothing)
  }

  static func index(_ name: String) -> Int { names.firstIndex(of: name) ?? 0 }

  /// Of a letter, as a place in ``names``.
  private static func letterScript(_ scalar: UInt32) -> Int {
    if scalar < 0x250 { return 0 }
    for range in ranges where range.range.contains(scalar) { return index(range.name) }
    return Index.otherLetters
  }

  private static let ranges: [(name: String, range: ClosedRange<UInt32>)] = [
    ("Latin", 0x41...0x24F), ("Latin", 0x250...0x2AF), ("Latin", 0x1E00...0x1EFF), ("Greek", 0x370...0x3FF),
    ("Greek", 0x1F00...0x1FFF), ("Cyrillic", 0x400...0x52F), ("Armenian", 0x530...0x58F), ("Hebrew", 0x590...0x5FF),
    ("Arabic", 0x600...0x6FF), ("Arabic", 0x750...0x77F), ("Arabic", 0x8A0...0x8FF), ("Arabic", 0xFB50...0xFEFC),
    ("Devanagari", 0x900...0x97F), ("Bengali", 0x980...0x9FF), ("Gurmukhi", 0xA00...0xA7F), ("Gujarati", 0xA80...0xAFF),
    ("Oriya", 0xB00...0xB7F), ("Tamil", 0xB80...0xBFF), ("Telugu", 0xC00...0xC7F), ("Kannada", 0xC80...0xCFF),
    ("Malayalam", 0xD00...0xD7F), ("Sinhala", 0xD80...0xDFF), ("Thai", 0xE00...0xE7F), ("Lao", 0xE80...0xEFF),
    ("Tibetan", 0xF00...0xFFF), ("Myanmar", 0x1000...0x109F), ("Georgian", 0x10A0...0x10FF),
    ("Hangul", 0x1100...0x11FF), ("Hangul", 0x3130...0x318F), ("Hangul", 0xAC00...0xD7A3),
    ("Ethiopic", 0x1200...0x137F), ("Cherokee", 0x13A0...0x13FF), ("Khmer", 0x1780...0x17FF),
    ("Hiragana", 0x3041...0x309F), ("Katakana", 0x30A0...0x30FF), ("Katakana", 0xFF66...0xFF9D),
    ("Han", 0x2E80...0x2FDF), ("Han", 0x3005...0x3007), ("Han", 0x3400...0x4DBF), ("Han", 0x4E00...0x9FFF),
    ("Han", 0xF900...0xFAFF), ("Han", 0x20000...0x3FFFF), ("Latin", 0xFF21...0xFF5A),
  ]
}
