import Core
import Foundation
import TestSupport
import Testing

/// The files a vocabulary is saved as say the same of every text. That they say what the official libraries make of them
/// is compared by Tests/Scripts/compare_trained_files.py.
@Suite struct TrainedFilesTests {
  private static func texts() throws -> [String] {
    let own = [
      "", " ", "a", " a", "a ", "\t", "a\tb", "a\nb", "\r\n", "a \n b", "\u{85}", "a\u{A0}b", "\u{3000}窓", "▁", "▁a",
      "a▁▁b",
      "a ▁ b", "\u{2028}", "<s>", "a</s>b", "<unk>", "---", String(repeating: "-", count: 80), "🪟❄️🙂 xyz", "e\u{301}é",
    ]
    guard let path = Fixtures.path("golden/strings.json") else { return own }
    let golden = try JSONDecoder().decode([String].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    return own + golden
  }

  @Test(arguments: [TokenizerTrainingOptions.Kind.unigram, .sentencePieceBPE], [false, true])
  func sentencePieceFilesAgree(_ kind: TokenizerTrainingOptions.Kind, _ bytes: Bool) throws {
    var options = TokenizerTrainingOptions(kind: kind, vocabularySize: bytes ? 400 : 160, threads: 1)
    options.byteFallback = bytes
    options.characterCoverage = 1
    // The characters of special tokens are known, so that these can be spelled.
    let text = SmallVocabulary.text + " <s> </s> <unk> <0x1A> if a<b && c>d -- --- ---- <<b>> </b>"
    let corpus = TrainingCorpus(texts: [text, text])
    let trained = try TokenizerTrainingRun(options: options, corpus: corpus).run { _ in true }
    let folder = FileManager.default.temporaryDirectory.path + "/glassbox-test-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try trained.save(to: folder) == ["tokenizer.json", "tokenizer.model"])
    let json = try TokenizerLoader.load(path: folder + "/tokenizer.json")
    let model = try TokenizerLoader.load(path: folder + "/tokenizer.model")
    for text in try Self.texts() {
      for parses in [true, false] {
        let ids = try json.encode(text, parseSpecialTokens: parses)
        #expect(try model.encode(text, parseSpecialTokens: parses) == ids, "\(kind) \(parses) \(text.debugDescription)")
      }
    }
    // White space of any kind lies between words.
    #expect(try json.encode("glass\tbox") == json.encode("glass box"))
    #expect(try json.encode("glass\n▁box") == json.encode("glass box"))
  }

  @Test(arguments: TokenizerTrainingOptions.Kind.allCases) func nothingIsLearnedOfNothing(
    _ kind: TokenizerTrainingOptions.Kind
  ) throws {
    let path = FileManager.default.temporaryDirectory.path + "/glassbox-test-" + UUID().uuidString + ".txt"
    try Data().write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let options = TokenizerTrainingOptions(kind: kind, vocabularySize: 300, threads: 1)
    let error = #expect(throws: FormatError.self) {
      try TokenizerTrainingRun(options: options, corpus: TrainingCorpus(paths: [path])).run { _ in true }
    }
    #expect(error?.description.contains("no text to learn from") == true)
  }

  @Test func corporaArePackedOrNotAndTheirTextIsChecked() throws {
    let folder = TemporaryFolder()
    let lines = (0..<30_000).map { "{\"text\": \"row \($0 % 1013) é of the text\"}\n" }.joined()
    let options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: 400, threads: 1)
    func trained(_ path: String) throws -> [UInt8] {
      try TokenizerTrainingRun(options: options, corpus: TrainingCorpus(paths: [path])).run { _ in true }.json()
    }
    try ("\u{FEFF}" + lines).write(toFile: folder.file("rows.jsonl"), atomically: true, encoding: .utf8)
    let plain = try trained(folder.file("rows.jsonl"))
    for (tool, name) in [("gzip", "rows.jsonl.gz"), ("zstd", "rows.jsonl.zst")] {
      guard try Packing.pack(folder.file("rows.jsonl"), to: folder.file(name), by: tool) else { continue }
      #expect(try trained(folder.file(name)) == plain)
    }
    let bytes =
      Array(String(repeating: "soft windows\n", count: 50_000).utf8)
      + Array("caf\u{E9}\n".unicodeScalars.map { UInt8($0.value) })
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("latin.txt")))
    let error = #expect(throws: FormatError.self) { try trained(folder.file("latin.txt")) }
    #expect(error?.description.contains("line 50001, byte 650003") == true, "\(error?.description ?? "")")
  }
}
