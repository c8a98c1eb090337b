import Core
import Foundation
import TestSupport
import Testing

/// Small tokenizers of the kinds that vocabularies come in; what is expected is what Hugging Face's library gives.
@Suite struct TokenizerKindTests {
  private func load(_ json: JSON) throws -> any Tokenizer {
    try TokenizerLoader.load(json: Array(json.serialized().utf8), name: "test")
  }

  private func tokens(_ tokenizer: any Tokenizer, _ text: String, special: Bool = false) throws -> [String] {
    try tokenizer.encode(text, addSpecialTokens: special).map { tokenizer.token(of: $0) ?? "?" }
  }

  private func vocabulary(_ tokens: [String]) -> JSON {
    .object(JSONObject(tokens.enumerated().map { (key: $0.element, value: .int($0.offset)) }))
  }

  /// The letters of byte-level vocabularies, as GPT-2's code makes them.
  private static let letters: [String] = {
    var next = 256
    return (0..<256).map { byte in
      if (33...126).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte) {
        return String(Character(Unicode.Scalar(UInt8(byte))))
      }
      defer { next += 1 }
      return Unicode.Scalar(UInt32(next)).map { String(Character($0)) } ?? ""
    }
  }()

  private func special(_ content: String, _ id: Int) -> JSON {
    ["id": .int(id), "content": .string(content), "normalized": false, "special": true]
  }

  // MARK: - BPE

  /// CLIP's form: `</w>` after the last letter of a word, in vocab.json with merges.txt as well.
  @Test func endOfWordMarks() throws {
    let letters = Self.letters
    let all =
      letters + letters.map { $0 + "</w>" } + ["th", "the</w>", "ca", "cat</w>", "<|startoftext|>", "<|endoftext|>"]
    let cut: JSON = [
      "type": "Split", "behavior": "Removed", "invert": true,
      "pattern": [
        "Regex": #"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
      ],
    ]
    let tokenizer = try load([
      "added_tokens": [special("<|startoftext|>", 516), special("<|endoftext|>", 517)],
      "normalizer": ["type": "Lowercase"],
      "pre_tokenizer": [
        "type": "Sequence", "pretokenizers": [cut, ["type": "ByteLevel", "add_prefix_space": false]],
      ],
      "post_processor": [
        "type": "RobertaProcessing", "sep": ["<|endoftext|>", 517], "cls": ["<|startoftext|>", 516],
      ], "decoder": ["type": "ByteLevel"],
      "model": [
        "type": "BPE", "unk_token": "<|endoftext|>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>",
        "vocab": vocabulary(all), "merges": ["t h", "th e</w>", "c a", "ca t</w>"],
      ],
    ])
    #expect(try tokenizer.encode("The cat", addSpecialTokens: true) == [516, 513, 515, 517])
    #expect(try tokenizer.encode("the  THE\ncats!") == [513, 513, 514, 116, 371, 289])
    #expect(try tokenizer.encode("Cat's 12 é") == [515, 39, 371, 305, 306, 195, 425])
    #expect(try tokenizer.encodeWithOffsets("Cat é").offsets == [0..<3, 4..<5, 5..<6])

    let folder = TemporaryFolder()
    try Data(vocabulary(all).serialized().utf8).write(to: URL(fileURLWithPath: folder.file("vocab.json")))
    try Data("#version: 0.2\nt h\nth e</w>\nc a\nca t</w>\n".utf8)
      .write(to: URL(fileURLWithPath: folder.file("merges.txt")))
    let pair = try TokenizerLoader.load(path: folder.file("vocab.json"))
    #expect(try pair.encode("The  cats", addSpecialTokens: true) == [516, 513, 514, 116, 371, 517])
  }

  @Test func continuingPrefix() throws {
    let tokenizer = try load([
      "pre_tokenizer": ["type": "Whitespace"],
      "model": [
        "type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "continuing_subword_prefix": "##",
        "vocab": vocabulary(["a", "b", "##a", "##b", "ab", "##ab", "<unk>", "aba"]),
        "merges": ["##a ##b", "a ##b", "ab ##a"],
      ],
    ])
    #expect(try tokenizer.encode("abab") == [4, 5])
    #expect(try tokenizer.encode("aba") == [7])
    #expect(try tokenizer.encode("xyab") == [6, 5])
    let encoding = try tokenizer.encodeWithOffsets("axy ab")
    #expect(encoding.ids == [0, 6, 4])
    #expect(encoding.offsets == [0..<1, 1..<3, 4..<6])
  }

  /// Galactica's form: digits one by one, brackets for references, runs of tabs and spaces.
  @Test func galactica() throws {
    let specials = ["<s>", "<pad>", "</s>", "<unk>", "[START_REF]", "[END_REF]", "[START_AMINO]", "<work>"]
    let all = specials + Self.letters + ["Ġt", "he", "Ġthe", "ĉĉ", "ĠĠ"]
    let tokenizer = try load([
      "added_tokens": .array(specials.enumerated().map { special($0.element, $0.offset) }),
      "pre_tokenizer": [
        "type": "Sequence",
        "pretokenizers": [
          [
            "type": "Split", "pattern": ["String": "SPL1T-TH1S-Pl3A5E"], "behavior": "Removed", "invert": false,
          ], ["type": "Digits", "individual_digits": true], ["type": "ByteLevel", "add_prefix_space": false],
        ],
      ], "decoder": ["type": "ByteLevel"],
      "model": ["type": "BPE", "vocab": vocabulary(all), "merges": ["Ġ t", "h e", "Ġt he", "ĉ ĉ", "Ġ Ġ"]],
    ])
    #expect(try tokenizer.encode("the 123") == [124, 265, 40, 57, 58, 59])
    let text = "In [START_REF]a the[END_REF] \t\tx"
    #expect(try tokenizer.encode(text) == [81, 118, 40, 4, 105, 266, 5, 40, 17, 17, 128])
    #expect(try tokenizer.encode("<work> 7.5  the") == [7, 40, 63, 54, 61, 40, 266])
    #expect(try tokenizer.decode(tokenizer.encode(text), skipSpecialTokens: false) == text)
    #expect(try tokenizer.decode(tokenizer.encode(text), skipSpecialTokens: true) == "In a the \t\tx")
  }

  @Test func fillInTheMiddle() throws {
    for names in [
      ["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>", "<repo_name>", "<file_sep>"],
      ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"],
    ] {
      let tokenizer = try load([
        "added_tokens": .array(names.enumerated().map { special($0.element, $0.offset + 1) }),
        "model": ["type": "BPE", "vocab": ["a": 0], "merges": []],
      ])
      #expect(
        tokenizer.specialTokens.fillInTheMiddle
          == FillInTheMiddleTokens(prefix: 1, suffix: 2, middle: 3, padding: 4, repositoryName: 5, fileSeparator: 6))
    }
    let llama = try load([
      "model": ["type": "BPE", "vocab": ["a": 0, "▁<PRE>": 1, "▁<SUF>": 2, "▁<MID>": 3], "merges": []]
    ])
    #expect(llama.specialTokens.fillInTheMiddle == FillInTheMiddleTokens(prefix: 1, suffix: 2, middle: 3))
    let none = try load(["model": ["type": "BPE", "vocab": ["a": 0, "<fim_prefix>": 1], "merges": []]])
    #expect(none.specialTokens.fillInTheMiddle == nil)
    if let path = Fixtures.path("tokenizers/starcoder2") {
      let tokenizer = try TokenizerLoader.load(path: path)
      let tokens = try #require(tokenizer.specialTokens.fillInTheMiddle)
      #expect(tokens.prefix == 1 && tokens.middle == 2 && tokens.suffix == 3)
    }
  }

  // MARK: - WordPiece and WordLevel

  @Test func wordPiece() throws {
    let tokenizer = try load([
      "pre_tokenizer": ["type": "WhitespaceSplit"], "decoder": ["type": "WordPiece", "prefix": "##", "cleanup": true],
      "model": [
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 6,
        "vocab": vocabulary([
          "[UNK]", "un", "##aff", "##able", "##a", "é", "##é", "##", "##un", "unaff", ",", "do", "not", "'", "s",
        ]),
      ],
    ])
    let words = try tokenizer.encodeWithOffsets("unaffa unable unaffable")
    #expect(words.ids == [9, 4, 1, 3, 0])
    #expect(words.offsets == [0..<5, 5..<6, 7..<9, 9..<13, 14..<23])
    #expect(try tokenizer.encode("ééé ##a ## ##un éa") == [5, 6, 6, 4, 7, 8, 5, 4])
    #expect(try tokenizer.encode("unx é") == [0, 5])
    #expect(tokenizer.decode([1, 2, 3, 10, 11, 12], skipSpecialTokens: false) == "unaffable, do not")
    #expect(tokenizer.decode([2, 2, 13, 14], skipSpecialTokens: false) == "##affaff ' s")
    #expect(tokenizer.decode([10, 10], skipSpecialTokens: false) == ",,")
  }

  @Test func wordLevel() throws {
    let tokenizer = try load([
      "pre_tokenizer": ["type": "WhitespaceSplit"],
      "model": ["type": "WordLevel", "unk_token": "<unk>", "vocab": vocabulary(["a", "bc", "<unk>"])],
    ])
    let encoding = try tokenizer.encodeWithOffsets("a bc abc")
    #expect(encoding.ids == [0, 1, 2])
    #expect(encoding.offsets == [0..<1, 2..<4, 5..<8])
    #expect(tokenizer.decode([0, 1, 2], skipSpecialTokens: false) == "a bc <unk>")
  }

  // MARK: - Added tokens

  /// Which tokens count where several stand in one place; white space that two of them take along.
  @Test func addedTokens() throws {
    func token(_ content: String, _ flags: String...) -> JSON {
      var entry: JSONObject = [
        "id": 50, "content": .string(content), "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": false,
      ]
      for flag in flags { entry[flag] = true }
      return .object(entry)
    }
    let letters = "abcdefghijklmnopqrstuvwxyz <>".map { String($0) }
    let tokenizer = try load([
      "added_tokens": [
        token("<l>", "lstrip"), token("<r>", "rstrip", "special"), token("word", "single_word"),
        token("AbC", "normalized"), token("  "), token("<lr>", "lstrip", "rstrip"), token("ab<"),
        token("abx", "normalized", "special"), token("<l", "special"),
      ], "normalizer": ["type": "Lowercase"], "decoder": ["type": "Fuse"],
      "model": ["type": "BPE", "vocab": vocabulary(letters), "merges": []],
    ])
    #expect(try tokenizer.encode("a <l> b") == [0, 29, 26, 1])
    #expect(try tokenizer.encode("a<r>   b") == [0, 30, 33, 26, 1])
    #expect(
      try tokenizer.encode("word swords word word_ (word)")
        == [31, 26, 18, 22, 14, 17, 3, 18, 26, 31, 26, 22, 14, 17, 3, 26, 31])
    #expect(try tokenizer.encode("abc ABC aBcd") == [32, 26, 32, 26, 32, 3])
    #expect(try tokenizer.encode("a  <l>  b") == [0, 33, 29, 33, 1])
    let both = try tokenizer.encodeWithOffsets("x <r>    <lr>  y")
    #expect(both.ids == [23, 26, 30, 33, 33, 34, 33, 24])
    #expect(both.offsets == [0..<1, 1..<2, 2..<9, 5..<7, 7..<9, 9..<15, 13..<15, 15..<16])
    #expect(try tokenizer.encode("ab<l>") == [35, 11, 28])
    #expect(try tokenizer.encode("abX<l") == [36, 37])
    #expect(try tokenizer.encode("<l><l> <l>") == [29, 29, 29])
    #expect(try tokenizer.encode(" <l  <r>  z") == [26, 37, 33, 30, 33, 25])
  }
}
