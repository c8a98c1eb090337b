import Core
import Foundation
import TestSupport
import Testing
import Trainer

/// Files are read as what they are, or refused by name.
@Suite struct DataFileTests {
  private func rows(_ bytes: [UInt8], _ name: String) throws -> [DataRow] {
    let folder = TemporaryFolder()
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
    return try DataReader.rows(in: [folder.file(name)])
  }

  private func refusal(_ bytes: [UInt8], _ name: String) -> String {
    do {
      _ = try rows(bytes, name)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func faultsOfOldAreRead() throws {
    guard let bom = Fixtures.path("faults/bom.csv"), let quoted = Fixtures.path("faults/bomq.csv"),
      let packed = Fixtures.path("faults/rows.jsonl.gz"), let lines = Fixtures.path("faults/rows.ndjson"),
      let tabs = Fixtures.path("faults/rows.tsv"), let list = Fixtures.path("faults/lines.json")
    else { return }
    #expect(try DataReader.rows(in: [bom]) == [.text("hello world this is text"), .text("second row here")])
    #expect(try DataReader.rows(in: [quoted]).count == 2)
    #expect(try DataReader.rows(in: [packed]) == DataReader.rows(in: [lines]))
    #expect(try DataReader.rows(in: [lines]).count == 2)
    #expect(try DataReader.rows(in: [tabs]) == [.text("hello world")])
    #expect(try DataReader.rows(in: [list]).count == 2)
  }

  @Test func packedFilesAreUnpacked() throws {
    let folder = TemporaryFolder()
    let text = (0..<40_000).map { "{\"text\": \"row \($0) é\"}\n" }.joined()
    try text.write(toFile: folder.file("plain.jsonl"), atomically: true, encoding: .utf8)
    // By the systems' own programs, so that their formats are those of others.
    for (tool, name) in [("gzip", "plain.jsonl.gz"), ("zstd", "plain.jsonl.zst")] {
      guard try Packing.pack(folder.file("plain.jsonl"), to: folder.file(name), by: tool) else { continue }
      let rows = try DataReader.rows(in: [folder.file(name)])
      #expect(rows.count == 40_000 && rows.last == .text("row 39999 é"))
      // Two members, one after the other.
      let packed = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
      #expect(try self.rows(Array(packed + packed), name).count == 80_000)
      #expect(refusal(Array(packed.dropLast(20)), name).contains("end too early"))
      var bent = packed
      bent[packed.count / 2] ^= 0x55
      #expect(!refusal(Array(bent), name).isEmpty)
      // By its content, whatever it is called.
      #expect(try self.rows(Array(packed), "plain.jsonl").count == 40_000)
    }
    #expect(refusal(Array("plain".utf8), "a.txt.gz").contains("named .gz"))
  }

  @Test(arguments: [
    ("PAR1\u{0}\u{0}", "rows.parquet", "a Parquet file"), ("PAR1\u{0}", "rows.txt", "a Parquet file"),
    ("anything", "x.docx", "a Word document"), ("%PDF-1.4", "x.txt", "a PDF document"),
    ("PK\u{3}\u{4}", "x", "a ZIP archive"), ("GGUF", "m.txt", "a model in GGUF"),
    ("h\u{0}e\u{0}l\u{0}", "utf16.txt", "line 1, byte 1: a zero byte"),
  ])
  func whatIsNoTextIsRefusedByName(_ text: String, _ name: String, _ found: String) {
    #expect(refusal(Array(text.utf8), name).contains(found))
  }

  @Test func whatIsNotUTF8IsRefusedWithLineAndByte() {
    #expect(refusal([0xFF, 0xFE, 0x68, 0], "a.txt").contains("text in UTF-16"))
    #expect(
      refusal(Array("one\ntw".utf8) + [0xF3, 0x0A], "a.txt").contains("line 2, byte 6: 0xF3, which is not UTF-8"))
    #expect(refusal(Array("{\"text\": \"".utf8) + [0xE9] + Array("\"}".utf8), "a.jsonl").contains("line 1, byte 10"))
    #expect(refusal(Array("text\n".utf8) + [0xE9], "a.csv").contains("line 2, byte 5"))
    #expect(refusal(Array("caf".utf8) + [0xC3], "a.txt").contains("line 1, byte 3"))
  }

  @Test func separatorsPartTheSequencesOfAText() throws {
    let text = "one<|endoftext|>two <|end\n<|endoftext|>\n<|endoftext|>three"
    #expect(try rows(Array(text.utf8), "a.txt") == [.text("one"), .text("two <|end\n"), .text("three")])
    // A row of JSON is one sequence, whatever it says.
    #expect(try rows(Array("{\"text\": \"a<|endoftext|>b\"}".utf8), "a.jsonl") == [.text("a<|endoftext|>b")])
  }

  @Test func tablesThatDoNotFitTheirHeaderAreRefused() {
    #expect(refusal(Array("text,n\nhello, world,1\n".utf8), "a.csv").contains("line 2: 3 fields stand under 2 columns"))
    #expect(refusal(Array("text\n\"open\nand on".utf8), "a.csv").contains("line 2: a quote that begins here"))
  }

  @Test func messagesAreReadAsTheirFormatMeansThem() throws {
    let folder = TemporaryFolder()
    let lines = """
      {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, \
      {"role": "assistant", "content": "c", "tool_calls": null}], "text": null}
      {"messages": [{"role": "user", "content": "q"}, \
      {"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]}]}
      {"messages": [{"role": "user", "content": "q"}, \
      {"role": "assistant", "content": "", "tool_calls": [{"id": "1"}]}]}
      {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, {"role": "assistant", "content": "r"}]}
      {"messages": [{"role": "user", "content": null}, {"role": "assistant", "content": "r"}]}
      {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "r"}]}
      {"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "r"}]}
      """
    try lines.write(toFile: folder.file("m.jsonl"), atomically: true, encoding: .utf8)
    let data = try DataReader.read([folder.file("m.jsonl")])
    let plain = [DataMessage(role: .user, content: "q"), DataMessage(role: .assistant, content: "r")]
    #expect(
      data.rows.dropFirst().dropLast() == [.messages(plain)]
        && data.rows.first
          == .messages([DataMessage(role: .user, content: "a\nb"), DataMessage(role: .assistant, content: "c")])
    )
    #expect(data.rowCount == 7 && data.skippedCount == 4)
    #expect(data.skipped.first { $0.reason.hasPrefix("tool calls") }?.count == 2)
    #expect(data.remarks.contains("2 rows left out: tool calls, which cannot be learnt yet"))
    #expect(data.remarks.contains("1 row left out: a message without content"))
  }

