import Foundation
import TestSupport
import Testing

@testable import Core

/// Unigram of tokenizer.json on vocabularies that are small enough to see through.
@Suite struct UnigramTests {
  private func tokenizer(
    _ vocabulary: [(String, Double)], unknown: String = "0", bytes: Bool = false, stages: String = ""
  ) throws -> any Tokenizer {
    let list = vocabulary.map { "[\(JSON.string($0.0).serialized()), \($0.1)]" }.joined(separator: ",")
    let text = """
      {\(stages) "model": {"type": "Unigram", "unk_id": \(unknown), "byte_fallback": \(bytes), "vocab": [\(list)]}}
      """
    return try TokenizerLoader.load(json: Array(text.utf8), name: "test")
  }

  private static let letters: [(String, Double)] = [
    ("<unk>", 0), ("a", 0), ("b", 0), ("c", 0), ("d", 0), ("cd", 1), ("ab", 2), ("abc", 5), ("abcd", 10),
  ]

  @Test func theBestPath() throws {
    let tokenizer = try tokenizer(Self.letters)
    #expect(try tokenizer.encode("abcd") == [8])
    #expect(try tokenizer.encodeWithOffsets("abcdacdéx").ids == [8, 1, 5, 0])
    #expect(try tokenizer.encodeWithOffsets("abcdacdéx").offsets == [0..<4, 4..<5, 5..<7, 7..<10])
    // Of equal ways the one found first.
    #expect(try self.tokenizer([("?", 0), ("a", -1), ("aa", -1)]).encode("aaa") == [1, 2])
    #expect(try tokenizer.encode("").isEmpty)
  }

