import Core
import Foundation
import TestSupport
import Testing

/// Vocabularies of GGUF files that are made here, read as llama.cpp reads them.
@Suite struct GGUFVocabularyTests {
  private func load(_ model: String, pre: String?) throws -> any Tokenizer {
    var tokens = ["<pad>", "<bos>", "a", "b", "▁", "ab", "▁ab", "\n", "\n\n"]
    tokens += (0..<256).map { "<0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) + ">" }
    var metadata: [(String, GGUFWriter.Value)] = [
      ("general.architecture", .string("test")), ("tokenizer.ggml.model", .string(model)),
      ("tokenizer.ggml.tokens", .strings(tokens.map { Array($0.utf8) })),
      ("tokenizer.ggml.token_type", .int32s(tokens.indices.map { $0 < 2 ? 3 : $0 < 9 ? 1 : 6 })),
      ("tokenizer.ggml.merges", .strings(["a b", "▁ ab"].map { Array($0.utf8) })),
      ("tokenizer.ggml.bos_token_id", .uint32(1)), ("tokenizer.ggml.add_bos_token", .bool(false)),
    ]
    if let pre { metadata.append(("tokenizer.ggml.pre", .string(pre))) }
    let folder = TemporaryFolder()
    try GGUFWriter.write(metadata: metadata, tensors: [], to: folder.file("v.gguf"))
    return try TokenizerLoader.load(path: folder.file("v.gguf"))
  }

  /// Spaces are written as marks, lines are merged from characters, unknown ones become bytes.
  @Test(arguments: [
    ("gemma4", nil, true), ("gpt2", "gemma4", true), ("gpt2", "granite-embed-multi-311m", true),
    ("gpt2", "sarvam-moe", false),
  ])
  func charactersInPlainText(_ model: String, _ pre: String?, _ isGemma: Bool) throws {
    let tokenizer = try load(model, pre: pre)
    #expect(try tokenizer.encode("ab ab\n\n\nab") == [5, 6, 7, 7, 7, 5])
    #expect(try tokenizer.encode("a\n\nb") == (isGemma ? [2, 8, 3] : [2, 7, 7, 3]))
    let bytes: [TokenID] = [9 + 0xC3, 9 + 0xA9, 9 + 0x09]
    #expect(try tokenizer.encode(" aé\t") == [4, 2] + bytes)
    #expect(try tokenizer.encode("a<bos>b", parseSpecialTokens: true) == [2, 1, 3])
    #expect(try tokenizer.encode("ab", addSpecialTokens: true) == (isGemma ? [1, 5] : [5]))
    let encoding = try tokenizer.encodeWithOffsets("a b\n\n")
    #expect(encoding.offsets.prefix(3) == [0..<1, 1..<2, 2..<3])
    #expect(encoding.ids == (isGemma ? [2, 4, 3, 8] : [2, 4, 3, 7, 7]))
    #expect(tokenizer.decode([4, 2] + bytes + [8, 6], skipSpecialTokens: false) == " aé\t\n\n ab")
    try IncrementalEncodingTests.check(tokenizer, incremental: true, edits: 40)
  }

  @Test func namesThatAreNotKnown() {
    for (model, pre) in [("whitespace", nil), ("plamo2", nil), ("gpt2", "whitespace")] as [(String, String?)] {
      let error = #expect(throws: FormatError.self) { try load(model, pre: pre) }
      #expect(error?.description.contains(pre ?? model) == true)
    }
  }
}
