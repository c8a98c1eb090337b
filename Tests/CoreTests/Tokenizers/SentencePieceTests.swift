import Core
import Foundation
import TestSupport
import Testing

/// SentencePiece models as sentencepiece has them, llama2.c's form of them, GGUF's Unigram.
@Suite struct SentencePieceTests {
  @Test(arguments: [("flan-t5/spiece.model", "flan-t5.spm"), ("llama2/tokenizer.model", "llama2.spm")])
  func golden(_ file: String, _ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(file)"), let rows = try GoldenEncoding.load(name) else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for row in rows {
      #expect(try tokenizer.encode(row.text, parseSpecialTokens: false) == row.ids, "\(row.text)")
      if let decoded = row.decoded {
        #expect(tokenizer.decode(row.ids, skipSpecialTokens: false) == decoded, "\(row.text)")
      }
    }
    let hasBOS = name == "llama2.spm"
    #expect(tokenizer.addsBOS == hasBOS)
    #expect(tokenizer.specialTokens.eos == (hasBOS ? 2 : 1))
    #expect(tokenizer.specialTokens.unknown == (hasBOS ? 0 : 2))
  }

  /// What sentencepiece 0.2.3 makes of the same pieces.
  static let small: [(SentencePieceModelWriter, ids: [[TokenID]], texts: [String])] = [
    (
      SentencePieceModelWriter(type: 1), [[8, 8, 9], [4, 3, 6], [3, 12, 9, 10, 7, 0], [3, 4]],
      ["ab abc", "a b", "éc<x>ab ⁇ ", "a"]
    ),
    (
      SentencePieceModelWriter(type: 1, hasBytes: true),
      [
        [264, 264, 265], [260, 259, 262], [259, 268, 265, 266, 263, 233, 154, 168, 233, 159, 175], [259, 260],
      ], ["ab abc", "a b", "éc<x>ab日本", "a"]
    ),
    (
      SentencePieceModelWriter(type: 2), [[8, 4, 6, 9], [4, 3, 6], [3, 12, 9, 10, 7, 0], [3, 4]],
      ["ab abc", "a b", "éc<x>ab ⁇ ", "a"]
    ),
    (
      SentencePieceModelWriter(type: 2, hasBytes: true),
      [
        [264, 260, 262, 265], [260, 259, 262], [259, 268, 265, 266, 263, 233, 154, 168, 233, 159, 175], [259, 260],
      ], ["ab abc", "a b", "éc<x>ab日本", "a"]
    ),
    (SentencePieceModelWriter(type: 3), [[8, 0], [4, 0], [0], [3, 4]], ["ab ⁇ ", "a ⁇ ", " ⁇ ", "a"]),
    (
      SentencePieceModelWriter(type: 4), [[3, 5, 6, 3, 5, 6, 9], [3, 5, 3, 6], [3, 12, 9, 10, 5, 6, 0], [3, 3, 5]],
      ["ab abc", "a b", "éc<x>ab ⁇ ", "a"]
    ),
    (
      SentencePieceModelWriter(type: 1, isSuffix: true),
      [[7, 8, 9, 3], [5, 3, 6, 3], [12, 9, 10, 7, 0, 3], [4, 3]], ["ab abc ", "a b ", "éc<x>ab ⁇  ", "a "]
    ),
    (
      SentencePieceModelWriter(type: 2, addsDummyPrefix: false, removesExtraSpaces: false),
      [[7, 4, 6, 9], [5, 3, 3, 6, 3], [12, 9, 10, 7, 0], [3, 4]], ["ab abc", "a  b ", "éc<x>ab ⁇ ", "  a"]
    ),
  ]

  @Test(arguments: 0..<8)
  func kindsAndOptions(_ index: Int) throws {
    let (writer, ids, texts) = Self.small[index]
    let tokenizer = try writer.load()
    for (text, (ids, decoded)) in zip(["ab abc", "a  b ", "éc<x>ab日本", " ▁a"], zip(ids, texts)) {
      // Twice, as words are remembered.
      for _ in 0..<2 {
        let encoding = try tokenizer.encodeWithOffsets(text)
        #expect(encoding.ids == ids, "\(text)")
        #expect(encoding.offsets.allSatisfy { $0.upperBound <= text.utf8.count }, "\(text)")
      }
      #expect(tokenizer.decode(ids, skipSpecialTokens: false) == decoded, "\(text)")
    }
  }

  @Test func specialTokens() throws {
    let tokenizer = try SentencePieceModelWriter(type: 2).load()
    #expect(try tokenizer.encode("<s>a", addSpecialTokens: true) == [1, 1, 4])
    #expect(try !tokenizer.encode("<s>a", parseSpecialTokens: false).contains(1))
    #expect(tokenizer.decode([1, 4, 2], skipSpecialTokens: true) == "a")
    #expect(tokenizer.isSpecial(1) && !tokenizer.isSpecial(10))
    #expect(try tokenizer.encodeWithOffsets("ab  c").offsets == [0..<2, 2..<3, 4..<5])
  }

  /// Sums of scores in single precision: the ways of a long word are those that sentencepiece finds, rounding and all.
  @Test func longTexts() throws {
    let tokenizer = try SentencePieceModelWriter(type: 1).load()
    for text in ["a", "ab", "éa", "日", " ", "a "] {
      let long = String(repeating: text, count: 30_000)
      let ids = try tokenizer.encode(long)
      #expect(ids.count <= long.utf8.count + 1)
      #expect(try tokenizer.encodeWithOffsets(long).offsets.last.map { $0.upperBound <= long.utf8.count } != false)
    }
    #expect(try tokenizer.encode(String(repeating: "日", count: 30_000)) == [3, 0])
    #expect(try tokenizer.encode(String(repeating: "ab ", count: 30_000)) == [TokenID](repeating: 8, count: 30_000))
  }

  @Test func damagedModels() throws {
    for writer in [SentencePieceModelWriter(type: 1), SentencePieceModelWriter(type: 2, hasBytes: true)] {
      let whole = writer.bytes
      for cut in stride(from: 0, to: whole.count, by: 7) {
        _ = try? SentencePieceModelWriter.load(Array(whole[..<cut]))
      }
      for round in 0..<400 {
        var bent = whole
        for _ in 0...(round % 3) { bent[Int.random(in: 0..<bent.count)] = UInt8.random(in: 0...255) }
        guard let tokenizer = try? SentencePieceModelWriter.load(bent) else { continue }
        _ = try tokenizer.decode(tokenizer.encode("ab abc <x> é日 <s>"), skipSpecialTokens: false)
      }
    }
    // A second unknown piece, a byte without fallback, an endless length, no unknown piece.
    let letter: [UInt8] = [0x0A, 0x03, 0x0A, 0x01, 0x61]
    let unknown: [UInt8] = [0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x02]
    let byte: [UInt8] = [0x0A, 0x0A, 0x0A, 0x06, 0x3C, 0x30, 0x78, 0x34, 0x31, 0x3E, 0x18, 0x06]
    let endless: [UInt8] = [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
    for bad in [unknown + unknown, unknown + byte, letter + endless, letter] {
      #expect(throws: FormatError.self) { try SentencePieceModelWriter.load(bad) }
    }
  }

  /// The same vocabulary; only `▁` in the text itself is no space to llama2.c.
  @Test func llama2C() throws {
    guard let path = Fixtures.path("tokenizers/llama2/tokenizer.bin"), let rows = try GoldenEncoding.load("llama2.spm")
    else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for row in rows where !row.text.contains("▁") {
      #expect(try tokenizer.encode(row.text, parseSpecialTokens: false) == row.ids, "\(row.text)")
      #expect(tokenizer.decode(row.ids, skipSpecialTokens: false) == row.decoded, "\(row.text)")
    }
    #expect(try tokenizer.encode("▁", parseSpecialTokens: false) == [29871, 229, 153, 132])
    #expect(try tokenizer.encode("Hello", addSpecialTokens: true) == [1, 15043])
  }

  @Test func damagedLlama2C() throws {
    func entry(_ score: Float, _ text: String) -> [UInt8] {
      withUnsafeBytes(of: score.bitPattern.littleEndian) { Array($0) } + [UInt8(text.utf8.count), 0, 0, 0]
        + Array(text.utf8)
    }
    let good: [UInt8] =
      [9, 0, 0, 0] + entry(0, "<unk>") + entry(0, "\n<s>\n") + entry(0, "\n</s>\n") + entry(0, " ") + entry(-1, " a")
      + entry(-2, "a")
    let tokenizer = try SentencePieceModelWriter.load(good, named: "tokenizer.bin")
    #expect(try tokenizer.encode("a a") == [4, 4])
    for cut in 1..<good.count {
      // Cut between tokens it is a smaller vocabulary.
      guard let small = try? SentencePieceModelWriter.load(Array(good[..<cut]), named: "tokenizer.bin") else {
        continue
      }
      // It may lack what the text needs.
      _ = try? small.encode("a a")
    }
    for place in [0, 8, 9, 10, 11] {
      var bent = good
      bent[place] = 0xFF
      if place == 0 { bent[3] = 0xFF }
      #expect(throws: FormatError.self) { try SentencePieceModelWriter.load(bent, named: "tokenizer.bin") }
    }
  }

  @Test func unigramOfGGUF() throws {
    let pieces = SentencePieceModelWriter.pieces
    func tokenizer(_ more: [(String, GGUFWriter.Value)] = []) throws -> any Tokenizer {
      let folder = TemporaryFolder()
      let path = folder.file("t5.gguf")
      var values: [(String, GGUFWriter.Value)] = [
        ("general.architecture", .string("t5")), ("tokenizer.ggml.model", .string("t5")),
        ("tokenizer.ggml.tokens", .strings(pieces.map { Array($0.0.utf8) })),
        ("tokenizer.ggml.scores", .float32s(pieces.map(\.1))),
        ("tokenizer.ggml.token_type", .int32s(pieces.map { Int32($0.2.rawValue) })),
        ("tokenizer.ggml.unknown_token_id", .uint32(0)), ("tokenizer.ggml.eos_token_id", .uint32(2)),
      ]
      values += more
      try GGUFWriter.write(metadata: values, tensors: [], to: path)
      return try TokenizerLoader.load(path: path)
    }
    let t5 = try tokenizer([
      ("tokenizer.ggml.add_space_prefix", .bool(true)), ("tokenizer.ggml.remove_extra_whitespaces", .bool(true)),
    ])
    // llama.cpp takes unused tokens too.
    #expect(try t5.encode("ab  abc ") == [8, 4, 11])
    #expect(try t5.encode("ab", addSpecialTokens: true) == [8, 2])
    #expect(try t5.encode("éc<x>ab日本") == [3, 12, 9, 10, 8, 0])
    // Without the keys, as llama.cpp: no space before the text, and all of them kept.
    #expect(try tokenizer().encode("a  b ") == [5, 3, 3, 6, 3])
  }
}
