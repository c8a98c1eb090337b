import Core
import Foundation
import TestSupport
import Testing

/// Ways through whole texts, where words are cut and looked up as they are written, give what the stages give one by
/// one.
@Suite struct TokenizerWordPathTests {
  static let parts = [
    "a", "b", "c", "ab", "é", "e\u{301}", "\u{300}", "ｱ", "①", "ﬁ", "。", "中", "한", "ำ", "\u{94D}", "\u{200B}", "\u{AD}",
    "🙂", "\u{0}", "\u{1}", "\u{B}", "\u{85}", "\u{A0}", "\u{3000}", "▁", "▁▁", "~", "¨", "test", "The", "ing", "1",
    "½", "ß", ".", ",", ">", "</", "<x>", "b▁a", "ab▁", "\u{FFFD}", "\u{E000}",
  ]

  static func text(_ random: inout RandomGenerator, words: Int) -> String {
    var text = ""
    for _ in 0..<words {
      let few = random.next() % 2 == 0 ? 5 : UInt64(parts.count)
      for _ in 0...(random.next() % 4) { text += parts[Int(random.next() % few)] }
      if random.next() % 300 == 0 { text += String(repeating: "ab", count: Int(random.next() % 200)) }
      text += [" ", " ", " ", " ", "  ", "\n", "\t", "", "\r\n", " ▁"][Int(random.next() % 10)]
    }
    return text
  }

