import Synchronization

/// The alternatives of a split pattern, to tell which of them took a piece.
final class PatternRules: Sendable {
  private let alternatives: [(rule: SplitRule, pattern: SplitPattern?)]
  private static let known = Mutex<[String: PatternRules]>([:])

  /// The rules of an expression; those asked for once are kept.
  static func of(_ expression: String, dialect: SplitPattern.Dialect = .oniguruma) -> PatternRules {
    if let rules = known.withLock({ $0[expression] }) { return rules }
    let rules = PatternRules(expression, dialect)
    known.withLock { if $0.count < 64 { $0[expression] = rules } }
    return rules
  }

  private init(_ expression: String, _ dialect: SplitPattern.Dialect) {
    alternatives = Self.alternatives(of: expression).map { text in
      (SplitRule(pattern: text, words: Self.words(for: text)), try? SplitPattern(text, dialect: dialect))
    }
  }

  /// For each piece the first alternative that takes it, from its start to its end; nil where none does.
  /// - Parameter text: what the pattern saw.
  func rules(of pieces: [Range<Int>], in text: UnsafeBufferPointer<UInt8>) -> [SplitRule?] {
    var seen: [[UInt8]: Int] = [:]
    return pieces.map { piece in
      // Two characters more: what look-ahead asks about, and enough that the end is no end of text where there is more.
      var end = piece.upperBound
      for _ in 0..<2 where end < text.count { end = min(text.count, end + utf8Length(text[end])) }
      let key = Array(text[piece.lowerBound..<end])
      let found = seen[key] ?? first(in: key, taking: piece.count)
      if seen.count < 4096 { seen[key] = found }
      return found < alternatives.count ? alternatives[found].rule : nil
    }
  }

  private func first(in bytes: [UInt8], taking length: Int) -> Int {
    bytes.withUnsafeBufferPointer { bytes in
      alternatives.firstIndex { _, pattern in
        var match: Range<Int>?
        pattern?.forEachMatch(in: bytes) { if match == nil { match = $0 } }
        return match == 0..<length
      } ?? alternatives.count
    }
  }

  /// The parts of an expression between bars that stand in no group and no class.
  static func alternatives(of expression: String) -> [String] {
    var parts: [String] = []
    var part = ""
    var groups = 0
    var classes = 0
    var isEscaped = false
    // Whether a group around all of the expression, without look-around, closes only at its end.
    var isWrapped = expression.hasPrefix("(") && (!expression.hasPrefix("(?") || expression.hasPrefix("(?:"))
    for (index, character) in expression.enumerated() {
      if isEscaped {
        isEscaped = false
      } else {
        switch character {
        case "\\": isEscaped = true
        case "[": classes += 1
        case "]": classes = max(0, classes - 1)
        case "(" where classes == 0: groups += 1
        case ")" where classes == 0:
          groups -= 1
          if groups == 0, index < expression.count - 1 { isWrapped = false }
        case "|" where classes == 0 && groups == 0:
          parts.append(part)
          part = ""
          continue
        default: break
        }
      }
      part.append(character)
    }
    parts.append(part)
    if parts.count == 1, isWrapped, expression.hasSuffix(")") {
      return alternatives(of: String(expression.dropFirst(expression.hasPrefix("(?:") ? 3 : 1).dropLast()))
    }
    return parts
  }

  /// Plain words for alternatives that many tokenizers share.
  private static func words(for alternative: String) -> String? {
    // Possessive repeats take the same here.
    var plain = ""
    var isAfterRepeat = false
    var isInName = false
    for character in alternative {
      if character == "+", isAfterRepeat {
        isAfterRepeat = false
        continue
      }
      if character == "{" { isInName = plain.hasSuffix("\\p") || plain.hasSuffix("\\P") }
      isAfterRepeat = "+*?".contains(character) || character == "}" && !isInName
      plain.append(character)
    }
    if plain.count <= 3, plain.hasPrefix("'"), plain.count > 1 { return "contraction" }
    return table[plain]
  }

  private static let table: [String: String] = [
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)": "contraction",
    "'(?i:[sdmt]|ll|ve|re)": "contraction",
    #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"#: "contraction",
    #" ?\p{L}+"#: "letters, with one space before",
    #"\p{L}+"#: "letters",
    #" ?\p{N}+"#: "digits, with one space before",
    #"\p{N}+"#: "digits",
    #" ?[^\s\p{L}\p{N}]+"#: "symbols, with one space before",
    #" ?[^\s\p{L}\p{N}]+[\r\n]*"#: "symbols, with one space before and line ends after",
    #" ?[^\s\p{L}\p{N}]+[\r\n/]*"#: "symbols, with one space before and line ends after",
    #"[^\r\n\p{L}\p{N}]?\p{L}+"#: "letters, with one space or symbol before",
    #"\p{N}{1,3}"#: "one to three digits",
    #"\p{N}{1,2}"#: "one or two digits",
    #"\p{N}"#: "one digit",
    #"\s*[\r\n]+"#: "white space up to the last line end",
    #"\s*[\r\n]"#: "white space up to the last line end",
    #"\s+(?!\S)"#: "white space; its last character is left to what follows",
    #"\s+$"#: "white space at the end of the text",
    #"\s+"#: "white space",
    #"\s"#: "one white space character",
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#:
      "capitals and then small letters, with one space or symbol before",
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#:
      "capitals, with one space or symbol before",
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"#:
      "capitals and then small letters, with one space or symbol before",
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"#:
      "capitals, with one space or symbol before",
  ]
}
