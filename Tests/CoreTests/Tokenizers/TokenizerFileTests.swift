import Core
import Foundation
import TestSupport
import Testing

/// Files that are not tokenizer.json, and what stands beside a vocabulary.
@Suite struct TokenizerFileTests {
  // MARK: - Rank files

  @Test(arguments: ["cl100k_base", "p50k_base", "o200k_base"])
  func tiktoken(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)"), let data = Fixtures.data("golden/\(name).jsonl") else {
      return
    }
    let tokenizer = try TokenizerLoader.load(path: path)
    for line in data.split(separator: 0x0A) {
      let row = try JSON.parse(line)
      let text = try #require(row["text"]?.string)
      func ids(_ key: String) -> [TokenID]? { row[key]?.array?.compactMap { $0.int.map { TokenID($0) } } }
      let plain = try tokenizer.encodeWithOffsets(text, parseSpecialTokens: false)
      #expect(plain.ids == ids("ids"), "\(text)")
      #expect(try tokenizer.encode(text) == ids("ids_allow_special"), "\(text)")
      #expect(
        plain.ids.map { Data(tokenizer.bytes(of: $0)).base64EncodedString() }
          == row["token_bytes_b64"]?.array?.compactMap(\.string), "\(text)")
      #expect(tokenizer.decode(plain.ids, skipSpecialTokens: false) == text)
      var at = 0
      for range in plain.offsets {
        #expect(range.lowerBound == at)
        at = range.upperBound
      }
      #expect(at == text.utf8.count)
    }
  }

  /// Llama 3's and Qwen2's own rank files give what their tokenizer.json gives.
  @Test(arguments: [("llama3/tokenizer.model", "llama3"), ("qwen2/qwen.tiktoken", "qwen2")])
  func rankFilesOfModels(_ file: String, _ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(file)"), let rows = try GoldenEncoding.load(name) else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for row in rows {
      #expect(try tokenizer.encode(row.text) == row.ids, "\(row.text)")
      if let ids = row.idsWithSpecial { #expect(try tokenizer.encode(row.text, addSpecialTokens: true) == ids) }
    }
  }

  private func rankFile(_ tokens: [String], in folder: TemporaryFolder, name: String = "odd.tiktoken") throws -> String
  {
    let all = (UInt8.min...UInt8.max).map { Data([$0]) } + tokens.map { Data($0.utf8) }
    let lines = all.enumerated().map { "\($0.element.base64EncodedString()) \($0.offset)\n" }
    try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    return folder.file(name)
  }

  /// Any neighbours that together are a token merge, of the lowest rank first, and a piece that is a token is that token
  /// though no merge leads to it.
  @Test func ranksAreMerges() throws {
    let folder = TemporaryFolder()
    let path = try rankFile(["bc", "ab", "abc", "zzzz"], in: folder)
    let error = #expect(throws: FormatError.self) { try TokenizerLoader.load(path: path) }
    #expect(error?.description.contains("--pattern") == true)
    let tokenizer = try TokenizerLoader.load(path: path, pattern: "cl100k_base")
    #expect(try tokenizer.encode("abc") == [258])
    #expect(try tokenizer.encode("abcd") == [258, 100])
    #expect(try tokenizer.encode("xabc") == [120, 258])
    #expect(try tokenizer.encode("abab") == [257, 257])
    #expect(try tokenizer.encode("zzzz zzzz") == [259, 32, 122, 122, 122, 122])
    #expect(throws: FormatError.self) { try TokenizerLoader.load(path: path, pattern: "nothing") }
  }

  @Test func damagedRankFiles() throws {
    let folder = TemporaryFolder()
    let good = try String(contentsOfFile: rankFile(["ab"], in: folder), encoding: .utf8)
    for bad in [
      good + "YWI= 900\n", good + "YWM= 12\n", good + "YWM 300\n", good + "YWM= x\n", good + "YWM= 99999999999\n",
      good + "YW*= 300\n", String(good.dropFirst(7)), good + "\(String(repeating: "QUFB", count: 2000)) 400\n",
    ] {
      try Data(bad.utf8).write(to: URL(fileURLWithPath: folder.file("bad.tiktoken")))
      #expect(throws: FormatError.self) {
        try TokenizerLoader.load(path: folder.file("bad.tiktoken"), pattern: "cl100k_base")
      }
    }
  }

  /// Qwen's own code composes a text before it looks for special tokens: the mark after one belongs to its last letter.
  @Test func marksAfterSpecialTokensOfQwen() throws {
    guard let path = Fixtures.path("tokenizers/qwen2/qwen.tiktoken") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    #expect(try tokenizer.encode("a<|im_end|>b") == [64, 151645, 65])
    #expect(try tokenizer.encode("<|im_end|>\u{338}") == tokenizer.encode("<|im_end|\u{226F}"))
    #expect(try tokenizer.encodeWithOffsets("<|im_end|>\u{338}").ids == tokenizer.encode("<|im_end|\u{226F}"))
    #expect(try tokenizer.encode("<|im_end|>e\u{301}") == [151645] + tokenizer.encode("é"))
  }

  // MARK: - BERT

  @Test(arguments: ["bert-base-uncased", "bert-base-cased"])
  func vocabularyOfBERT(_ name: String) throws {
    guard let rows = try GoldenEncoding.load(name) else { return }
    for file in ["", "/vocab.txt", "/tokenizer.json"] {
      guard let path = Fixtures.path("tokenizers/\(name)\(file)") else { continue }
      let tokenizer = try TokenizerLoader.load(path: path)
      for row in rows {
        #expect(try tokenizer.encode(row.text) == row.ids, "\(row.text)")
        if let ids = row.idsWithSpecial { #expect(try tokenizer.encode(row.text, addSpecialTokens: true) == ids) }
        if let text = row.decoded { #expect(tokenizer.decode(row.ids, skipSpecialTokens: false) == text) }
      }
    }
  }

  /// The pass that does all stages at once gives what the stages give one by one, with the same places.
  @Test(arguments: [true, false])
  func stagesOfBERTAtOnce(_ lowercases: Bool) throws {
    let words = [
      "[UNK]", "the", "##s", "a", "##b", "b", "é", "e", "##e", "1", "##2", "你", ",", "##ώ", "i", "##\u{307}",
    ]
    let members = words.enumerated().map { "\(JSON.string($0.element).serialized()): \($0.offset)" }
    func load(_ normalizer: String) throws -> any Tokenizer {
      let text = """
        {"normalizer": \(normalizer), "pre_tokenizer": {"type": "BertPreTokenizer"},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {\(members.joined(separator: ","))}}}
        """
      return try TokenizerLoader.load(json: Array(text.utf8), name: "bert")
    }
    let stage =
      #"{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": \#(lowercases)}"#
    let fused = try load(stage)
    let plain = try load(#"{"type": "Sequence", "normalizers": [\#(stage)]}"#)
    var random = SystemRandomNumberGenerator()
    let parts = [
      "the", "THES", " ", "  ", "\t", "é", "e\u{301}\u{327}", "\u{301}", "İ", "ab", "AB12", "你好", ",", "’", "\u{200D}",
      "\u{302E}\u{302F}", "a\u{302F}\u{302E}b", "\u{1D165}\u{1D16D}", "ΏΣ", "\0", "\u{FFFD}", "≮", "한", "🙂",
      String(repeating: "a", count: 120), String(repeating: "é", count: 300), "\u{85}", "\u{3000}",
      String(repeating: "é", count: 1500),
    ]
    for _ in 0..<4000 {
      var text = ""
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        if Bool.random(using: &random) {
          text += parts.randomElement(using: &random) ?? ""
        } else if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random)) {
          text.unicodeScalars.append(scalar)
        }
      }
      let (got, expected) = try (fused.encodeWithOffsets(text), plain.encodeWithOffsets(text))
      #expect(got.ids == expected.ids, "\(Array(text.unicodeScalars))")
      #expect(got.offsets == expected.offsets, "\(Array(text.unicodeScalars))")
    }
  }

  /// `</s>` ends what `<s>` begins; where texts begin with another token it is a tag of HTML (Gemma's).
  @Test(arguments: ["<s>", "<bos>"]) func closingTagsEndRepliesWhereTheyBeginWithTheOpening(_ start: String) throws {
    let folder = TemporaryFolder()
    let added = [start, "<eos>", "</s>"].enumerated().map {
      "{\"id\":\($0.offset),\"content\":\"\($0.element)\",\"special\":true}"
    }
    let json = """
      {"added_tokens":[\(added.joined(separator: ","))],"normalizer":null,"pre_tokenizer":null,"post_processor":null,
      "decoder":null,"model":{"type":"WordLevel","vocab":{"\(start)":0,"<eos>":1,"</s>":2,"a":3},"unk_token":"a"}}
      """
    try Data(json.utf8).write(to: URL(fileURLWithPath: folder.file("tokenizer.json")))
    try Data("{\"bos_token\":\"\(start)\",\"eos_token\":\"<eos>\"}".utf8)
      .write(to: URL(fileURLWithPath: folder.file("tokenizer_config.json")))
    let special = try TokenizerLoader.load(path: folder.path).specialTokens
    #expect(special.endOfGeneration == (start == "<s>" ? [1, 2] : [1]))
  }

  // MARK: - Made on the spot

  @Test func bytesCharactersAndWords() throws {
    let bytes = try TokenizerLoader.load(path: "bytes")
    #expect(try bytes.encode("aé") == [97, 0xC3, 0xA9])
    #expect(bytes.decode([97, 0xC3, 0xA9, 0xFF], skipSpecialTokens: false) == "aé\u{FFFD}")
    let folder = TemporaryFolder()
    try Data("b a, a é!".utf8).write(to: URL(fileURLWithPath: folder.file("text.txt")))
    let characters = try TokenizerLoader.load(path: "chars:" + folder.file("text.txt"))
    #expect(characters.vocabularySize == 7)
    #expect(try characters.encode("a éz") == [3, 0, 5, 6])
    #expect(characters.decode([3, 0, 5], skipSpecialTokens: false) == "a é")
    // What separates sequences is no text.
    try Data("b a, <|endoftext|>a é!<|endoftext|>".utf8).write(to: URL(fileURLWithPath: folder.file("parts.txt")))
    let parts = try TokenizerLoader.load(path: "chars:" + folder.file("parts.txt"))
    #expect(parts.vocabularySize == 7 && parts.token(of: 5) == "é")
    #expect(try TokenizerLoader.load(path: "words:" + folder.file("parts.txt")).vocabularySize == 6)
    try Data([0x61, 0xE9, 0x0A]).write(to: URL(fileURLWithPath: folder.file("latin.txt")))
    #expect(throws: FormatError.self) { try TokenizerLoader.load(path: "chars:" + folder.file("latin.txt")) }
    let words = try TokenizerLoader.load(path: "words:" + folder.file("text.txt"))
    #expect(try words.encode("a, z b") == [0, 2, 5, 3])
    #expect(words.decode([0, 2, 3], skipSpecialTokens: false) == "a , b")
    try Data().write(to: URL(fileURLWithPath: folder.file("empty.txt")))
    #expect(throws: FormatError.self) { try TokenizerLoader.load(path: "chars:" + folder.file("empty.txt")) }
    #expect(throws: FormatError.self) { try TokenizerLoader.load(path: "words:" + folder.file("none.txt")) }
  }

  // MARK: - Lengths and pairs

  /// Ids that a stage names must be those of tokens: they would come out of encoding.
  @Test func idsWithoutToken() throws {
    func load(_ stages: String) throws -> any Tokenizer {
      let text = """
        {\(stages), "added_tokens": [{"id": 2, "content": "<s>", "special": true}],
         "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
        """
      return try TokenizerLoader.load(json: Array(text.utf8), name: "test")
    }
    func template(_ ids: String, _ key: String = "single") -> String {
      let piece = key == "single" ? "" : #""single": [{"Sequence": {"id": "A"}}],"#
      return
        #""post_processor": {"type": "TemplateProcessing", \#(piece) "\#(key)": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],"#
        + #""special_tokens": {"<s>": {"id": "<s>", "ids": [\#(ids)], "tokens": ["<s>"]}}}"#
    }
    func ends(_ type: String, _ cls: Int, _ sep: Int) -> String {
      #""post_processor": {"type": "\#(type)", "cls": ["<s>", \#(cls)], "sep": ["</s>", \#(sep)]}"#
    }
    let good = [
      template("2"), template("1, 2"), ends("BertProcessing", 2, 0), ends("RobertaProcessing", 0, 2),
      #""padding": {"strategy": "BatchLongest", "pad_id": 2}"#,
    ]
    for stages in good { #expect(try load(stages).vocabularySize == 3) }
    let bad = [
      template("3"), template("2, 265"), template("-1"), template("3", "pair"), ends("BertProcessing", 2, 3),
      ends("RobertaProcessing", 3, 2), #""padding": {"strategy": "BatchLongest", "pad_id": 3, "pad_token": "<p>"}"#,
      #""post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel"}, \#(template("3").dropFirst(18))]}"#,
    ]
    for stages in bad { #expect(throws: FormatError.self, "\(stages)") { try load(stages) } }
    let error = #expect(throws: FormatError.self) { try load(template("265")) }
    #expect(error?.description.contains("id 265 for <s>, which no token has") == true)
    #expect(error?.description.contains("one of the vocabulary's 3 ids") == true)
  }

  @Test func pairsTruncationAndPadding() throws {
    let frame: [JSON] = [
      ["SpecialToken": ["id": "[C]", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]],
      ["SpecialToken": ["id": "[S]", "type_id": 0]],
    ]
    let second: [JSON] = [["Sequence": ["id": "B", "type_id": 1]], ["SpecialToken": ["id": "[S]", "type_id": 1]]]
    let json: JSON = [
      "truncation": ["max_length": 7, "strategy": "LongestFirst", "stride": 0, "direction": "Right"],
      "padding": [
        "strategy": ["Fixed": 9], "direction": "Left", "pad_id": 5, "pad_type_id": 3, "pad_token": "[P]",
        "pad_to_multiple_of": 4,
      ],
      "post_processor": [
        "type": "TemplateProcessing", "single": .array(frame), "pair": .array(frame + second),
        "special_tokens": [
          "[C]": ["id": "[C]", "ids": [8], "tokens": ["[C]"]], "[S]": ["id": "[S]", "ids": [9], "tokens": ["[S]"]],
        ],
      ],
      "model": [
        "type": "BPE", "vocab": ["a": 0, "b": 1, "[P]": 5, "[C]": 8, "[S]": 9], "merges": [],
      ],
    ]
    let loaded = try TokenizerLoader.load(json: Array(json.serialized().utf8), name: "test")
    let tokenizer = try #require(loaded as? PipelineTokenizer)
    let plain = try tokenizer.inputs([(first: "aa", second: "b")])
    #expect(plain.map(\.ids) == [[8, 0, 0, 9, 1, 9]])
    #expect(plain.map(\.typeIDs) == [[0, 0, 0, 0, 1, 1]])
    #expect(plain.map(\.offsets) == [[0..<0, 0..<1, 1..<2, 2..<2, 0..<1, 1..<1]])
    let cut = try tokenizer.inputs([(first: "aaaaaa", second: "bbb")], truncation: tokenizer.truncation)
    #expect(cut.map(\.ids) == [[8, 0, 0, 9, 1, 1, 9]])
    let single = try tokenizer.inputs(
      [(first: "abababab", second: nil)], truncation: tokenizer.truncation, padding: tokenizer.padding)
    #expect(single.map(\.ids) == [[5, 5, 5, 5, 5, 8, 0, 1, 0, 1, 0, 9]])
    #expect(single.map(\.typeIDs) == [[3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0]])
    #expect(single.map(\.attentionMask) == [[0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]])
    let batch = try tokenizer.inputs(
      [(first: "a", second: nil), (first: "bbb", second: nil)], addSpecialTokens: false,
      padding: Padding(length: .longest, id: 7))
    #expect(batch.map(\.ids) == [[0, 7, 7], [1, 1, 1]])
    #expect(throws: PipelineTokenizer.TruncationError.self) {
      try tokenizer.inputs(
        [(first: "a", second: "bbbbbb")], truncation: Truncation(maximumLength: 6, strategy: .onlyFirst))
    }
    let left = try tokenizer.inputs(
      [(first: "aabb", second: nil)], addSpecialTokens: false,
      truncation: Truncation(maximumLength: 3, direction: .left))
    #expect(left.map(\.ids) == [[0, 1, 1]])
  }
}
