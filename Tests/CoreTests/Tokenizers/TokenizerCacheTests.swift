import Core
import Foundation
import TestSupport
import Testing

/// Tables kept on disk give the tokenizer that the source gives, and whatever else lies there is passed over.
@Suite struct TokenizerCacheTests {
  static let text = "The glass box <|im_end|> don't 12345 é🙂 日本語\n\n  x"

  /// A folder with a tokenizer.json, and an empty one for the cache.
  private struct Case {
    let folder = TemporaryFolder()
    let source: String
    var cache: String { folder.path + "/cache/tokenizers" }

    init(_ json: [UInt8]) throws {
      source = folder.file("tokenizer.json")
      try Data(json).write(to: URL(fileURLWithPath: source))
    }

    func load() throws -> any Tokenizer {
      defer { TokenizerCache.finishWriting() }
      return try TokenizerCache.$ownFolder.withValue(cache) { try TokenizerLoader.load(path: source) }
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []).sorted() }
    var file: URL { URL(fileURLWithPath: cache + "/" + (files.first ?? "none")) }
  }

  private func expectSame(_ a: any Tokenizer, _ b: any Tokenizer) throws {
    #expect(try a.encodeWithOffsets(Self.text) == b.encodeWithOffsets(Self.text))
    #expect(a.vocabularySize == b.vocabularySize && a.specialTokens == b.specialTokens && a.addsBOS == b.addsBOS)
    for id in 0..<TokenID(a.vocabularySize) { #expect(a.token(of: id) == b.token(of: id)) }
  }

  @Test func storedAsRead() throws {
    let test = try Case(SmallVocabulary.train(400).json)
    let plain = try TokenizerLoader.load(path: test.source)
    #expect(test.files.isEmpty)
    let first = try test.load()
    #expect(test.files.count == 1)
    let written = try Data(contentsOf: test.file)
    try expectSame(plain, first)
    try expectSame(plain, try test.load())
    // The second load has taken the file as it was.
    #expect(try Data(contentsOf: test.file) == written)
    let attributes = try FileManager.default.attributesOfItem(atPath: test.file.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try FileManager.default.attributesOfItem(atPath: test.cache)[.posixPermissions] as? Int == 0o700)
  }

  /// Another content of the same size is noticed, also when the time of change is the old one.
  @Test func sourceChanges() throws {
    let test = try Case(SmallVocabulary.train(400).json)
    let before = try test.load().encode(Self.text)
    let times = try FileManager.default.attributesOfItem(atPath: test.source)
    var json = try Data(contentsOf: URL(fileURLWithPath: test.source))
    let text = String(decoding: json, as: UTF8.self).replacing(#""<|im_end|>""#, with: #""<|im_out|>""#)
    json = Data(text.utf8)
    try json.write(to: URL(fileURLWithPath: test.source))
    try FileManager.default.setAttributes(
      [.modificationDate: times[.modificationDate] ?? Date()], ofItemAtPath: test.source)
    let after = try test.load().encode(Self.text)
    #expect(try after == (try TokenizerLoader.load(path: test.source)).encode(Self.text))
    #expect(after != before)
  }

  @Test func damagedFilesAreMadeAnew() throws {
    let test = try Case(SmallVocabulary.train(300).json)
    let plain = try test.load()
    let good = [UInt8](try Data(contentsOf: test.file))
    for round in 0..<200 {
      var bad = good
      switch round % 4 {
      case 0: bad[Int.random(in: 0..<bad.count)] ^= UInt8(1 << Int.random(in: 0..<8))
      case 1: bad.removeLast(Int.random(in: 1...bad.count))
      case 2: bad += [UInt8](repeating: 7, count: 64)
      default: for _ in 0..<20 { bad[Int.random(in: 0..<256)] = UInt8.random(in: 0...255) }
      }
      try Data(bad).write(to: test.file)
      #expect(try test.load().encode(Self.text) == plain.encode(Self.text))
      if bad != good { #expect([UInt8](try Data(contentsOf: test.file)) != bad) }
    }
  }

  /// With a checksum that is right and content that is not, nothing is read that is not there.
  @Test func hostileTables() throws {
    let test = try Case(SmallVocabulary.train(300).json)
    _ = try test.load()
    let good = [UInt8](try Data(contentsOf: test.file))
    #expect(try TokenizerCache.tokenizer(image: good)?.encode(Self.text) == (try test.load()).encode(Self.text))
    for _ in 0..<600 {
      var bad = good
      for _ in 0..<Int.random(in: 1...6) {
        let at = Int.random(in: 0..<(bad.count / 4)) * 4
        let value: UInt32 = [0, 1, .max, 0x7FFF_FFFF, 0x8000_0000, UInt32.random(in: 0...4096)][Int.random(in: 0..<6)]
        withUnsafeBytes(of: value) { for (i, byte) in $0.enumerated() where at + i < bad.count { bad[at + i] = byte } }
      }
      guard let tokenizer = TokenizerCache.tokenizer(image: bad) else { continue }
      let encoding = try tokenizer.encodeWithOffsets(Self.text)
      #expect(encoding.ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize })
      _ = tokenizer.decode(encoding.ids + [-1, 299, 1 << 20], skipSpecialTokens: false)
    }
  }

  static let withTries = [
    #"""
    {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}, "model": {"type": "Unigram",
    "unk_id": 0, "vocab": [["<unk>", 0], ["▁", -2], ["▁The", -3], ["glass", -4], ["▁b", -5], ["o", -5.5], ["ox", -5.25],
    ["é", -6], ["1", -7], ["23", -7.5], ["日本", -8], ["s", -4.5], ["don", -3.5]]}}
    """#,
    ##"""
    {"pre_tokenizer": {"type": "WhitespaceSplit"}, "model": {"type": "WordPiece", "unk_token": "[UNK]",
    "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "The": 1, "g": 2, "##la": 3,
    "##ss": 4, "b": 5, "##ox": 6, "x": 7, "don": 8, "##'t": 9, "1": 10, "##23": 11, "##45": 12, "é": 13, "##🙂": 14}}}
    """##,
  ]

  @Test(arguments: withTries) func hostileTries(_ json: String) throws {
    let test = try Case(Array(json.utf8))
    let plain = try TokenizerLoader.load(path: test.source)
    _ = try test.load()
    try expectSame(plain, try test.load())
    let good = [UInt8](try Data(contentsOf: test.file))
    #expect(try TokenizerCache.tokenizer(image: good)?.encode(Self.text) == plain.encode(Self.text))
    for _ in 0..<1500 {
      var bad = good
      for _ in 0..<Int.random(in: 1...6) {
        let at = Int.random(in: 0..<(bad.count / 8)) * 8
        let values: [UInt64] = [0, .max, 1 << 63 | 0x6F, .random(in: 0...4096) << 8, .random(in: .min ... .max)]
        withUnsafeBytes(of: values[Int.random(in: 0..<5)]) { for (i, byte) in $0.enumerated() { bad[at + i] = byte } }
      }
      guard let tokenizer = TokenizerCache.tokenizer(image: bad) else { continue }
      // The unknown token may be what was damaged.
      guard let encoding = try? tokenizer.encodeWithOffsets(Self.text) else { continue }
      #expect(encoding.ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize })
      #expect(try tokenizer.encode(Self.text) == encoding.ids)
    }
  }

  @Test func linksAndFoldersOfOthersAreNotUsed() throws {
    let test = try Case(SmallVocabulary.train(300).json)
    _ = try test.load()
    let file = test.file.path
    let elsewhere = test.folder.path + "/elsewhere"
    try FileManager.default.moveItem(atPath: file, toPath: elsewhere)
    try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: elsewhere)
    let before = try FileManager.default.attributesOfItem(atPath: elsewhere)[.modificationDate] as? Date
    _ = try test.load()
    #expect(try FileManager.default.attributesOfItem(atPath: file)[.type] as? FileAttributeType == .typeRegular)
    #expect(try FileManager.default.attributesOfItem(atPath: elsewhere)[.modificationDate] as? Date == before)
    // A folder that everybody may write to is none of ours.
    let open = test.folder.path + "/open"
    try FileManager.default.createDirectory(atPath: open, withIntermediateDirectories: false)
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: open)
    _ = try TokenizerCache.$ownFolder.withValue(open) { try TokenizerLoader.load(path: test.source) }
    TokenizerCache.finishWriting()
    #expect(try FileManager.default.contentsOfDirectory(atPath: open).isEmpty)
    // A place that cannot be a folder costs nothing but the cache.
    _ = try TokenizerCache.$ownFolder.withValue("/dev/null/x") { try TokenizerLoader.load(path: test.source) }
    TokenizerCache.finishWriting()
  }

  @Test func oldestGoFirst() throws {
    let folder = TemporaryFolder()
    for i in 0..<6 {
      let path = folder.file("\(i).tables")
      try Data(count: 1000).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000 + Double(i))], ofItemAtPath: path)
    }
    try Data(count: 9000).write(to: URL(fileURLWithPath: folder.file("other.txt")))
    TokenizerCache.removeOldest(in: folder.path, keeping: folder.file("0.tables"), limit: 3000)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(left == ["0.tables", "4.tables", "5.tables", "other.txt"])
  }

  @Test(arguments: [
    "gpt2", "gpt2/vocab.json", "llama3", "qwen2", "bert-base-cased", "bert-base-uncased/vocab.txt", "flan-t5",
    "cl100k_base", "llama2/ggml-vocab-llama-spm.gguf", "gpt2/ggml-vocab-gpt-2.gguf", "phi-2",
  ])
  func fixtures(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    let folder = TemporaryFolder()
    func load() throws -> any Tokenizer {
      defer { TokenizerCache.finishWriting() }
      return try TokenizerCache.$ownFolder.withValue(folder.path + "/cache") { try TokenizerLoader.load(path: path) }
    }
    let plain = try TokenizerLoader.load(path: path)
    for tokenizer in [try load(), try load()] {
      #expect(try tokenizer.encodeWithOffsets(Self.text) == plain.encodeWithOffsets(Self.text))
      #expect(tokenizer.specialTokens == plain.specialTokens && tokenizer.vocabularySize == plain.vocabularySize)
      for id in stride(from: TokenID(0), to: TokenID(plain.vocabularySize), by: 997) {
        #expect(tokenizer.token(of: id) == plain.token(of: id) && tokenizer.bytes(of: id) == plain.bytes(of: id))
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache").count == 1)
  }
}
