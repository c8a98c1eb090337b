import Core
import Testing

/// Texts that cannot be encoded, and tokenizer.json files of unusual combinations. What is right was found with
/// Hugging Face's `tokenizers` 0.22.2.
@Suite struct TokenizationErrorTests {
  private func load(_ json: String) throws -> any Tokenizer {
    try TokenizerLoader.load(json: Array(json.utf8), name: "test")
  }

  private func reason(_ tokenizer: any Tokenizer, _ text: String) -> TokenizationError.Reason? {
    guard let error = #expect(throws: TokenizationError.self, performing: { try tokenizer.encode(text) }) else {
      return nil
    }
    // All ways to tokens say the same.
    #expect(throws: error) { try tokenizer.encodeWithOffsets(text) }
    #expect(throws: error) { try TokenizationExplainer(tokenizer).explain(text) }
    var text = text
    text.withUTF8 { bytes in
      #expect(throws: error) {
        try tokenizer.encodeIDs(utf8: bytes, addSpecialTokens: false, parseSpecialTokens: true) { _ in }
      }
      #expect(throws: error) {
        try CompactEncoding(utf8: bytes, tokenizer, addSpecialTokens: false, parseSpecialTokens: true)
      }
    }
    #expect(IncrementalEncoding(text, tokenizer: tokenizer).encoded.failure == error)
    return error.reason
  }

  // MARK: - No token

  private static let split = #""pre_tokenizer": {"type": "Whitespace"}"#

  @Test(arguments: [
    #"{"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "[UNK]"}"#,
    ###"{"type": "WordPiece", "vocab": {"a": 0, "##b": 1}, "unk_token": "[UNK]"}"###,
  ]) func unknownWordsOfNamedButMissingTokens(_ model: String) throws {
    let tokenizer = try load("{\(Self.split), \"model\": \(model)}")
    #expect(try tokenizer.encode("a") == [0])
    #expect(reason(tokenizer, "a zz") == .noToken("zz", byte: 2, unknown: "[UNK]"))
  }

  @Test func unknownCharactersOfNamedButMissingTokens() throws {
    let model = #"{"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": [], "unk_token": "[UNK]"}"#
    let tokenizer = try load("{\(Self.split), \"model\": \(model)}")
    #expect(try tokenizer.encode("a b") == [0, 1])
    #expect(reason(tokenizer, "a zz") == .noToken("z", byte: 2, unknown: "[UNK]"))
    // None is named: they are left out there, too.
    let silent = try load(
      #"{\#(Self.split), "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": [], "unk_token": null}}"#)
    #expect(try silent.encode("a zz b") == [0, 1])
  }

  /// A vocabulary of all bytes has no unknown text, whatever it names.
  @Test func allBytesNeedNoUnknownToken() throws {
    let vocabulary = (0..<256).map { "\"<0x\(String($0 >> 4, radix: 16))\(String($0 & 15, radix: 16))>\": \($0)" }
    let json =
      #"{"model": {"type": "BPE", "vocab": {\#(vocabulary.joined(separator: ", ").uppercased().replacing("<0X", with: "<0x"))},"#
      + #" "merges": [], "unk_token": "<unk>", "byte_fallback": true}}"#
    #expect(try load(json).encode("é") == [0xC3, 0xA9])
  }

  @Test func unigramWithoutUnknownToken() throws {
    func tokenizer(_ vocabulary: String, bytes: Bool = false) throws -> any Tokenizer {
      try load(
        #"{\#(Self.split), "model": {"type": "Unigram", "vocab": [\#(vocabulary)], "unk_id": null, "byte_fallback": \#(bytes)}}"#
      )
    }
    let plain = try tokenizer(#"["a", -1.0], ["b", -2.0]"#)
    #expect(try plain.encode("a ba") == [0, 1, 0])
    #expect(reason(plain, "a zz") == .noToken("z", byte: 2, unknown: nil))
    // It fails at a character that is no piece, even where a piece reaches over it.
    let reaching = try tokenizer(#"["a", -1.0], ["ab", -2.0], ["bc", -1.0], ["c", -3.0]"#)
    #expect(try reaching.encode("ab") == [1])
    #expect(throws: TokenizationError.self) { try reaching.encode("bc") }
  }

  @Test func anUnknownTokenThatIsThereIsUsed() throws {
    let tokenizer = try load(
      #"{\#(Self.split), "model": {"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}}"#)
    #expect(try tokenizer.encode("a zz") == [0, 1])
    #expect(IncrementalEncoding("a zz", tokenizer: tokenizer).encoded.failure == nil)
  }

  // MARK: - Growth

  private static func replace(_ text: String, _ content: String) -> String {
    #"{"type": "Replace", "pattern": {"String": "\#(text)"}, "content": "\#(content)"}"#
  }

  private static func bomb(_ stages: Int) -> String {
    let one = replace("a", String(repeating: "a", count: 10))
    return #"{"type": "Sequence", "normalizers": [\#(Array(repeating: one, count: stages).joined(separator: ", "))]}"#
  }

  private static let word = #""model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"}"#

  @Test func stagesThatFeedEachOther() throws {
    let text = "a " + String(repeating: "a", count: 41)
    let tokenizer = try load(#"{"normalizer": \#(Self.bomb(12)), \#(Self.word)}"#)
    #expect(reason(tokenizer, text) == .growth(bytes: 43, allowed: 43 * 64 + 65536))
    // A little is no harm, and neither is a stage that finds nothing.
    #expect(try load(#"{"normalizer": \#(Self.bomb(2)), \#(Self.word)}"#).encode(text) == [0])
    #expect(try tokenizer.encode("b") == [1])
  }

  /// Parts between added tokens count together.
  @Test func manyPartsCountTogether() throws {
    let tokenizer = try load(
      """
      {"normalizer": \(Self.bomb(4)), "added_tokens": [{"id": 2, "content": "<m>", "special": true}], \(Self.word)}
      """)
    #expect(try tokenizer.encode("a<m>a") == [0, 2, 0])
    let text = Array(repeating: "a", count: 200).joined(separator: "<m>")
    #expect(reason(tokenizer, text) == .growth(bytes: text.utf8.count, allowed: text.utf8.count * 64 + 65536))
  }

  @Test func preTokenizersGrowTextToo() throws {
    let letters = #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}"#
    let stages = Array(repeating: letters, count: 24).joined(separator: ", ")
    let tokenizer = try load(#"{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [\#(stages)]}, \#(Self.word)}"#)
    #expect(try tokenizer.encode("a") == [0])
    #expect(reason(tokenizer, "é") == .growth(bytes: 2, allowed: 2 * 64 + 65536))
  }

  @Test func whatCannotBeBoundedIsRefused() throws {
    func refused(_ json: String, _ words: String) {
      let error = #expect(throws: FormatError.self) { try load(json) }
      #expect(error?.description.contains(words) == true, "\(error.map(String.init(describing:)) ?? "")")
    }
    // The text of an added token goes through the stages at load.
    refused(
      #"{"normalizer": \#(Self.bomb(12)), "added_tokens": [{"id": 2, "content": "aa", "normalized": true}], \#(Self.word)}"#,
      "added token aa")
    let decoder = Array(repeating: Self.replace("a", "aaaaaaaaaa"), count: 12).joined(separator: ", ")
    refused(#"{"decoder": {"type": "Sequence", "decoders": [\#(decoder)]}, \#(Self.word)}"#, "decoder")
    refused(#"{"decoder": {"type": "Metaspace", "replacement": ""}, \#(Self.word)}"#, "one character")
    let mark = String(repeating: "#", count: 1000)
    refused(
      #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "continuing_subword_prefix": "\#(mark)"}}"#, "marks")
    let twice = #"[{"Sequence": {"id": "A"}}, {"Sequence": {"id": "A"}}]"#
    refused(#"{"post_processor": {"type": "TemplateProcessing", "single": \#(twice)}, \#(Self.word)}"#, "2 times")
    refused(
      #"{"normalizer": {"type": "Strip"}, "added_tokens": [{"id": 2, "content": " ", "normalized": true}], \#(Self.word)}"#,
      "leaves nothing")
  }

  // MARK: - Ids

  @Test func wordsMayShareAnID() throws {
    let tokenizer = try load(
      #"{\#(Self.split), "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 0, "[UNK]": 1}, "unk_token": "[UNK]"}}"#)
    #expect(try tokenizer.encode("a b c") == [0, 0, 1])
    #expect(try tokenizer.encodeWithOffsets("a b c").ids == [0, 0, 1])
  }

  @Test(arguments: [
    #"{"type": "BPE", "vocab": {"a": 0, "b": 0, "c": 1}, "merges": []}"#,
    #"{"type": "WordPiece", "vocab": {"a": 0, "b": 0, "[UNK]": 1}, "unk_token": "[UNK]"}"#,
  ]) func idsThatTokensShareAreRefused(_ model: String) {
    let error = #expect(throws: FormatError.self) { try load(#"{"model": \#(model)}"#) }
    #expect(error?.description.contains(#"the id 0 twice: for "a" and "b""#) == true)
  }

  /// A token that is there twice counts once: what is added gets the next id.
  @Test func tokensThatAreThereTwiceCountOnce() throws {
    let tokenizer = try load(
      """
      {"added_tokens": [{"id": 9, "content": "<m>"}],
       "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "b": 1}, "unk_token": "a"}}
      """)
    #expect(try tokenizer.encode("<m>") == [2])
  }

  // MARK: - ByteLevel

  private static let byteLevel =
    #""pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}, "decoder": {"type": "ByteLevel"}"#

  @Test func unigramOfLetters() throws {
    let tokenizer = try load(
      #"""
      {\#(Self.byteLevel), "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -3.0], ["b", -3.0],
      ["Ġ", -3.0], ["Ċ", -3.0], ["é", -3.0], ["Ã", -3.0], ["©", -3.0], ["Ġa", -2.0], ["Ġb", -2.0]]}}
      """#)
    #expect(try tokenizer.encode("a b") == [1, 9])
    #expect(try tokenizer.encode("aé") == [1, 6, 7])
    #expect(tokenizer.decode([1, 6, 7, 9], skipSpecialTokens: false) == "aé b")
  }

  @Test func wordPieceOfLetters() throws {
    let tokenizer = try load(
      #"""
      {\#(Self.byteLevel), "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "a": 1, "Ġb": 2,
      "##Ã": 3, "##©": 4}}}
      """#)
    #expect(try tokenizer.encode("a b") == [1, 2])
    #expect(try tokenizer.encode("aé") == [1, 3, 4])
  }

  /// The bytes of the letter become tokens, not the byte that it stands for: Ġ is U+0120, C4 A0.
  @Test func byteTokensOfLetters() throws {
    let tokenizer = try load(
      #"""
      {\#(Self.byteLevel), "model": {"type": "BPE", "unk_token": null, "byte_fallback": true, "merges": [], "vocab":
      {"a": 0, "b": 1, "<0x27>": 2, "<0xC4>": 3, "<0xA0>": 4}}}
      """#)
    #expect(try tokenizer.encode("a'b") == [0, 2, 1])
    #expect(try tokenizer.encode("a b") == [0, 3, 4, 1])
  }

  /// Stages after ByteLevel may write into its letters.
  @Test func metaspaceAfterByteLevel() throws {
    let tokenizer = try load(
      #"""
      {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": false,
      "use_regex": true}, {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": false}]},
      "model": {"type": "BPE", "unk_token": null, "merges": [], "vocab": {"_": 0, "a": 1, "b": 2, "Ġ": 3, "Ã": 4, "©": 5}}}
      """#)
    #expect(try tokenizer.encode("a b") == [0, 1, 3, 2])
    #expect(try tokenizer.encode("é") == [0, 4, 5])
  }

  // MARK: - Added tokens

  @Test(
    arguments: [
      ("\n", true, true, "a\n\nb", [1, 7, 2]), ("  ", true, true, "a    b", [1, 7, 2]),
      ("\n", true, false, "a\n\nb", [1, 7, 7, 2]),
    ] as [(String, Bool, Bool, String, [TokenID])])
  func aTokenThatANeighbourTakesAlongIsGone(
    _ content: String, _ left: Bool, _ right: Bool, _ text: String, _ ids: [TokenID]
  ) throws {
    let token = content == "\n" ? #"\n"# : content
    let tokenizer = try load(
      """
      {\(Self.split), "added_tokens": [{"id": 7, "content": "\(token)", "lstrip": \(left), "rstrip": \(right),
      "normalized": false, "special": false}], "model": {"type": "WordLevel", "unk_token": "[UNK]",
      "vocab": {"[UNK]": 0, "a": 1, "b": 2, "the": 3, "x": 4, "hello": 5, "world": 6}}}
      """)
    #expect(try tokenizer.encode(text) == ids)
    #expect(try tokenizer.encodeWithOffsets(text).offsets.allSatisfy { !$0.isEmpty })
  }
}
