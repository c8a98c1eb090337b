import Core
import Foundation
import Testing

/// The pattern engine against Oniguruma's answers, the scanners of known patterns against the engine, and what no pattern
/// may do.
@Suite struct SplitPatternTests {
  private func pieces(_ pattern: SplitPattern, _ text: String) -> [String] {
    let bytes = Array(text.utf8)
    var parts: [Range<Int>] = []
    var kept = 0
    for match in pattern.matches(in: text) {
      if kept < match.lowerBound { parts.append(kept..<match.lowerBound) }
      parts.append(match)
      kept = match.upperBound
    }
    if kept < bytes.count { parts.append(kept..<bytes.count) }
    return parts.filter { !$0.isEmpty }.map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  @Test func golden() throws {
    let file = PreTokenizerTests.data.appendingPathComponent("patterns.jsonl")
    let lines = try Data(contentsOf: file).split(separator: 0x0A)
    #expect(lines.count > 150)
    for line in lines {
      let row = try JSON.parse(line)
      let expression = try #require(row["pattern"]?.string)
      let text = try #require(row["text"]?.string)
      let expected = row["pieces"]?.array?.compactMap(\.string)
      let ours = pieces(try SplitPattern(expression), text)
      // Not ==, which takes canonically equal strings for equal.
      #expect(ours.map { Array($0.utf8) } == expected?.map { Array($0.utf8) }, "\(expression) on \(text)")
    }
  }

  @Test(arguments: [
    ("^a", "a\na", [0..<1]), ("(?m)^a$", "a\na", [0..<1, 2..<3]), ("a{2,3}+a", "aaaaa", [0..<4]),
    (#"\w+"#, "a\u{200C}²", [0..<4]), ("(?i:\\p{Lu}+)", "aB1", [0..<2]), ("[[:alpha:]]+", "aé", [0..<1]),
    ("(?U)a+", "aa", [0..<1, 1..<2]), ("a{x}", "a{x}", [0..<4]),
  ])
  func rustMeaning(_ expression: String, _ text: String, _ expected: [Range<Int>]) throws {
    let found = try SplitPattern(expression, dialect: .rust).matches(in: text)
    #expect(found == expected)
  }

  @Test(arguments: [
    (#"(a)\1"#, "back-reference"), ("(?R)", "recursion"), ("(?<n>a)\\k<n>", "back-reference"), ("(", "without its end"),
    ("[a", "without its end"), ("a)", "closes twice"), ("*", "repeat of nothing"), (#"\p{Foo}"#, "Foo"),
    (#"\X"#, "grapheme"),
    ("((a{1000}){1000}){1000}", "steps"), ("(?:a{0,300}){0,300}", "steps"), ("(?:){100000}{100000}a{5001}", "steps"),
    ("a{100001}", "repeat"), ("(?<=a*)b", "look-behind"), ("[z-a]", "range"), (#"\"#, "backslash"), ("(?q)a", "option"),
    (String(repeating: "(", count: 200), "deep"), (String(repeating: "[", count: 200), "deep"),
    (String(repeating: "(?:", count: 90) + "a" + String(repeating: ")*", count: 90) + "(?:(?:a*)*)*b{4999}", "steps"),
  ])
  func refusals(_ expression: String, _ word: String) {
    let error = #expect(throws: PatternError.self) { try SplitPattern(expression) }
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
  }

  /// These take a backtracking engine for ever; here a wrong answer would be all that could happen.
  @Test(arguments: [
    ("(a*)*b|a", 50_000), ("(?:a|aa)+$", 1), ("(a+)+b|a+?", 50_000), ("a+b|a", 50_000), ("(?=a*b)a|(?!a*b)a", 50_000),
    ("(?>a|aa)+b|a+", 1), ("(?:a{1,50}){1,10}b|a{7}", 7142), ("(?<=a{0,20})a", 50_000),
  ])
  func hardPatterns(_ expression: String, _ count: Int) throws {
    let text = String(repeating: "a", count: 50_000)
    let found = try SplitPattern(expression).matches(in: text)
    #expect(found.count == count)
  }

  /// More states than are kept at a time: what has been forgotten is found again.
  @Test func manyStates() throws {
    var text = ""
    var state: UInt64 = 1
    for _ in 0..<120_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      text += state >> 40 & 1 == 0 ? "a" : "b"
    }
    let bytes = Array(text.utf8)
    let expected = bytes.indices.filter { $0 + 14 < bytes.count && bytes[$0] == 0x61 && bytes[$0 + 14] == 0x62 }
    let found = try SplitPattern("a(?=[ab]{13}b)").matches(in: text).map(\.lowerBound)
    #expect(found == expected)
  }

  @Test func illFormedText() throws {
    let pattern = try SplitPattern(#"\p{L}+|\x{FFFD}+"#)
    let bytes: [UInt8] = [0x61, 0x80, 0x80, 0xC3, 0x61, 0xF4, 0xBF, 0xBF, 0xBF, 0xE4, 0xB8]
    var end = 0
    bytes.withUnsafeBufferPointer { bytes in
      pattern.forEachMatch(in: bytes) { match in
        #expect(match.lowerBound >= end && match.upperBound <= bytes.count)
        end = match.upperBound
      }
    }
    let run = [UInt8](repeating: 0x80, count: 100_000)
    run.withUnsafeBufferPointer { pattern.forEachMatch(in: $0) { _ in } }
  }

  // MARK: - Known patterns

  /// Random text of all of Unicode, with runs and what patterns look for.
  static func randomText(_ generator: inout some RandomNumberGenerator) -> String {
    let special = [
      " ", "  ", "\n", "\r\n", "\t", "'s", "'LL", "'ſ", "12", "a", "A", "中", "e\u{301}", "\u{301}", "/", ".", "ǅ",
    ]
    let limits: [UInt32] = [0x7F, 0x7F, 0x7F, 0x250, 0x3100, 0xFFFF, 0x1_FBFF, 0x10_FFFF]
    var text = ""
    for _ in 0..<Int.random(in: 0..<24, using: &generator) {
      var part = special.randomElement(using: &generator) ?? ""
      if Bool.random(using: &generator) {
        let limit = limits.randomElement(using: &generator) ?? 0x7F
        part = Unicode.Scalar(UInt32.random(in: 0...limit, using: &generator)).map { String($0) } ?? "x"
      }
      text += String(repeating: part, count: [1, 1, 1, 2, 4].randomElement(using: &generator) ?? 1)
    }
    return text
  }

  /// Set GLASSBOX_RANDOM_TEXTS for more of them.
  @Test func scannersAreAsTheEngine() throws {
    let count = ProcessInfo.processInfo.environment["GLASSBOX_RANDOM_TEXTS"].flatMap { Int($0) } ?? 1500
    var generator = SystemRandomNumberGenerator()
    for expression in KnownPatterns.expressions {
      let engine = try SplitPattern(expression)
      let stage: JSON = [
        "type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated", "invert": false,
      ]
      for _ in 0..<count {
        let text = Self.randomText(&generator)
        let scanned = try PreTokenization.pieces(of: text, by: stage).map(\.source)
        let matched = engine.matches(in: text)
        if scanned != matched {
          Issue.record("\(expression) on \(text.debugDescription): \(scanned), the engine \(matched)")
          break
        }
      }
      // Over many blocks.
      var long = ""
      while long.utf8.count < 150_000 { long += Self.randomText(&generator) }
      let scanned = try PreTokenization.pieces(of: long, by: stage).map(\.source)
      let matched = engine.matches(in: long)
      #expect(scanned == matched, "\(expression)")
    }
  }
}
