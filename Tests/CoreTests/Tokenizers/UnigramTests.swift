import Core
import TestSupport
import Testing

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
    #expect(tokenizer.encode("abcd") == [8])
    #expect(tokenizer.encodeWithOffsets("abcdacdéx").ids == [8, 1, 5, 0])
    #expect(tokenizer.encodeWithOffsets("abcdacdéx").offsets == [0..<4, 4..<5, 5..<7, 7..<10])
    // Of equal ways the one found first.
    #expect(try self.tokenizer([("?", 0), ("a", -1), ("aa", -1)]).encode("aaa") == [1, 2])
    #expect(tokenizer.encode("").isEmpty)
  }

  @Test func unknownCharacters() throws {
    let bytes = Self.letters + [("<0xC3>", -9), ("<0xA9>", -9)]
    #expect(try tokenizer(bytes, bytes: true).encode("aéb") == [1, 9, 10, 2])
    // Without a token for each byte, the unknown one.
    #expect(try tokenizer(bytes, bytes: true).encode("aèb") == [1, 0, 2])
    #expect(try tokenizer(Self.letters, unknown: "null").encode("aéb") == [1, 2])
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
      #expect(tokenizer.encode("ab a\n\tb▁a") == [2, 4, 2, 1, 4, 2])
      #expect(tokenizer.encodeWithOffsets("é  a\u{3000}a").ids == [1, 6, 2, 2])
      #expect(tokenizer.encodeWithOffsets("é ab").offsets == [0..<2, 0..<2, 3..<4, 4..<5])
      #expect(tokenizer.encode("a \u{301}b") == [2, 1, 7, 4])
      #expect(tokenizer.encode(" \n ").isEmpty)
    }
    let long = String(repeating: "ab", count: 40_000)
    #expect(tokenizer.encode(long).count == 80_000)
  }

  @Test func oldFormat() throws {
    guard let path = Fixtures.path("tokenizers/flan-t5/tokenizer-old-format.json"),
      let rows = try GoldenEncoding.load("flan-t5")
    else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for row in rows { #expect(tokenizer.encode(row.text) == row.ids, "\(row.text)") }
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
