import Core
import Foundation
import TestSupport
import Testing

/// Damaged files are refused in one sentence or work; odd texts are encoded in time.
@Suite struct TokenizerHostileTests {
  @Test func cutAndBentFiles() throws {
    let json = try SmallVocabulary.train(280).json
    for cut in stride(from: 0, to: json.count - 2, by: 97) {
      #expect(throws: FormatError.self) { try TokenizerLoader.load(json: Array(json[..<cut]), name: "cut") }
    }
    for round in 0..<600 {
      var bent = json
      for _ in 0...(round % 3) { bent[Int.random(in: 0..<bent.count)] = UInt8.random(in: 0...255) }
      guard let tokenizer = try? TokenizerLoader.load(json: bent, name: "bent") else { continue }
      _ = try tokenizer.encode("The glass box <|im_end|> 123 é🙂")
      _ = tokenizer.decode([0, 5, 270, 9999, -1], skipSpecialTokens: false)
    }
  }

  @Test(arguments: [
    #"{}"#, #"[]"#, #"{"model": null}"#, #"{"model": {"type": "BPE"}}"#, #"{"model": {"type": "BPE", "vocab": {}}}"#,
    #"{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}"#,
    #"{"model": {"type": "BPE", "vocab": {"a": 4294967296}, "merges": []}}"#,
    #"{"model": {"type": "BPE", "vocab": {"a": 2000000000}, "merges": []}}"#,
    #"{"model": {"type": "BPE", "vocab": {"a": 1.5}, "merges": []}}"#,
    #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}"#,
    #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}"#,
    #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [[]]}}"#,
    #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": {}}}"#,
    #"{"model": {"type": "BPE", "vocab": ["a"], "merges": []}}"#,
    #"{"added_tokens": [{"id": -5, "content": "x"}], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    #"{"added_tokens": [{"id": 5, "content": ""}], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    #"{"added_tokens": {}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    #"{"normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": "x"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    #"{"decoder": {"type": "Strip", "content": "", "start": 1, "stop": 1}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
    #"{"pre_tokenizer": {"type": "Metaspace", "prepend_scheme": "x"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#,
  ])
  func refuses(_ text: String) {
    let error = #expect(throws: FormatError.self) { try TokenizerLoader.load(json: Array(text.utf8), name: "odd") }
    #expect(error?.description.contains("\n") == false)
  }

  @Test func damagedGGUF() throws {
    guard let data = Fixtures.data("models/chatlet/chatlet-q4_0.gguf") else { return }
    let folder = TemporaryFolder()
    for round in 0..<60 {
      var bytes = Array(data.prefix(60_000))
      for _ in 0...(round % 4) { bytes[Int.random(in: 0..<40_000)] = UInt8.random(in: 0...255) }
      let path = folder.file("bent.gguf")
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      guard let tokenizer = try? TokenizerLoader.load(path: path) else { continue }
      _ = try tokenizer.encode("abc <|im_end|> é")
    }
    for size in [0, 3, 4, 8, 24, 1000] {
      try Data(data.prefix(size)).write(to: URL(fileURLWithPath: folder.file("cut.gguf")))
      #expect(throws: FormatError.self) { try TokenizerLoader.load(path: folder.file("cut.gguf")) }
    }
  }

  @Test func longRunsOfOneThing() throws {
    let tokenizer = try SmallVocabulary.train(400).tokenizer
    for part in ["a", " ", "🙂", "ab", "\n", "'", "é", "<|im_"] {
      let text = String(repeating: part, count: 20_000)
      let ids = try tokenizer.encode(text)
      #expect(tokenizer.decode(ids, skipSpecialTokens: false) == text)
    }
    if let path = Fixtures.path("tokenizers/llama2/ggml-vocab-llama-spm.gguf") {
      let llama = try TokenizerLoader.load(path: path)
      let text = String(repeating: "a", count: 20_000)
      #expect(try llama.decode(llama.encode(text), skipSpecialTokens: false) == text)
    }
  }

  /// Bytes that are not UTF-8 are encoded as U+FFFD would be, and offsets still name the bytes given.
  @Test func invalidUTF8() throws {
    let tokenizer = try SmallVocabulary.train(300).tokenizer
    var cases: [[UInt8]] = [[0xFF], [0x61, 0xE2, 0x82, 0x62], [0xF0, 0x9F, 0x99], [0xED, 0xA0, 0x80], [0xC0, 0x80]]
    for _ in 0..<200 { cases.append((0..<Int.random(in: 0..<20)).map { _ in UInt8.random(in: 0...255) }) }
    for bytes in cases {
      let encoding = try tokenizer.encodeBytes(bytes)
      let repaired = String(decoding: bytes, as: UTF8.self)
      #expect(try encoding.ids == tokenizer.encode(repaired), "\(bytes)")
      #expect(tokenizer.decode(encoding.ids, skipSpecialTokens: false) == repaired, "\(bytes)")
      #expect(encoding.offsets.allSatisfy { $0.upperBound <= bytes.count })
      #expect(encoding.offsets.last?.upperBound ?? 0 == bytes.count, "\(bytes)")
    }
  }

  @Test func manyThreads() async throws {
    let tokenizer = try SmallVocabulary.train(350).tokenizer
    let expected = try tokenizer.encode(SmallVocabulary.text)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask { try (0..<20).allSatisfy { _ in try tokenizer.encode(SmallVocabulary.text) == expected } }
      }
      for try await same in group { #expect(same) }
    }
  }

  @Test func requests() throws {
    let tokenizer = try SmallVocabulary.train(300).tokenizer
    let answer = try TokenizerRequests.tokenize(["text": "é<|im_end|>", "parse_special": true], with: tokenizer)
    #expect(answer["ids"]?.array?.last?.int == 2)
    #expect(answer["offsets"]?.array?.last?.array?.compactMap(\.int) == [2, 12])
    let back = try TokenizerRequests.detokenize(["ids": answer["ids"] ?? nil], with: tokenizer)
    #expect(back["text"]?.string == "é<|im_end|>")
    #expect(throws: TokenizerRequests.RequestError.self) { try TokenizerRequests.tokenize([:], with: tokenizer) }
    #expect(throws: TokenizerRequests.RequestError.self) {
      try TokenizerRequests.detokenize(["ids": [1.5]], with: tokenizer)
    }
    #expect(throws: TokenizerRequests.RequestError.self) {
      try TokenizerRequests.tokenize(["text": "a", "add_special": 1], with: tokenizer)
    }
  }
}
