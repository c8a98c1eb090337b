import Core
import Foundation
import TestSupport
import Testing

/// Texts under edit have the tokens of the whole text at every step.
@Suite struct IncrementalEncodingTests {
  /// Parts that random texts and edits are made of: what stages look at, near the places where texts are cut.
  static let parts: [String] = [
    " ", " ", " ", "\n", "\n", "  ", "\n\n", "\r\n", "\t", "\u{3000}", "\u{A0}", "a", "the", "glass", "Box", "über",
    "e\u{301}", "\u{301}", "привет", "日本語", "。", "、", "한국어", "ก็", "🙂", "👩‍👩‍👧", "12345", "7", "½", "①", "(", ").",
    "'s", "'", "''", "``", "n't", "!!!", "//", "/", "▁", "▁the", "<s>", "</s>", "<|endoftext|>", "<|im_end|>", "<unk>",
    "[MASK]", "<0x0A>", "$", "ﬁ", "ⅷ", "\u{37A}", "ŀ", "\u{200B}", "\u{0}", "_", "x1", "camelCaseWord", "HTML", "ß",
    "İ",
    "word ", "word ", "and then ", "of the\n", "end.\n", "終わり。\n",
  ]

  /// An added token is found in what a normalizer has made of the text, and takes the space after it along.
  @Test func addedTokensOfNormalizedText() throws {
    let json = """
      {"added_tokens": [{"id": 9, "content": "box", "single_word": true, "lstrip": false, "rstrip": true,
      "normalized": true, "special": false}], "normalizer": {"type": "Lowercase"},
      "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
      "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["▁", -1.5], ["a", -2], ["b", -3], ["o", -4]]}}
      """
    let tokenizer = try TokenizerLoader.load(json: Array(json.utf8), name: "boxes")
    let words = ["box", "boX", "BOX", "Box", "a", "oboX", "xX", "é"]
    for _ in 0..<200 {
      var text = Array((0..<12).map { _ in words[Int.random(in: 0..<words.count)] }.joined(separator: " ").utf8)
      var edited = IncrementalEncoding(
        utf8: text, tokenizer: tokenizer, parseSpecialTokens: true, chunkSize: 16)
      let at = text.firstIndex(of: 0x20) ?? 0
      text.replaceSubrange(at..<at, with: Array(" BoX".utf8))
      edited.replace(at..<at, with: Array(" BoX".utf8))
      let whole = try text.withUnsafeBufferPointer {
        try tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: true)
      }
      #expect(edited.encoding.ids == whole.ids)
    }
  }

  static func randomText(_ bytes: Int) -> [UInt8] {
    var text: [UInt8] = []
    while text.count < bytes {
      text += parts[Int.random(in: 0..<parts.count)].utf8
      if Int.random(in: 0..<400) == 0 { text.append(UInt8.random(in: 0x80...0xFF)) }
    }
    return text
  }

  /// Set to run longer than a test should: edits for each tokenizer.
  static let edits = ProcessInfo.processInfo.environment["GLASSBOX_EDITS"].flatMap(Int.init) ?? 60

  static func check(_ tokenizer: any Tokenizer, incremental: Bool, edits: Int = edits) throws {
    for (chunkSize, parsesSpecial, count) in [(16, true, edits), (100, false, edits / 3)] {
      var model = randomText(1500)
      var text = IncrementalEncoding(
        utf8: model, tokenizer: tokenizer, parseSpecialTokens: parsesSpecial, chunkSize: chunkSize)
      #expect(text.isIncremental == incremental, "\(tokenizer.name)")
      for round in 0..<count {
        let start = Int.random(in: 0...model.count)
        let length = min(model.count - start, [0, 0, 0, 1, 1, 3, 30, 300][Int.random(in: 0..<8)])
        var new: [UInt8] = []
        for _ in 0..<[0, 1, 1, 1, 2, 40][Int.random(in: 0..<6)] { new += parts[Int.random(in: 0..<parts.count)].utf8 }
        if model.count > 4000 { new = [] }
        model.replaceSubrange(start..<(start + length), with: new)
        let before = text.encoding
        let change = round % 4 == 3 ? text.update(to: model) : text.replace(start..<(start + length), with: new)
        let expected = try model.withUnsafeBufferPointer {
          try tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: parsesSpecial)
        }
        let encoding = text.encoding
        guard encoding == expected else {
          let at = zip(encoding.ids, expected.ids).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
          let from = max(0, expected.offsets[at].lowerBound - 20)
          Issue.record(
            "\(tokenizer.name): \(String(decoding: model[from..<min(model.count, from + 60)], as: UTF8.self))")
          return
        }
        #expect(text.encoded.utf8(0..<text.byteCount) == model)
        #expect(text.tokenCount == encoding.ids.count && text.byteCount == model.count)
        // The change tells which tokens to take out and how many to put in.
        var patched = before.ids
        patched.replaceSubrange(
          change.removed, with: encoding.ids[change.removed.lowerBound..<(change.removed.lowerBound + change.inserted)])
        #expect(patched == encoding.ids)
      }
      guard text.tokenCount > 0 else { continue }
      let encoding = text.encoding
      for _ in 0..<20 {
        let index = Int.random(in: 0..<text.tokenCount)
        let (id, range) = text.encoded.token(at: index)
        #expect(id == encoding.ids[index] && range == encoding.offsets[index])
        let part = index..<Int.random(in: index...text.tokenCount)
        #expect(text.encoded.encoding(of: part).ids == Array(encoding.ids[part]))
        let byte = Int.random(in: 0...text.byteCount)
        let first = encoding.offsets.firstIndex { $0.upperBound > byte } ?? text.tokenCount
        #expect(text.encoded.tokenIndex(atByte: byte) == first)
      }
    }
  }

  /// Edits of a text of long runs, which is cut between tokens.
  static func checkRuns(_ tokenizer: any Tokenizer, edits: Int = edits) throws {
    for chunkSize in [16, 90, 400] {
      var model: [UInt8] = []
      let units = [
        "a", "ab", " ", "\u{1F600}", "\u{1F3FB}\u{1F680}", "xyzzy", "the", "A", "e\u{301}", "12", "'s",
        "字", "漢字", "一龥", "かな", "ガーが",
      ]
      func add(_ times: Int) {
        for _ in 0..<times {
          let unit = units[Int.random(in: 0..<units.count)]
          model += Array(repeating: unit, count: Int.random(in: 1..<400)).joined().utf8
          if Bool.random() { model += parts[Int.random(in: 0..<parts.count)].utf8 }
        }
      }
      add(12)
      var text = IncrementalEncoding(
        utf8: model, tokenizer: tokenizer, parseSpecialTokens: true, chunkSize: chunkSize)
      for _ in 0..<edits {
        let start = Int.random(in: 0...model.count)
        let length = min(model.count - start, [0, 0, 1, 1, 2, 5, 40, 700][Int.random(in: 0..<8)])
        var new: [UInt8] = []
        switch Int.random(in: 0..<5) {
        case 0: new = Array(parts[Int.random(in: 0..<parts.count)].utf8)
        case 1: new = Array(String(repeating: units[Int.random(in: 0..<units.count)], count: 300).utf8)
        case 2: new = [model.isEmpty ? 0x61 : model[min(start, model.count - 1)]]
        default: new = Array(units[Int.random(in: 0..<units.count)].utf8)
        }
        if model.count > 6000 { new = Array(new.prefix(3)) }
        let before = text.encoding.ids
        model.replaceSubrange(start..<(start + length), with: new)
        let change = text.replace(start..<(start + length), with: new)
        let expected = try model.withUnsafeBufferPointer {
          try tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: true)
        }
        guard text.encoding == expected else {
          Issue.record("\(tokenizer.name), chunks of \(chunkSize): \(String(decoding: model, as: UTF8.self))")
          return
        }
        var patched = before
        patched.replaceSubrange(
          change.removed, with: expected.ids[change.removed.lowerBound..<(change.removed.lowerBound + change.inserted)])
        #expect(patched == expected.ids)
      }
    }
  }

  @Test func runsOfOwnVocabulary() throws {
    try Self.checkRuns(try SmallVocabulary.train(400).tokenizer)
  }

  @Test(arguments: [
    "gpt2", "llama3", "o200k_base", "cl100k_base", "starcoder2", "claude-legacy", "llama2", "phi-3",
    "llama2/tokenizer.model", "llama2/ggml-vocab-llama-spm.gguf", "qwen2/ggml-vocab-qwen2.gguf",
    "phi-3/ggml-vocab-phi-3.gguf",
  ])
  func runs(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    try Self.checkRuns(try TokenizerLoader.load(path: path))
  }

  /// A letter in a run of many kilobytes encodes a few of them.
  @Test func editsOfRunsAreLocal() throws {
    let tokenizer = try SmallVocabulary.train(400).tokenizer
    for unit in ["e", "th", " ", "\u{1F600}", "字"] {
      var text = IncrementalEncoding(String(repeating: unit, count: 40_000), tokenizer: tokenizer)
      for _ in 0..<10 {
        let at = Int.random(in: 0...(text.byteCount / 12)) * 12
        #expect(text.replace(at..<at, with: Array(unit.utf8)).encodedBytes < 40_000)
      }
    }
  }

  @Test func ownVocabulary() throws {
    try Self.check(try SmallVocabulary.train(400).tokenizer, incremental: true)
  }

  @Test(arguments: [
    ("gpt2", true), ("llama3", true), ("qwen2", true), ("phi-2", true), ("phi-3", true), ("llama2", true),
    ("smollm2", true), ("gpt2/ggml-vocab-gpt-2.gguf", true), ("llama2/ggml-vocab-llama-spm.gguf", true),
    ("phi-3/ggml-vocab-phi-3.gguf", true), ("qwen2/ggml-vocab-qwen2.gguf", true),
    ("starcoder2/ggml-vocab-starcoder.gguf", true), ("llama3/ggml-vocab-llama-bpe.gguf", true),
    ("bert-base-uncased", true), ("bert-base-cased/vocab.txt", true), ("cl100k_base", true), ("o200k_base", true),
    ("llama2/tokenizer.model", true), ("flan-t5/spiece.model", true), ("claude-legacy", true), ("starcoder2", true),
  ])
  func fixtures(_ name: String, _ incremental: Bool) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    try Self.check(try TokenizerLoader.load(path: path), incremental: incremental)
  }

  /// The official library moves offsets by what is dropped at the start of a text; ids are the same all the same.
  @Test func charsmap() throws {
    guard let path = Fixtures.path("tokenizers/flan-t5/tokenizer.json") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    var text = IncrementalEncoding(utf8: [], tokenizer: tokenizer, parseSpecialTokens: true, chunkSize: 24)
    #expect(text.isIncremental)
    var model: [UInt8] = []
    for _ in 0..<Self.edits {
      let start = Int.random(in: 0...model.count)
      let new = Self.randomText(Int.random(in: 0..<60))
      let end = min(model.count, start + Int.random(in: 0..<40))
      model.replaceSubrange(start..<end, with: new)
      text.replace(start..<end, with: new)
      let expected = try model.withUnsafeBufferPointer {
        try tokenizer.encode(utf8: $0, addSpecialTokens: false, parseSpecialTokens: true)
      }
      #expect(text.encoding.ids == expected.ids, "\(String(decoding: model, as: UTF8.self))")
    }
    var long = IncrementalEncoding(String(repeating: "весна пришла снова ", count: 2000), tokenizer: tokenizer)
    let at = long.byteCount / 35 / 2 * 35
    #expect(long.replace(at..<at, with: [0x78]).encodedBytes < 8192)
  }

  @Test func gemma() throws {
    guard let folder = ProcessInfo.processInfo.environment["GLASSBOX_MODELS"],
      FileManager.default.fileExists(atPath: folder + "/gemma-3-270m-q4_k_m.gguf")
    else { return }
    try Self.check(try TokenizerLoader.load(path: folder + "/gemma-3-270m-q4_k_m.gguf"), incremental: true)
  }

  /// One letter in a long text encodes a few kilobytes, not all of it.
  @Test func editsAreLocal() throws {
    let tokenizer = try SmallVocabulary.train(400).tokenizer
    let line = "The quick brown fox jumps over the lazy dog.\n"
    var text = IncrementalEncoding(String(repeating: line, count: 5000), tokenizer: tokenizer)
    for _ in 0..<200 {
      let at = Int.random(in: 0...text.byteCount)
      #expect(text.replace(at..<at, with: [0x78]).encodedBytes < 8192)
    }
    let all = text.update(to: text.encoded.utf8(0..<text.byteCount))
    #expect(all.encodedBytes == 0 && all.inserted == 0)
    #expect(text.replace(0..<text.byteCount, with: []).inserted == 0)
    #expect(text.tokenCount == 0 && text.encoding == Encoding())
  }
}
