import Core
import Testing

/// Decoders, and that text shown token by token is the text of all tokens.
@Suite struct TokenizerDecoderTests {
  private static let vocabulary = [
    "a", "##b", "b</w>", "▁c", "<pad>", "|", "<0xE2>", "<0x82>", "<0xAC>", "<0x41>", "é", "Ġd", "Ã", "©", " '", "n't",
    "do not", ".", "▁", "", "  x  ",
  ]

  private func load(_ decoder: String, byteLevel: Bool = false) throws -> any Tokenizer {
    let members = Self.vocabulary.enumerated().map { "\(JSON.string($0.element).serialized()): \($0.offset)" }
    let pre = byteLevel ? #"{"type": "ByteLevel", "add_prefix_space": false}"# : "null"
    let text = """
      {"pre_tokenizer": \(pre), "decoder": \(decoder),
       "model": {"type": "BPE", "vocab": {\(members.joined(separator: ","))}, "merges": []}}
      """
    return try TokenizerLoader.load(json: Array(text.utf8), name: "decoder")
  }

  private static let decoders = [
    "null", ###"{"type": "ByteLevel"}"###, ###"{"type": "WordPiece", "prefix": "##", "cleanup": true}"###,
    ###"{"type": "WordPiece", "prefix": "##", "cleanup": false}"###, ###"{"type": "BPEDecoder", "suffix": "</w>"}"###,
    #"{"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": true}"#,
    #"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}"#,
    #"{"type": "Replace", "pattern": {"Regex": "[ab]+"}, "content": "<$>"}"#,
    #"{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}"#,
    #"{"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "ByteLevel"}]}"#,
    #"{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 2, "stop": 2}]}"#,
    ###"{"type": "Sequence", "decoders": [{"type": "WordPiece", "prefix": "##", "cleanup": true}, {"type": "BPEDecoder", "suffix": "</w>"}, {"type": "Fuse"}]}"###,
  ]

  @Test(arguments: decoders)
  func streamingIsDecoding(_ decoder: String) throws {
    for byteLevel in [false, true] {
      let tokenizer = try load(decoder, byteLevel: byteLevel)
      for length in 0..<200 {
        let ids = (0..<(length % 12)).map { _ in TokenID.random(in: 0..<TokenID(Self.vocabulary.count)) }
        var stream = StreamingDetokenizer(tokenizer, skipSpecialTokens: false)
        var text = ""
        for id in ids { text += stream.push(id) }
        text += stream.finish()
        let whole = tokenizer.decode(ids, skipSpecialTokens: false)
        #expect(Array(text.utf8) == Array(whole.utf8), "\(ids)")
      }
    }
  }

  /// What Hugging Face's library gives.
  @Test func decodesAsTheOfficialLibrary() throws {
    func text(_ decoder: Int, _ ids: [TokenID]) throws -> String {
      try load(Self.decoders[decoder]).decode(ids, skipSpecialTokens: false)
    }
    #expect(try text(2, [0, 1, 0, 17, 14]) == "ab a.  '")
    #expect(try text(4, [0, 2, 2, 0, 2]) == "ab b ab")
    #expect(try text(5, [0, 0, 4, 0, 5, 10, 10]) == "aa é")
    #expect(try text(6, [3, 3, 18]) == "c c ")
    #expect(try text(7, [0, 2, 10]) == "<$><$></w>é")
    #expect(try text(8, [3, 6, 7, 8, 3, 6, 9]) == "c€ c\u{FFFD}\u{FFFD}")
    #expect(try text(9, [11, 12, 13, 9]) == " déA")
  }
}
