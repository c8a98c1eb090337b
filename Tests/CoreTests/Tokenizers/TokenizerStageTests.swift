import Core
import Foundation
import TestSupport
import Testing

/// The stages of tokenizer.json on a vocabulary that is small enough to see through.
@Suite struct TokenizerStageTests {
  private func tokenizer(
    added: String = "[]", normalizer: String = "null", pre: String = "null", post: String = "null",
    decoder: String = "null", model: String = ""
  ) throws -> any Tokenizer {
    let letters = "abcdefghijklmnopqrstuvwxyz▁ ,.".map { String($0) }
    var vocabulary = letters + ["ab", "abc", "▁a", "<unk>"] + ["<0xC3>", "<0xA9>", "<0x0A>"]
    vocabulary.append("he")
    let members = vocabulary.enumerated().map { "\(JSON.string($0.element).serialized()): \($0.offset)" }
    let text = """
      {"added_tokens": \(added), "normalizer": \(normalizer), "pre_tokenizer": \(pre), "post_processor": \(post),
       "decoder": \(decoder), "model": {"type": "BPE", \(model) "vocab": {\(members.joined(separator: ","))},
       "merges": ["a b", "ab c", ["▁", "a"], ["h", "e"]]}}
      """
    return try TokenizerLoader.load(json: Array(text.utf8), name: "test")
  }

  private func tokens(_ tokenizer: any Tokenizer, _ text: String, parse: Bool = true) throws -> [String] {
    try tokenizer.encode(text, parseSpecialTokens: parse).map { tokenizer.token(of: $0) ?? "?" }
  }

  @Test func mergesInTheOrderOfRanks() throws {
    #expect(try tokens(try tokenizer(), "abcab") == ["abc", "ab"])
    #expect(try tokens(try tokenizer(), "aabb") == ["a", "ab", "b"])
    #expect(try tokens(try tokenizer(model: #""ignore_merges": true,"#), "▁a") == ["▁a"])
  }

