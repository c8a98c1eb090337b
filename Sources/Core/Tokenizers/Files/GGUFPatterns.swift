/// The patterns by which llama.cpp cuts, stage by stage. They differ from those of the models' own tokenizer.json where
/// its engine cannot do as those say: case is told by ASCII letters alone, `\d` and `\w` are those of ASCII, `~` is no
/// symbol.
enum GGUFPatterns {
  private static let contraction = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
  private static let space = #"\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let symbol = #"[\p{S}&&[^~]]"#
  private static let symbols = #" ?[^\s\p{L}\p{N}]+"#
  /// Letters with at most one character before them, but for line ends, letters and numbers.
  private static let word = #"[^\r\n\p{L}\p{N}]?\p{L}+"#

  /// Words that begin with capitals: first those that go on with others, then those of capitals alone.
  private static func casedWord(_ upper: String, _ lower: String, _ end: String) -> String {
    let first = #"[^\r\n\p{L}\p{N}]?"#
    return "\(first)\(upper)*\(lower)+\(end)|\(first)\(upper)+\(lower)*\(end)"
  }

  private static let asciiCased = casedWord(#"[\p{L}&&[^a-z]]"#, #"[\p{L}&&[^A-Z]]"#, contraction + "?")
  /// `[!…~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+`
  private static let markedWords =
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"## + #"|[^\r\n\p{L}\p{P}"# + symbol + #"]?[\p{L}\p{M}]+"#
    + #"| ?[\p{P}"# + symbol + "]+"
  private static let bloom = #" ?[^(\s|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{964}\x{6D4}\x{60C})]+"#
  private static let han =
    #"\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{20000}-\x{2A6DF}"#
    + #"\x{2A700}-\x{2EBEF}\x{2F800}-\x{2FA1F}"#
  private static let kana = #"[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+"#
  private static let eastAsian = #"[\x{4E00}-\x{9FA5}\x{0800}-\x{4E00}\x{AC00}-\x{D7FF}]+"#

  static let byKind: [String: [String]] = [
    "gpt-4o": ["\(asciiCased)|\\p{N}{1,3}|\(symbols)[\\r\\n/]*|\(space)"],
    "tekken": [
      casedWord(#"[\p{L}&&[^a-z]]"#, #"[\p{L}&&[^A-Z]]"#, "") + "|\\p{N}|\(symbols)[\\r\\n/]*|\(space)"
    ],
    "granite-embed": [
      casedWord(#"[\p{L}\p{M}&&[^a-z]]"#, #"[\p{L}\p{M}&&[^A-Z]]"#, contraction + "?")
        + "|\\p{N}{1,3}|\(symbols)[\\r\\n/]*|\(space)"
    ],
    "youtu": [
      #"[\x{AC00}-\x{D7A3}\x{3131}-\x{318E}]+|[\x{FF01}\x{2026}\x{201C}\x{201D}\x{2018}\x{2019}\x{2014}\x{FF1A}"#
        + #"\x{FF1B}\x{FF0C}\x{3001}-\x{303F}\x{FE30}-\x{FE4F}]+|[\x{3105}-\x{312F}]+|"# + kana,
      casedWord(#"[\p{L}\p{M}]"#, #"[\p{L}\p{M}]"#, contraction + "?") + "|\\p{N}|\(symbols)[\\r\\n/]*|\(space)",
    ],
    "tiny_aya": [
      "[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9A-Za-z_]))",
      casedWord(#"[\p{L}\p{M}]"#, #"[\p{L}\p{M}]"#, contraction + "?")
        + "|\\p{N}{1,3}|\(symbols)[\\r\\n/]*|\(space)",
    ],
    "kimi-k2": [
      "[\(han)]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}&&[^\(han)]]+\(contraction)?|\\p{N}{1,3}|\(symbols)[\\r\\n]*|\(space)"
    ],
    "deepseek-llm": [
      #"[\r\n]"#, #"\s?["# + casedLetters + "]+",
      #"\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+"#, #"\s+$"#, eastAsian,
      #"\p{N}+"#,
    ],
    "deepseek-coder": [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, eastAsian, #"\p{N}"#],
    "deepseek-v3": [#"\p{N}{1,3}"#, kana, "\(markedWords)[\\r\\n]*|\(space)"],
    "spark": [#"\p{N}{1,3}"#, kana, markedWords + #"|[\r\n]|\s+(?!\S)|\s+"#, #"\p{N}"#],
    "afmoe": [
      // Numbers in threes from their end; what stands before a number goes with its first part.
      #"\P{N}*(?:\p{N}{1,2}(?=(?:\p{N}{3})*(?!\p{N}))|\p{N}{3})"#,
      #"[\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{F900}-\x{FAFF}\x{3040}-\x{30FF}\x{FF65}-\x{FF9F}\x{2F00}-\x{2FDF}"#
        + #"\x{E40}-\x{E7F}\x{E80}-\x{EFF}\x{1780}-\x{17FF}\x{1000}-\x{109F}\x{AA60}-\x{AA7F}\x{A9E0}-\x{A9FF}"#
        + #"\x{AC00}-\x{D7AF}\x{1100}-\x{11FF}]+"#,
      "\(markedWords)[\\r\\n]*|\(space)",
    ],
    "falcon": [#"[\p{P}\$\+<=>\^~\|`]+"#, GPT2Scanner.pattern, "[0-9][0-9][0-9]"],
    "bloom": [bloom],
    "viking": [bloom, #"\p{N}"#],
    "chameleon": [
      "<sentinel:[0-9]+>", "IMGIMG[A-I]{1,4}Z", #"[\t\n]|    |  "#, #"\p{N}"#, #"[\p{P}!-/:-@\[-`{-~]"#,
      GPT2Scanner.pattern,
    ],
    "superbpe": [#"\p{N}+"#, "(?=(?:[0-9]{3})+(?![0-9]))"],
    "bailingmoe": [
      "'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|\(word)|\\p{N}|\(symbols)[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"
    ],
    "seed-coder": ["\(contraction)|\(word)|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|\(space)"],
    "ufakzeka": ["\(word)|\\p{N}|\(symbols)[\\r\\n]*|\(space)"],
    "laguna": [#"[^\n]+|[\n]+"#, "\(contraction)|\(word)|\\p{N}|\(symbols)[\\r\\n]*|\(space)"],
    "exaone-moe": [
      "\(contraction)|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}|\(symbols)[\\r\\n/]?"
        + "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"
    ],
    "minicpm5": [#"\p{N}{1,3}"#, "\(contraction)|\(word)|\\p{N}+|\(symbols)[\\r\\n]*|\(space)"],
    "jais-2": [
      "\(contraction)|\(word)|\\p{N}{1,3}|\(symbols)[\\r\\n]*|\\s*[\\r\\n]+|"
        + [512, 256, 128, 64, 32, 16, 8, 4].map { "\\s{\($0)}(?!\\S)" }.joined(separator: "|")
        + #"|\s{1,2}(?!\S)|\s{1}"#
    ],
  ]

  /// Letters that have two cases, as DeepSeek's first pattern lists them.
  private static let casedLetters =
    #"A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF}"#
    + #"\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}"#
    + #"\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}"#
    + #"\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}"#
    + #"\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}"#
    + #"\x{1F5D}\x{1F5F}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}"#
    + #"\x{1FD6}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}"#
    + #"\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F}"#
    + #"\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}\x{2CEB}-\x{2CEE}\x{2CF2}"#
    + #"\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}\x{A78B}-\x{A78E}"#
    + #"\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}"#
    + #"\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}"#
    + #"\x{1E900}-\x{1E943}"#
}
