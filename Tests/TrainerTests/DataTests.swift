import Core
import Foundation
import TestSupport
import Testing
import Trainer

@Suite struct DataTests {
  private func rows(_ text: String, _ name: String) throws -> [DataRow] {
    let folder = TemporaryFolder()
    try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
    return try DataReader.rows(in: [folder.file(name)])
  }

  @Test func readsEveryKindOfRow() throws {
    let lines = """
      {"text": "a"}
      {"ids": [1, 2, 3]}

      {"ids": [1, 2], "labels": [-100, 2]}
      {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "r"}]}
      {"instruction": "i", "solution": "s"}
      {"prompt": "p", "completion": "c", "other": 1}
      """
    let conversation = [DataMessage(role: .user, content: "q"), DataMessage(role: .assistant, content: "r")]
    let task = [DataMessage(role: .user, content: "i"), DataMessage(role: .assistant, content: "s")]
    #expect(
      try rows(lines, "x.jsonl") == [
        .text("a"), .tokens(ids: [1, 2, 3], labels: nil), .tokens(ids: [1, 2], labels: [-100, 2]),
        .messages(conversation), .messages(task), .completion(prompt: "p", completion: "c"),
      ])
    #expect(try rows("text,n\n\"a, \"\"b\"\"\nc\",1\nd,2\n", "x.csv") == [.text("a, \"b\"\nc"), .text("d")])
    #expect(try rows("[{\"text\": \"a\"}, {\"text\": \"b\"}]", "x.json") == [.text("a"), .text("b")])
    #expect(try rows("\u{FEFF}plain", "x.txt") == [.text("plain")])
  }

  @Test func foldersAreReadInTheOrderOfNames() throws {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: true)
    for (name, text) in [("b.txt", "2"), ("a.md", "1"), ("sub/c.txt", "3"), (".hidden.txt", "x"), ("d.bin", "x")] {
      try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
    }
    #expect(try DataReader.rows(in: [folder.path]) == [.text("1"), .text("2"), .text("3")])
  }

  @Test(arguments: [
    ("{\"text\": 3}", "line 1: 'text' must be a string, but it is a number."),
    ("{\"text\": \"a\"}\n{\"ids\": [1, \"x\"]}", "line 2: 'ids' holds something that is no token id."),
    ("{\"ids\": [1, 2], \"labels\": [1]}", "line 1: there are 1 labels for 2 ids."),
    ("{\"ids\": [-1, 2]}", "line 1: 'ids' holds something that is no token id."),
    ("{\"text\"", "line 1: this line is not JSON."),
    ("[1]", "line 1: a row must be an object, but this is an array."),
    ("{\"messages\": [{\"role\": \"user\"}]}", "line 1: a message must have 'role' and 'content' texts."),
  ])
  func mistakesNameTheLine(_ text: String, _ sentence: String) {
    do {
      _ = try rows(text, "x.jsonl")
      Issue.record("must be refused")
    } catch {
      #expect("\(error)".hasSuffix("x.jsonl, " + sentence))
    }
  }

  @Test func textIsPackedWithoutALostToken() {
    var dataset = TokenDataset()
    dataset.appendPacked((0..<23).map { TokenID($0) }, contextLength: 5)
    var batch = Batch()
    for i in 0..<dataset.count { dataset.append(i, to: &batch) }
    #expect(batch.ids == (0..<22).map { TokenID($0) })
    #expect(batch.targets == (1..<23).map { TokenID($0) })
    #expect(batch.starts == [0, 5, 10, 15, 20, 22])
  }

  @Test func rowsStayWholeAndAreCutAtTheContext() {
    var dataset = TokenDataset()
    dataset.appendRow(ids: [1, 2, 3], labels: nil, contextLength: 4)
    dataset.appendRow(ids: [4, 5, 6, 7, 8], labels: [-100, -100, 6, 7, 8], contextLength: 4)
    dataset.appendRow(ids: [9], labels: nil, contextLength: 4)
    dataset.appendRow(ids: [9, 9], labels: [9, -100], contextLength: 4)
    #expect(dataset.count == 2)
    var batch = Batch()
    for i in 0..<dataset.count { dataset.append(i, to: &batch) }
    #expect(batch.ids == [1, 2, 4, 5, 6])
    #expect(batch.targets == [2, 3, -100, 6, 7])
    #expect(batch.supervisedCount == 4 && dataset.supervisedCount == 4)
  }

  @Test func validationIsHeldOutAndTheSeedDrawsIt() {
    var dataset = TokenDataset()
    for i in 0..<20 { dataset.appendRow(ids: [TokenID(i), 1, 2], labels: nil, contextLength: 8) }
    dataset.appendPacked(Array(repeating: 30, count: 41), contextLength: 4)
    let (training, validation) = dataset.split(fraction: 0.1, seed: 1)
    #expect(training.count == 27 && validation?.count == 3)
    func first(_ dataset: TokenDataset) -> Set<TokenID> {
      Set(
        (0..<dataset.count).map { i in
          var batch = Batch()
          dataset.append(i, to: &batch)
          return batch.ids[0]
        })
    }
    #expect(first(training).subtracting([30]).isDisjoint(with: validation.map(first)?.subtracting([30]) ?? []))
    #expect(dataset.split(fraction: 0.1, seed: 1).validation.map(first) == validation.map(first))
    #expect(dataset.split(fraction: 0, seed: 1).validation == nil)
  }

  @Test func anEpochVisitsEverySequenceOnce() {
    var order = EpochOrder(count: 50, seed: 3, shuffle: true)
    let first = (0..<50).map { order.sequence(epoch: 0, place: $0) }
    let second = (0..<50).map { order.sequence(epoch: 1, place: $0) }
    #expect(first.sorted() == Array(0..<50) && second.sorted() == Array(0..<50))
    #expect(first != second && first != Array(0..<50))
    // A resumed run begins in the middle.
    var resumed = EpochOrder(count: 50, seed: 3, shuffle: true)
    #expect(resumed.sequence(epoch: 1, place: 20) == second[20])
    var plain = EpochOrder(count: 50, seed: 3, shuffle: false)
    #expect(plain.sequence(epoch: 4, place: 7) == 7)
  }

  @Test func onlyTheAssistantIsLearnt() throws {
    let encoder = ConversationEncoder(template: .chatml, tokenizer: ByteTokenizer())
    let (ids, labels) = try encoder.encode([
      DataMessage(role: .system, content: "s"), DataMessage(role: .user, content: "<|im_end|>"),
      DataMessage(role: .assistant, content: "ok"),
    ])
    func bytes(_ text: String) -> [TokenID] { text.utf8.map { TokenID($0) } }
    let before =
      [257] + bytes("system\ns") + [258] + bytes("\n") + [257] + bytes("user\n<|im_end|>") + [258] + bytes("\n") + [257]
      + bytes("assistant\n")
    #expect(ids == before + bytes("ok") + [258] + bytes("\n"))
    #expect(labels == before.map { _ in -100 } + bytes("ok") + [258, -100])
    #expect(
      try encoder.prompt(for: "a") == [257] + bytes("user\na") + [258] + bytes("\n") + [257] + bytes("assistant\n"))

    let row = try encoder.encode(prompt: "ab", completion: "c")
    #expect(row.ids == bytes("abc") + [256] && row.labels == [-100, -100] + bytes("c") + [256])
  }
}