  /// Scores as the official library reads them, which rounds twice; the first three are not the nearest doubles.
  @Test(
    arguments: [
      ("-2.0122928619384766", 0xc000_192d_0000_0001), ("-3.9598512649536133", 0xc00f_adc6_8000_0001),
      ("-7.4370903968811035", 0xc01d_bf94_a000_0001), ("-5.129043102264404", 0xc014_8423_e000_0000),
      ("0.1", 0x3fb9_9999_9999_999a), ("123456789012345678901234567890.5", 0x45f8_ee90_ff6c_373e),
      ("-0.00000000000000000000000000000000000000012345678901234567890123", 0xb7a5_825b_568f_f414),
      ("1.7976931348623157e308", 0x7fef_ffff_ffff_ffff), ("2.2250738585072014e-308", 0x0010_0000_0000_0000),
      ("4.9e-324", 1), ("-1234567890.12345678901234567890e-5", 0xc0c8_1cd6_e63c_53d7),
      ("18446744073709551615.5", 0x43f0_0000_0000_0000), ("18446744073709551616.25", 0x43f0_0000_0000_0000),
      ("-7", 0xc01c_0000_0000_0000), ("18446744073709551619", 0x43f0_0000_0000_0000), ("1e-400", 0),
      ("99999999999999999999e3", 0x44b5_2d02_c7e1_4af6), ("3.0E+2", 0x4072_c000_0000_0000),
    ] as [(String, UInt64)])
  func numbersThatRoundTwice(_ text: String, _ bits: UInt64) throws {
    try Array(" \(text)]".utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes, file: "number")
      let number = try scanner.readSerdeNumber()
      #expect(number?.bitPattern == bits)
    }
  }

  /// A character that Unicode 17 does not know is not part of the cluster before it: a rule for that leaves it alone.
  @Test func charactersNewerThanTheLibrarys() throws {
    guard let path = Fixtures.path("tokenizers/flan-t5/tokenizer.json") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    #expect(try tokenizer.encode("\u{248D}\u{5C8}") == [4357, 2])
    #expect(try tokenizer.encode("\u{248D}\u{5C7}") == [4357])
  }

  /// Which of several ways through a run of dashes is the first one depends on the last bits of the scores' sums.
  @Test func runsOfDashesInTheOldFormOfT5() throws {
    guard let path = Fixtures.path("tokenizers/flan-t5/tokenizer-old-format.json") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    let dashes = { (count: Int) in Array(repeating: TokenID(14817), count: count) }
    #expect(try tokenizer.encode("Nerv----") == [22450, 14817, 18])
    #expect(try tokenizer.encode(String(repeating: "-", count: 40)) == [3] + dashes(2) + [18] + dashes(11))
    #expect(try tokenizer.encode(String(repeating: "-", count: 39)) == [3] + dashes(13))
  }

  @Test func unknownCharacters() throws {
    let bytes = Self.letters + [("<0xC3>", -9), ("<0xA9>", -9)]
    #expect(try tokenizer(bytes, bytes: true).encode("aéb") == [1, 9, 10, 2])
    // Without a token for each byte, the unknown one.
    #expect(try tokenizer(bytes, bytes: true).encode("aèb") == [1, 0, 2])
    #expect(throws: TokenizationError.self) { try tokenizer(Self.letters, unknown: "null").encode("aéb") }
    #expect(throws: FormatError.self) { try tokenizer(Self.letters, unknown: "9") }
    #expect(throws: FormatError.self) { try tokenizer([]) }
  }

  private static let pre =
    #""pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}]},"#

  /// Words are remembered by their bytes; so each text comes twice, and with marks that reach over a space.
  @Test func words() throws {
    let vocabulary = [
      ("<unk>", 0.0), ("▁", -2), ("▁a", -1), ("a", -3), ("b", -3), ("▁ab", -5), ("é", -4), ("\u{301}", -4),
    ]
    let tokenizer = try tokenizer(vocabulary, stages: Self.pre)
    for _ in 0..<2 {
      #expect(try tokenizer.encode("ab a\n\tb▁a") == [2, 4, 2, 1, 4, 2])
      #expect(try tokenizer.encodeWithOffsets("é  a\u{3000}a").ids == [1, 6, 2, 2])
      #expect(try tokenizer.encodeWithOffsets("é ab").offsets == [0..<2, 0..<2, 3..<4, 4..<5])
      #expect(try tokenizer.encode("a \u{301}b") == [2, 1, 7, 4])
      #expect(try tokenizer.encode(" \n ").isEmpty)
    }
    let long = String(repeating: "ab", count: 40_000)
    #expect(try tokenizer.encode(long).count == 80_000)
  }

  /// T5's stages in one pass give what they give one by one, in which form they are written here.
  @Test func fusedAsInStages() throws {
    guard let path = Fixtures.path("tokenizers/flan-t5/tokenizer.json") else { return }
    let json = try String(contentsOfFile: path, encoding: .utf8)
    let split = #""type": "WhitespaceSplit""#
    let staged = json.replacingOccurrences(of: split, with: #""type": "Sequence", "pretokenizers": [{\#(split)}]"#)
    try #require(staged != json)
    let fused = try TokenizerLoader.load(path: path)
    let plain = try TokenizerLoader.load(json: Array(staged.utf8), name: "staged")
    let parts = [
      " ", " ", "\n", "\t", "\r", "a", "Z", "é", "e\u{301}", "\u{300}", "ｱ", "①", "ﬁ", "。", "中", "한", "\u{1100}",
      "\u{1161}", "ำ", "क", "\u{94D}", "\u{200D}", "\u{200B}", "\u{AD}", "\u{600}", "🙂", "🏽", "🇩", "\u{0}", "\u{1}",
      "\u{B}", "\u{85}", "\u{A0}", "▁", "~", "¨", "test", "The", "ing", "1", "½", "𐍈", "ß",
    ]
    var state: UInt64 = 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var text = ""
    for _ in 0..<20_000 {
      for _ in 0...random(4) { text += parts[random(parts.count)] }
      if random(2) == 0 { text += " " }
    }
    // As long as keys, and as texts that are worked on in another way, can be.
    for length in [29, 30, 31, 32, 33, 251, 252, 253, 254, 1000] {
      text += " " + String(repeating: "x", count: length) + " " + String(repeating: "é中", count: length / 5)
    }
    let expected = try plain.encodeWithOffsets(text)
    #expect(expected.ids.count > 1 << 15)
    #expect(try fused.encodeWithOffsets(text) == expected)
    #expect(try fused.encode(text) == expected.ids)
    // All words are known now.
    #expect(try fused.encodeWithOffsets(text) == expected)
  }

  @Test func oldFormat() throws {
    guard let path = Fixtures.path("tokenizers/flan-t5/tokenizer-old-format.json"),
      let rows = try GoldenEncoding.load("flan-t5")
    else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for row in rows { #expect(try tokenizer.encode(row.text) == row.ids, "\(row.text)") }
  }

  @Test(arguments: [
    #"{"model": {"type": "Unigram"}}"#, #"{"model": {"type": "Unigram", "vocab": {}}}"#,
    #"{"model": {"type": "Unigram", "vocab": [["a"]]}}"#, #"{"model": {"type": "Unigram", "vocab": [["a", "b"]]}}"#,
    #"{"model": {"type": "Unigram", "vocab": [["a", 1, 2]]}}"#, #"{"model": {"type": "Unigram", "vocab": [[]]}}"#,
    #"{"model": {"vocab": [["a", 1]], "unk_id": -1}}"#, #"{"model": {"vocab": [["a", 1]], "unk_id": "x"}}"#,
  ])
  func refuses(_ text: String) {
    #expect(throws: FormatError.self) { try TokenizerLoader.load(json: Array(text.utf8), name: "odd") }
  }
}
