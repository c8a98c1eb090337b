import Core
import Foundation
import TestSupport
import Testing

/// Pre-tokenizers against the official library's answers.
@Suite struct PreTokenizerTests {
  static let data = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Data")

  /// What the rows of one stage are cut by.
  private struct Comparison {
    var stage: JSON = .null
    var cut: (String) -> PreTokenization.Pieces = { _ in [] }
    var count = 0
    var failures = 0
  }

  /// A row without a stage belongs to that of the row before it.
  private func check(_ line: Data, _ comparison: inout Comparison) throws {
    let row = try JSON.parse(line)
    let text = try #require(row["text"]?.string)
    if let stage = row["stage"] { (comparison.stage, comparison.cut) = (stage, try PreTokenization.cut(by: stage)) }
    let expected = try #require(row["pieces"]?.array)
    let pieces = comparison.cut(text)
    comparison.count += 1
    let ours = pieces.map { $0.bytes.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined() }
    let theirs = expected.map { $0[0]?.string ?? "" }
    var isEqual = ours == theirs
    if isEqual {
      for (piece, expected) in zip(pieces, expected) where expected[1]?.int != -1 {
        if piece.source.lowerBound != expected[1]?.int || piece.source.upperBound != expected[2]?.int {
          isEqual = false
        }
      }
    }
    guard !isEqual else { return }
    comparison.failures += 1
    guard comparison.failures < 10 else { return }
    Issue.record("\(comparison.stage) \(text.debugDescription): \(ours) instead of \(theirs)")
  }

  @Test func golden() throws {
    let lines = try Data(contentsOf: Self.data.appendingPathComponent("pretokenizers.jsonl")).split(separator: 0x0A)
    #expect(lines.count > 150)
    var comparison = Comparison()
    for line in lines { try check(line, &comparison) }
    #expect(comparison.failures == 0)
  }

  /// A file (or a pipe) of Tests/Scripts/pretokenizer_cases.py, where one is given. Line by line: there may be millions.
  @Test func cases() throws {
    guard let path = ProcessInfo.processInfo.environment["GLASSBOX_PRETOKENIZER_CASES"] else { return }
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    defer { free(line) }
    var capacity = 0
    var comparison = Comparison()
    while case let count = getline(&line, &capacity, file), count > 0, let line {
      try check(Data(bytes: line, count: count), &comparison)
    }
    print("\(comparison.count) texts compared, \(comparison.failures) different")
    #expect(comparison.failures == 0)
  }

  @Test func stagesAfterByteLevelThatRewriteAreRefused() {
    let stage: JSON = [
      "type": "Sequence", "pretokenizers": [["type": "ByteLevel"], ["type": "Metaspace", "replacement": "▁"]],
    ]
    let error = #expect(throws: FormatError.self) { try PreTokenization.pieces(of: "a", by: stage) }
    #expect(error?.description.contains("after ByteLevel") == true)
  }

  // MARK: - llama.cpp's names

  @Test func everyNameCutsWithoutLoss() throws {
    #expect(PreTokenization.ggufNames.count > 80)
    let texts = [
      "Hello it's 1234567 Wörter\n\n  中文カナ ABc dEF/ x~y $5.00\t\r\n 你好 한국어 ไทย", "", "   ", "'ſ'S", "a\u{301}b1",
    ]
    for name in PreTokenization.ggufNames {
      for text in texts {
        let pieces = try #require(try PreTokenization.pieces(of: text, ggufName: name))
        #expect(pieces.flatMap(\.bytes) == Array(text.utf8), "\(name) \(text)")
      }
    }
    let unknown = try PreTokenization.pieces(of: "a", ggufName: "nobody")
    #expect(unknown?.isEmpty == nil)
  }

  @Test(arguments: [
    ("gpt-2", "it's 12345 ab", ["it", "'s", " 12345", " ab"]), ("starcoder", "a 12b", ["a", " ", "1", "2", "b"]),
    ("llama-bpe", "x12345'S.", ["x", "123", "45", "'S", "."]), ("qwen2", " 12\n x", [" ", "1", "2", "\n", " x"]),
    ("tekken", "HTTPServer übÜb 12", ["HTTPServer", " übÜb", " ", "1", "2"]),
    ("deepseek-v3", "12345你好.abc a~b", ["123", "45", "你好", ".abc", " a", "~b"]),
    ("falcon", "a,b12345`", ["a", ",", "b", "123", "45", "`"]), ("bloom", "a b, c", ["a", " b", ",", " c"]),
    ("kimi-k2", "你好World'LL 1234", ["你好", "World'LL", " ", "123", "4"]),
    ("afmoe", "1234567 ab", ["1", "234", "567", " ab"]), ("superbpe", "1234567", ["1", "234", "567"]),
    ("tiny_aya", "1234567", ["1", "234", "567"]),
    ("chameleon", "<sentinel:12>a", ["<", "sentinel", ":", "1", "2", ">", "a"]),
    ("llama-bpe", "a'\u{17F}b'Sc", ["a", "'\u{17F}b", "'S", "c"]),
    ("jais-2", "a\("     ")b", ["a", "    ", " b"]),
  ])
  func nameCuts(_ name: String, _ text: String, _ expected: [String]) throws {
    let pieces = try #require(try PreTokenization.pieces(of: text, ggufName: name))
    #expect(pieces.map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
  }
}
