import Core
import Foundation
import TestSupport
import Testing

/// Ids, tokens, offsets and decoding as the official libraries have them.
@Suite struct TokenizerGoldenTests {
  /// Byte-level vocabularies without a normalizer: their spans tile the text.
  static let tiling: Set<String> = ["gpt2", "smollm2", "llama3", "phi-2", "starcoder2"]

  @Test(arguments: [
    "gpt2", "smollm2", "llama3", "qwen2", "llama2", "phi-3", "phi-2", "starcoder2", "flan-t5", "claude-legacy",
  ])
  func huggingFace(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)"), let rows = try GoldenEncoding.load(name) else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    #expect(tokenizer.name == name)
    for row in rows {
      let encoding = try tokenizer.encodeWithOffsets(row.text)
      #expect(encoding.ids == row.ids, "\(row.text)")
      if let tokens = row.tokens {
        var text = row.text
        let written = text.withUTF8 { tokenizer.written(encoding, of: $0) }
        #expect(Array(written) == tokens, "\(row.text)")
      }
      if let expected = row.idsWithSpecial {
        #expect(try tokenizer.encode(row.text, addSpecialTokens: true) == expected, "\(row.text)")
      }
      if let decoded = row.decoded {
        #expect(tokenizer.decode(row.ids, skipSpecialTokens: false) == decoded, "\(row.text)")
      }
      checkOffsets(name, row, encoding)
    }
  }

  private func checkOffsets(_ name: String, _ row: GoldenEncoding, _ encoding: Encoding) {
    #expect(encoding.offsets.count == encoding.ids.count)
    if Self.tiling.contains(name) {
      var at = 0
      for range in encoding.offsets {
        #expect(range.lowerBound == at, "\(row.text)")
        at = range.upperBound
      }
      #expect(at == row.text.utf8.count)
    } else if let expected = row.offsets, expected.count == encoding.offsets.count {
      let bytes = row.byteOffsets
      for (ours, theirs) in zip(encoding.offsets, expected) {
        #expect(
          bytes[theirs.lowerBound] <= ours.lowerBound && ours.upperBound <= bytes[theirs.upperBound], "\(row.text)")
        #expect(!ours.isEmpty || theirs.isEmpty || expected.count { $0 == theirs } > 1, "\(row.text)")
      }
    }
  }

  @Test(arguments: [
    ("gpt2/ggml-vocab-gpt-2.gguf", "gpt2"), ("llama2/ggml-vocab-llama-spm.gguf", "llama2"),
    ("llama3/ggml-vocab-llama-bpe.gguf", "llama3"), ("phi-3/ggml-vocab-phi-3.gguf", "phi-3"),
    ("qwen2/ggml-vocab-qwen2.gguf", "qwen2"), ("starcoder2/ggml-vocab-starcoder.gguf", "starcoder2"),
  ])
  func llamaCppVectors(_ file: String, _ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(file)"), let vectors = VocabularyVectors.load("tokenizers/\(file)")
    else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    #expect(vectors.texts.count > 30)
    for (text, ids) in zip(vectors.texts, vectors.ids) {
      #expect(try tokenizer.encodeBytes(text).ids == ids, "\(String(decoding: text, as: UTF8.self))")
    }
  }

  /// A GGUF vocabulary and a tokenizer.json of the same model agree, but for NFC, which llama.cpp leaves out.
  @Test(arguments: [
    ("gpt2/ggml-vocab-gpt-2.gguf", "gpt2"), ("llama3/ggml-vocab-llama-bpe.gguf", "llama3"),
    ("starcoder2/ggml-vocab-starcoder.gguf", "starcoder2"),
  ])
  func ggufAsTokenizerJSON(_ file: String, _ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(file)"), let rows = try GoldenEncoding.load(name) else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for row in rows {
      #expect(try tokenizer.encode(row.text) == row.ids, "\(row.text)")
      if let decoded = row.decoded {
        #expect(tokenizer.decode(row.ids, skipSpecialTokens: false) == decoded, "\(row.text)")
      }
    }
  }

  @Test(arguments: ["vocab.json", "merges.txt", "encoder.json", "vocab.bpe"])
  func vocabularyAndMerges(_ file: String) throws {
    guard let path = Fixtures.path("tokenizers/gpt2/\(file)"), let rows = try GoldenEncoding.load("gpt2") else {
      return
    }
    let tokenizer = try TokenizerLoader.load(path: path)
    for row in rows { #expect(try tokenizer.encode(row.text) == row.ids, "\(row.text)") }
    #expect(tokenizer.specialTokens.endOfGeneration == [50256])
  }

  @Test func gemma() throws {
    guard let folder = ProcessInfo.processInfo.environment["GLASSBOX_MODELS"],
      FileManager.default.fileExists(atPath: folder + "/gemma-3-270m-q4_k_m.gguf"),
      let rows = try GoldenEncoding.load("gemma3.gguf")
    else { return }
    let tokenizer = try TokenizerLoader.load(path: folder + "/gemma-3-270m-q4_k_m.gguf")
    for row in rows { #expect(try tokenizer.encode(row.text, parseSpecialTokens: false) == row.ids, "\(row.text)") }
    #expect(tokenizer.vocabularySize == 262_144)
    #expect(tokenizer.addsBOS && tokenizer.specialTokens.bos == 2)
    #expect(tokenizer.specialTokens.endOfGeneration.isSuperset(of: [1, 106]))
  }

  @Test func specialTokensAreFound() throws {
    if let path = Fixtures.path("tokenizers/llama3") {
      let tokenizer = try TokenizerLoader.load(path: path)
      #expect(tokenizer.addsBOS)
      #expect(tokenizer.specialTokens.bos == 128_000)
      #expect(tokenizer.specialTokens.endOfGeneration.contains(128_001))
    }
    if let path = Fixtures.path("tokenizers/qwen2") {
      let tokenizer = try TokenizerLoader.load(path: path)
      #expect(!tokenizer.addsBOS)
      #expect(tokenizer.specialTokens.endOfGeneration == [151_643, 151_645])
      #expect(tokenizer.isSpecial(151_644) && !tokenizer.isSpecial(0))
    }
    if let path = Fixtures.path("tokenizers/llama2") {
      let tokenizer = try TokenizerLoader.load(path: path)
      #expect(
        tokenizer.specialTokens
          == SpecialTokens(bos: 1, eos: 2, padding: tokenizer.specialTokens.padding, unknown: 0, endOfGeneration: [2]))
      #expect(tokenizer.bytes(of: 3) == [0])
      #expect(tokenizer.decode([1, 15043, 2], skipSpecialTokens: true) == "Hello")
    }
    if let path = Fixtures.path("models/chatlet/chatlet-q4_0.gguf") {
      let tokenizer = try TokenizerLoader.load(path: path)
      #expect(tokenizer.specialTokens.endOfGeneration == [0, 2])
      #expect(try tokenizer.encode("<|im_start|>") == [1])
      #expect(try !tokenizer.encode("<|im_start|>", parseSpecialTokens: false).contains(1))
    }
  }
}
