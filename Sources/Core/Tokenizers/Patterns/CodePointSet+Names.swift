/// Named sets of characters, as regular expressions name them.
extension CodePointSet {
  static let letters = CodePointSet(categories: GeneralCategory.allCases.filter { $0.rawValue.hasPrefix("L") })
  static let marks = CodePointSet(categories: GeneralCategory.allCases.filter { $0.rawValue.hasPrefix("M") })
  static let space = CodePointSet([
    0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
    0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
  ])
  static let decimalDigits = CodePointSet(categories: [.nd])
  static let hexadecimalDigits = CodePointSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
  /// Letters, marks, digits, connectors: `[[:word:]]`.
  static let word = CodePointSet(
    letters.ranges + marks.ranges + CodePointSet(categories: [.nl, .nd, .pc]).ranges
      + CodePointSet(table: UnicodeProperties.otherWord).ranges)
  static let alphabetic = CodePointSet(
    letters.ranges + CodePointSet(categories: [.nl]).ranges
      + CodePointSet(table: UnicodeProperties.otherAlphabetic).ranges)
  static let lowercase = CodePointSet(categories: [.ll]).union(CodePointSet(table: UnicodeProperties.otherLowercase))
  static let uppercase = CodePointSet(categories: [.lu]).union(CodePointSet(table: UnicodeProperties.otherUppercase))
  static let assigned = CodePointSet(categories: GeneralCategory.allCases)
  private static let controls = CodePointSet(categories: [.cc])
  private static let surrogates = CodePointSet([0xD800...0xDFFF])

  /// The set of `\p{name}`; nil for a name that is not known.
  static func property(_ name: String) -> CodePointSet? {
    var key = Self.key(name)
    if let equals = key.firstIndex(of: "=") {
      let kind = key[..<equals]
      let value = String(key[key.index(after: equals)...])
      switch kind {
      case "sc", "script": return script(value)
      case "gc", "generalcategory": return category(value)
      default: return nil
      }
    }
    if let set = category(key) ?? binary(key) ?? script(key) { return set }
    guard key.hasPrefix("is") else { return nil }
    key.removeFirst(2)
    return category(key) ?? binary(key) ?? script(key)
  }

  /// Spaces, hyphens, underscores and case do not count.
  private static func key(_ name: String) -> String {
    String(name.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" })
  }

  private static func category(_ key: String) -> CodePointSet? {
    if let long = longNames[key] { return category(long) }
    switch key {
    case "cn", "unassigned": return assigned.union(surrogates).inverted
    case "cs", "surrogate": return surrogates
    case "c", "other": return CodePointSet(categories: [.cc, .cf, .co]).union(assigned.inverted)
    case "lc", "l&", "casedletter": return CodePointSet(categories: [.lu, .ll, .lt])
    default:
      let found = GeneralCategory.allCases.filter { $0.rawValue.lowercased().hasPrefix(key) }
      return found.isEmpty || key.isEmpty ? nil : CodePointSet(categories: found)
    }
  }

  private static let longNames: [String: String] = [
    "letter": "l", "mark": "m", "combiningmark": "m", "number": "n", "punctuation": "p", "symbol": "s",
    "separator": "z",
    "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt", "modifierletter": "lm",
    "otherletter": "lo", "nonspacingmark": "mn", "spacingmark": "mc", "enclosingmark": "me", "decimalnumber": "nd",
    "letternumber": "nl", "othernumber": "no", "connectorpunctuation": "pc", "dashpunctuation": "pd",
    "openpunctuation": "ps", "closepunctuation": "pe", "initialpunctuation": "pi", "finalpunctuation": "pf",
    "otherpunctuation": "po", "mathsymbol": "sm", "currencysymbol": "sc", "modifiersymbol": "sk", "othersymbol": "so",
    "spaceseparator": "zs", "lineseparator": "zl", "paragraphseparator": "zp", "control": "cc", "format": "cf",
    "privateuse": "co",
  ]

  private static func binary(_ key: String) -> CodePointSet? {
    switch key {
    case "any": all
    case "assigned": assigned
    case "ascii": CodePointSet([0...0x7F])
    case "alphabetic", "alpha": alphabetic
    case "uppercase", "upper": uppercase
    case "lowercase", "lower": lowercase
    case "whitespace", "space": space
    case "alnum", "digit", "punct", "cntrl", "print", "graph", "blank", "xdigit", "word": posix(key)
    default: nil
    }
  }

  /// A POSIX class over all of Unicode, as Oniguruma has it.
  static func posix(_ name: String) -> CodePointSet? {
    switch name {
    case "alpha": alphabetic
    case "alnum": alphabetic.union(decimalDigits)
    case "digit": decimalDigits
    case "lower": lowercase
    case "upper": uppercase
    case "punct": CodePointSet(categories: GeneralCategory.allCases.filter { "PS".contains($0.rawValue.prefix(1)) })
    case "space": space
    case "blank": CodePointSet(categories: [.zs]).union(CodePointSet(0x09))
    case "cntrl": controls
    case "print": assigned.intersection(controls.union(CodePointSet(categories: [.zl, .zp])).inverted)
    case "graph": assigned.intersection(controls.union(space).inverted)
    case "xdigit": hexadecimalDigits
    case "word": word
    case "ascii": CodePointSet([0...0x7F])
    default: nil
    }
  }

  private static func script(_ key: String) -> CodePointSet? {
    let name = scriptCodes[key] ?? key
    for entry in UnicodeScriptTable.entries where Self.key(entry.name.description) == name {
      return CodePointSet(table: entry.ranges)
    }
    return nil
  }

  /// Codes of ISO 15924 that patterns use.
  private static let scriptCodes: [String: String] = [
    "arab": "arabic", "armn": "armenian", "beng": "bengali", "bopo": "bopomofo", "cyrl": "cyrillic",
    "deva": "devanagari", "ethi": "ethiopic", "geor": "georgian", "grek": "greek", "gujr": "gujarati",
    "guru": "gurmukhi", "hang": "hangul", "hani": "han", "hebr": "hebrew", "hira": "hiragana", "kana": "katakana",
    "khmr": "khmer", "knda": "kannada", "laoo": "lao", "latn": "latin", "mlym": "malayalam", "mong": "mongolian",
    "mymr": "myanmar", "orya": "oriya", "sinh": "sinhala", "taml": "tamil", "telu": "telugu", "thaa": "thaana",
    "tibt": "tibetan", "zinh": "inherited", "zyyy": "common",
  ]
}