  /// Ids alone against ids with offsets, more than once, as words are remembered.
  static func expectSame(_ tokenizer: any Tokenizer, words: Int, seed: UInt64) throws {
    var random = RandomGenerator(seed: seed)
    for size in [0, 1, 2, 5, 20, 200, words] {
      let text = text(&random, words: size)
      let expected = try tokenizer.encodeWithOffsets(text)
      for _ in 0..<2 { #expect(try tokenizer.encode(text) == expected.ids, "\(tokenizer.name), \(size) words") }
    }
  }

  @Test(arguments: [
    "flan-t5/spiece.model", "flan-t5/tokenizer.json", "llama2/tokenizer.model", "llama2/ggml-vocab-llama-spm.gguf",
    "llama2/tokenizer.json", "llama2/tokenizer.bin", "bert-base-uncased", "bert-base-cased/vocab.txt",
  ])
  func fixtures(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for seed in 1...3 { try Self.expectSame(tokenizer, words: 8_000, seed: UInt64(seed)) }
  }

  @Test(arguments: [1, 2] as [UInt8])
  func smallModels(_ type: UInt8) throws {
    for hasBytes in [false, true] {
      for (addsPrefix, removesSpaces) in [(true, true), (true, false), (false, true), (false, false)] {
        let writer = SentencePieceModelWriter(
          type: type, hasBytes: hasBytes, addsDummyPrefix: addsPrefix, removesExtraSpaces: removesSpaces)
        try Self.expectSame(try writer.load(), words: 20_000, seed: UInt64(type))
      }
    }
  }

  /// sentencepiece's sums in single precision, which it counts anew where they grow large: tokens of long texts
  /// depend on both.
  @Test func sumsOfLongTexts() throws {
    let tokenizer = try SentencePieceModelWriter(type: 1).load()
    let pieces = SentencePieceModelWriter.pieces.enumerated().filter { $0.element.2 == .normal }
    let scores = Dictionary(
      uniqueKeysWithValues: pieces.map { (Array($0.element.0.unicodeScalars), (TokenID($0.offset), $0.element.1)) })
    var random = RandomGenerator(seed: 5)
    var words: [String] = []
    for _ in 0..<30_000 {
      let letters = (0...(random.next() % 7)).map { _ in ["a", "b", "c", "é", "z"][Int(random.next() % 5)] }
      words.append(letters.joined())
    }
    let text = words.joined(separator: " ")
    let scalars = Array("▁\(words.joined(separator: "▁"))".unicodeScalars)
    var ways = [(sum: Float, start: Int, id: TokenID)](repeating: (0, -1, -1), count: scalars.count + 1)
    var counted = 0
    for i in scalars.indices {
      if abs(ways[i].sum) > 100_000 {
        counted += 1
        let offset = ways[i].sum
        for j in i..<min(ways.count, i + 8) where j == i || ways[j].start >= 0 { ways[j].sum -= offset }
      }
      func offer(_ end: Int, _ score: Float, _ id: TokenID) {
        let sum = ways[i].sum + score
        if ways[end].start < 0 || sum > ways[end].sum { ways[end] = (sum, i, id) }
      }
      for end in (i + 1)...min(scalars.count, i + 3) {
        if let (id, score) = scores[Array(scalars[i..<end])] { offer(end, score, id) }
      }
      if scores[[scalars[i]]] == nil { offer(i + 1, -6 - 10, 0) }
    }
    var expected: [TokenID] = []
    var at = scalars.count
    while at > 0 {
      if ways[at].id != 0 || expected.last != 0 { expected.append(ways[at].id) }
      at = ways[at].start
    }
    #expect(counted > 2)
    #expect(try tokenizer.encode(text) == expected.reversed())
    #expect(try tokenizer.encodeWithOffsets(text).ids == expected.reversed())
    // Without a space it is one word.
    let long = String(text.filter { $0 != " " })
    #expect(try tokenizer.encode(long) == tokenizer.encodeWithOffsets(long).ids)
  }

  /// A token that holds a space after another character (Gemma's `>▁</`) joins words; others are cut as ever.
  @Test func tokensOverSpaces() throws {
    let pieces: [(String, Float)] = [
      ("<unk>", 0), ("▁", -3), ("a", -4), ("b", -4.25), (">", -5), ("<", -6), ("/", -7), ("▁a", -2), ("ab", -2.5),
      ("▁ab", -1.5), ("</", -8), ("▁</", -9), (">▁</", -1), ("▁▁", -1.25), ("bb", -0.5),
    ]
    let bytes = (0..<256).map { value in
      let digits = String(value, radix: 16, uppercase: true)
      return "<0x\(digits.count < 2 ? "0" : "")\(digits)>"
    }
    let folder = TemporaryFolder()
    func load(_ pieces: [(String, Float)]) throws -> any Tokenizer {
      let path = folder.file("\(pieces.count).gguf")
      try GGUFWriter.write(
        metadata: [
          ("general.architecture", .string("gemma")), ("tokenizer.ggml.model", .string("llama")),
          ("tokenizer.ggml.tokens", .strings((pieces.map(\.0) + bytes).map { Array($0.utf8) })),
          ("tokenizer.ggml.scores", .float32s(pieces.map(\.1) + bytes.map { _ in 0 })),
          ("tokenizer.ggml.token_type", .int32s([2] + pieces.dropFirst().map { _ in 1 } + bytes.map { _ in 6 })),
          ("tokenizer.ggml.unknown_token_id", .uint32(0)), ("tokenizer.ggml.add_space_prefix", .bool(false)),
        ], tensors: [], to: path)
      return try TokenizerLoader.load(path: path)
    }
    let tokenizer = try load(pieces)
    #expect(try tokenizer.encode("a> </ ab") == [2, 12, 9])
    #expect(try tokenizer.encodeWithOffsets("a> </ ab").offsets == [0..<1, 1..<5, 5..<8])
    #expect(try tokenizer.encode("a> ab>  </") == [2, 4, 9, 4, 13, 10])
    for seed in 1...5 { try Self.expectSame(tokenizer, words: 3000, seed: UInt64(seed)) }
    // With tokens over a space after many characters nothing is cut at all.
    let many = try load(pieces + "abcdefghij/".map { ("\($0)▁b", Float(-20)) })
    var random = RandomGenerator(seed: 9)
    for _ in 0..<20 {
      let text = Self.text(&random, words: 50)
      #expect(try many.encode(text) == many.encodeWithOffsets(text).ids)
    }
  }

  /// Long words take time in proportion to their length, whatever the vocabulary's tokens, and have the same tokens.
  @Test func longWordsOfWordPiece() throws {
    let run = String(repeating: "a", count: 3000)
    var tokens = ["[UNK]", "a", "##a", "b", "##b", "##\(run)", "aab", "##aab", "##aba", "##é"]
    for length in [7, 300, 301, 900] { tokens += ["##" + String(repeating: "ab", count: length) + "é"] }
    let list = tokens.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ",")
    let json =
      #"{"pre_tokenizer": {"type": "WhitespaceSplit"}, "model": {"type": "WordPiece", "unk_token": "[UNK]","#
      + ###""continuing_subword_prefix": "##", "max_input_chars_per_word": 10000000, "vocab": {\###(list)}}}"###
    let tokenizer = try TokenizerLoader.load(json: Array(json.utf8), name: "long")
    var known: [Bool: [[UInt8]: TokenID]] = [:]
    for (id, token) in tokens.enumerated() {
      let goesOn = token.hasPrefix("##")
      known[goesOn, default: [:]][Array(token.utf8.dropFirst(goesOn ? 2 : 0))] = TokenID(id)
    }
    let lengths = Set(known.values.flatMap(\.keys).map(\.count)).sorted(by: >)
    var random = RandomGenerator(seed: 3)
    for round in 0..<40 {
      var word: [UInt8] = [UInt8(ascii: "a")]
      while word.count < 200 + 100 * round {
        let part = ["a", "b", "ab", "aab", "é", run][Int(random.next() % 6)]
        let times = [1, 1, 7, 300, 301][Int(random.next() % 5)]
        for _ in 0..<(part == run ? 1 : times) { word += Array(part.utf8) }
      }
      var expected: [TokenID] = []
      var at = 0
      while at < word.count {
        let matches = lengths.lazy.filter { $0 <= word.count - at }
          .compactMap { length in known[at > 0]?[Array(word[at..<(at + length)])].map { ($0, length) } }
        guard let (id, length) = matches.first else {
          expected = [0]
          break
        }
        expected.append(id)
        at += length
      }
      #expect(try tokenizer.encode(String(decoding: word, as: UTF8.self)) == expected)
    }
    // Each place begins a walk of 3000 bytes that finds one letter.
    let hostile = String(repeating: String(run.dropLast()) + "b", count: 300)
    #expect(try tokenizer.encode(hostile).count > 3000)
  }
}