  @Test func unknownCharactersAndByteFallback() throws {
    #expect(try tokens(try tokenizer(), "aéb") == ["ab"])
    let unknown = try tokenizer(model: #""unk_token": "<unk>", "fuse_unk": false,"#)
    #expect(try tokens(unknown, "aééb") == ["a", "<unk>", "<unk>", "b"])
    let fused = try tokenizer(model: #""unk_token": "<unk>", "fuse_unk": true,"#)
    #expect(try tokens(fused, "aééb") == ["a", "<unk>", "b"])
    #expect(try fused.encodeWithOffsets("aééb").offsets == [0..<1, 1..<5, 5..<6])
    let fallback = try tokenizer(model: #""unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,"#)
    #expect(try tokens(fallback, "aéñb") == ["a", "<0xC3>", "<0xA9>", "<unk>", "b"])
  }

  @Test func normalizersAndTheirOffsets() throws {
    let prepended = try tokenizer(
      normalizer:
        #"{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}"#
    )
    #expect(try tokens(prepended, "abc a") == ["▁", "abc", "▁a"])
    #expect(try prepended.encodeWithOffsets("abc a").offsets == [0..<1, 0..<3, 3..<5])
    #expect(try prepended.encode("").isEmpty)
  }

  @Test func metaspace() throws {
    func pre(_ scheme: String) -> String {
      #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "\#(scheme)", "split": true}"#
    }
    #expect(try tokens(try tokenizer(pre: pre("always")), "a ab") == ["▁a", "▁", "ab"])
    #expect(try tokens(try tokenizer(pre: pre("never")), "a ab") == ["a", "▁", "ab"])
    let first = try tokenizer(
      added: #"[{"id": 100, "content": "<x>", "special": true}]"#, pre: pre("first"))
    #expect(try tokens(first, "a<x>a") == ["▁a", "<x>", "a"])
    #expect(try tokens(first, "<x>a") == ["<x>", "a"])
  }

  @Test(arguments: [
    ("Isolated", ["ab", ",", ",", "c"]), ("Removed", ["ab", "c"]), ("MergedWithPrevious", ["ab", ",", ",", "c"]),
    ("MergedWithNext", ["ab", ",", ",", "c"]), ("Contiguous", ["ab", ",", ",", "c"]),
  ])
  func splitByText(_ behavior: String, _ expected: [String]) throws {
    let pre = #"{"type": "Split", "pattern": {"String": ","}, "behavior": "\#(behavior)", "invert": false}"#
    #expect(try tokens(try tokenizer(pre: pre), "ab,,c") == expected)
  }

  /// Words are merged one by one only where no token reaches over their start.
  @Test func tokensAcrossWords() throws {
    func pieces(_ merges: String) throws -> [String] {
      let text = """
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "▁": 2, "▁a": 3, "b▁": 4, "b▁a": 5, "▁▁": 6}, "merges": \(merges)}}
        """
      return try tokens(try TokenizerLoader.load(json: Array(text.utf8), name: "test"), "ab▁ab▁▁a")
    }
    #expect(try pieces(#"["▁ a", "▁ ▁"]"#) == ["a", "b", "▁a", "b", "▁", "▁a"])
    #expect(try pieces(#"["▁ a", "b ▁a"]"#) == ["a", "b▁a", "b", "▁", "▁a"])
  }

  @Test func addedTokens() throws {
    let added = """
      [{"id": 100, "content": "<x>", "special": true, "lstrip": true, "rstrip": true},
       {"id": 101, "content": "hx", "special": false, "single_word": true},
       {"id": 102, "content": "<x>y", "special": false}]
      """
    // Ids follow the vocabulary's 38, whatever the file says.
    let tokenizer = try tokenizer(added: added)
    let encoding = try tokenizer.encodeWithOffsets("a  <x> b")
    #expect(encoding.ids.map { tokenizer.token(of: $0) } == ["a", "<x>", "b"])
    #expect(encoding.offsets == [0..<1, 1..<7, 7..<8])
    #expect(try tokenizer.encode("hx") == [39])
    #expect(try !tokenizer.encode("thx").contains(39))
    #expect(try tokens(tokenizer, "<x>y") == ["<x>y"])
    #expect(try !tokenizer.encode("<x>", parseSpecialTokens: false).contains(38))
    #expect(tokenizer.isSpecial(38) && !tokenizer.isSpecial(39))
    #expect(tokenizer.vocabularySize == 41)
  }

  @Test func normalizedAddedTokens() throws {
    let tokenizer = try tokenizer(
      added: #"[{"id": 100, "content": "x y", "special": false, "normalized": true}]"#,
      normalizer: #"{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}"#)
    #expect(try tokenizer.encode("ax ya") == [0, 38, 0])
    #expect(try tokenizer.encode("x▁y") == [38])
  }

  @Test func templates() throws {
    let post = """
      {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A",
      "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}], "pair": [], "special_tokens": {"<s>": {"id": "<s>",
      "ids": [38], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [39], "tokens": ["</s>"]}}}
      """
    let added = #"[{"id": 38, "content": "<s>", "special": true}, {"id": 39, "content": "</s>", "special": true}]"#
    let tokenizer = try tokenizer(added: added, post: post)
    #expect(tokenizer.addsBOS)
    let encoding = try tokenizer.encodeWithOffsets("a", addSpecialTokens: true)
    #expect(encoding.ids == [38, 0, 39])
    #expect(encoding.offsets == [0..<0, 0..<1, 1..<1])
    #expect(try tokenizer.encode("a") == [0])
  }

  @Test func decoders() throws {
    let decoder = """
      {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type":
      "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
      """
    let tokenizer = try tokenizer(decoder: decoder)
    let ids = ["▁", "▁a", "<0xC3>", "<0xA9>", "<0xC3>", "b"].compactMap { tokenizer.id(of: $0) }
    #expect(tokenizer.decode(ids, skipSpecialTokens: false) == "  a\u{FFFD}\u{FFFD}\u{FFFD}b".dropFirst().description)
    #expect(tokenizer.decode(Array(ids[..<4]), skipSpecialTokens: false) == " aé")
    #expect(try self.tokenizer().decode([0, 1], skipSpecialTokens: false) == "a b")
    let metaspace = try self.tokenizer(
      decoder: #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}"#)
    #expect(metaspace.decode(["▁a", "▁a"].compactMap { metaspace.id(of: $0) }, skipSpecialTokens: false) == "a a")
  }

  @Test func stagesThatAreNotKnownAreNamed() {
    let error = #expect(throws: FormatError.self) { try tokenizer(normalizer: #"{"type": "Fancy"}"#) }
    #expect(error?.description.contains("Fancy") == true)
    let pattern = #"{"type": "Split", "pattern": {"Regex": "(a)\\1"}, "behavior": "Isolated", "invert": false}"#
    let other = #expect(throws: FormatError.self) { try tokenizer(pre: pattern) }
    #expect(other?.description.contains("pre_tokenizer") == true)
  }

  /// Composition against another implementation, on text whose characters both know.
  @Test func canonicalComposition() throws {
    let composing = try tokenizer(normalizer: #"{"type": "NFC"}"#, model: #""unk_token": "<unk>", "fuse_unk": false,"#)
    let decomposing = try tokenizer(
      normalizer: #"{"type": "NFD"}"#, model: #""unk_token": "<unk>", "fuse_unk": false,"#)
    let alphabet = Array("aeéoöuxḍ\u{301}\u{308}\u{323}\u{327}\u{31B}ᄀ\u{1161}가각ΩΩÅ".unicodeScalars)
    // Foundation leaves a final consonant after a composed syllable as it is; Unicode has it joined.
    #expect(try composing.encode("가\u{11A8}").count == 1)
    #expect(try decomposing.encode("각").count == 3)
    for _ in 0..<400 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<8) { text.append(alphabet.randomElement()!) }
      let string = String(text)
      // Every character that is no letter of the vocabulary is one unknown token, so counts tell the characters.
      let composed = string.precomposedStringWithCanonicalMapping
      let decomposed = string.decomposedStringWithCanonicalMapping
      #expect(try composing.encode(string).count == composed.unicodeScalars.count, "\(text.map(\.value))")
      #expect(try decomposing.encode(string).count == decomposed.unicodeScalars.count, "\(text.map(\.value))")
      for range in try composing.encodeWithOffsets(string).offsets { #expect(range.upperBound <= string.utf8.count) }
    }
  }
}