  @Test func foldersAreWalkedWithinBounds() throws {
    let folder = TemporaryFolder()
    let manager = FileManager.default
    try manager.createDirectory(atPath: folder.file("in/sub"), withIntermediateDirectories: true)
    try "outside".write(toFile: folder.file("outside.txt"), atomically: true, encoding: .utf8)
    try "inside".write(toFile: folder.file("in/sub/a.txt"), atomically: true, encoding: .utf8)
    try "x".write(toFile: folder.file("in/b.parquet"), atomically: true, encoding: .utf8)
    try manager.createSymbolicLink(atPath: folder.file("in/loop"), withDestinationPath: folder.file("in"))
    try manager.createSymbolicLink(atPath: folder.file("in/out.txt"), withDestinationPath: folder.file("outside.txt"))
    #expect(mkfifo(folder.file("in/pipe.txt"), 0o600) == 0)
    let data = try DataReader.read([folder.file("in")])
    #expect(data.rows == [.text("inside")])
    #expect(data.remarks.contains { $0.hasSuffix("2 links not followed") })
    #expect(data.remarks.contains { $0.contains("1 file not taken for data (.parquet)") })

    var deep = folder.file("deep")
    for _ in 0..<20 { deep += "/d" }
    try manager.createDirectory(atPath: deep, withIntermediateDirectories: true)
    #expect(throws: TrainingError.self) { try DataReader.rows(in: [folder.file("deep")]) }
    try manager.createDirectory(atPath: folder.file("empty"), withIntermediateDirectories: true)
    do {
      _ = try DataReader.rows(in: [folder.file("empty")])
      Issue.record("a folder without data must be refused")
    } catch {
      #expect("\(error)".contains("there is no .txt"))
    }
  }
}

/// A tokenizer's corpus is text, too.
@Suite struct CorpusFileTests {
  @Test func separatorsAreNoWordsOfAVocabulary() throws {
    let folder = TemporaryFolder()
    let text = String(repeating: "one two three\n<|endoftext|>\nfour five six\n", count: 50)
    try text.write(toFile: folder.file("a.txt"), atomically: true, encoding: .utf8)
    let corpus = try TrainingCorpus(paths: [folder.file("a.txt")])
    let options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: 400, threads: 1)
    let words = try WordCounts(reading: corpus, options: options) { _ in true }
    let trained = try TokenizerTraining.trainer(for: options, sample: nil).train(on: words) { _ in true }
    let texts = trained.tokens.map { String(decoding: $0, as: UTF8.self) }
    #expect(!texts.contains { $0.contains("endof") } && texts.contains { $0.contains("three") })
  }

  @Test func whatIsNoTextIsRefused() throws {
    let folder = TemporaryFolder()
    try Data("PAR1".utf8).write(to: URL(fileURLWithPath: folder.file("a.txt")))
    try Data([0xFF, 0xFE, 0x61, 0]).write(to: URL(fileURLWithPath: folder.file("b.txt")))
    for name in ["a.txt", "b.txt"] {
      #expect(throws: FormatError.self) { try TrainingCorpus(paths: [folder.file(name)]) }
    }
  }
}
