/// What a token is written in: the script of its letters, or what else it is made of.
enum TokenScript {
  /// All answers there are, besides the scripts of Unicode.
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
    UnicodeScriptTable.entries.map(\.name.description)
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
        if script < 0 || script == Index.otherLetters {
          script = found
        } else if found != script, found != Index.otherLetters {
          script = Index.mixed
        }
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
    if scalar < 0x80 { return latin }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].last < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].first <= scalar ? ranges[low].script : Index.otherLetters
  }

  /// Code points by script, in their order. Letters that scripts share are not in it.
  private static let ranges: [(first: UInt32, last: UInt32, script: Int)] = {
    var ranges: [(first: UInt32, last: UInt32, script: Int)] = []
    for (index, entry) in UnicodeScriptTable.entries.enumerated() where !shared.contains(entry.name.description) {
      for range in CodePointSet(table: entry.ranges).ranges {
        ranges.append((range.lowerBound, range.upperBound, index))
      }
    }
    return ranges.sorted { $0.first < $1.first }
  }()
  private static let shared: Set<String> = ["Common", "Inherited", "Zyyy", "Zinh", "Zyyy", "Qaai"]
  private static let latin = UnicodeScriptTable.entries.firstIndex { $0.name.description == "Latin" } ?? 0
}
