import Core
import TestSupport
import Testing

/// Several vocabularies on one text, laid side by side by bytes.
@Suite struct TokenizerComparisonTests {
  private func row(_ name: String, _ offsets: [Range<Int>], _ text: String) throws -> TokenizerComparison.Row {
    let json = #"{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}"#
    let tokenizer = try TokenizerLoader.load(json: Array(json.utf8), name: name)
    return TokenizerComparison.Row(
      tokenizer, Encoding(ids: offsets.map { _ in 0 }, offsets: offsets), bytes: text.utf8.count,
      characters: text.unicodeScalars.count)
  }

  @Test func segmentsBetweenCommonBorders() throws {
    let text = "ab cd ef"
    let rows = [
      try row("whole", [0..<2, 2..<5, 5..<8], text),
      // White space dropped: it counts to the token after it.
      try row("dropped", [0..<2, 3..<5, 6..<7, 7..<8], text),
      try row("same", [0..<2, 2..<5, 5..<8], text),
    ]
    let comparison = TokenizerComparison(rows: rows, bytes: 8, characters: 8)
    #expect(comparison.segments.map(\.range) == [0..<2, 2..<5, 5..<8])
    #expect(comparison.segments.map(\.differs) == [false, false, true])
    #expect(comparison.segments[2].tokens == [2..<3, 2..<4, 2..<3])
    #expect(comparison.rows.map(\.rank) == [1, 3, 1])
    #expect(comparison.nextDifference(after: -1) == 2 && comparison.nextDifference(after: 5) == nil)
    #expect(comparison.previousDifference(before: 8) == 2 && comparison.previousDifference(before: 5) == nil)
    #expect(comparison.differences(between: 0, and: 2).isEmpty)
    #expect(comparison.differences(between: 0, and: 1).map(\.range) == [5..<8])
    #expect(comparison.segment(at: 4) == 1 && comparison.segment(at: 100) == 2)
  }

  @Test func tokensThatShareCharacters() throws {
    let text = "é a"
    // Two byte tokens of one character; a mark put before the first word.
    let rows = [
      try row("bytes", [0..<2, 0..<2, 2..<4], text), try row("mark", [0..<2, 0..<2, 2..<3, 3..<4], text),
    ]
    #expect(rows[0].borders == [0, 2, 4] && rows[0].firstTokens == [0, 2, 3])
    #expect(rows[1].borders == [0, 2, 3, 4])
    let comparison = TokenizerComparison(rows: rows, bytes: 4, characters: 3)
    #expect(comparison.segments.map(\.range) == [0..<2, 2..<4])
    #expect(comparison.segments.map(\.differs) == [false, true])
  }

  @Test func emptyTextsAndEmptyRows() throws {
    let none = try TokenizerComparison("", [])
    #expect(none.segments.isEmpty && none.nextDifference(after: 0) == nil)
    let rows = [try row("nothing", [], "ab"), try row("two", [0..<1, 1..<2], "ab")]
    let comparison = TokenizerComparison(rows: rows, bytes: 2, characters: 2)
    #expect(comparison.segments.map(\.tokens) == [[0..<0, 0..<2]])
    #expect(comparison.segments[0].differs)
  }

  /// Segments tile the text and rows' tokens, whatever the vocabularies.
  @Test func theSample() throws {
    let names = ["gpt2", "llama2", "starcoder2", "llama3"]
    let tokenizers = try names.compactMap { name in
      try Fixtures.path("tokenizers/\(name)").map { try TokenizerLoader.load(path: $0) }
    }
    guard tokenizers.count == names.count else { return }
    let text = TokenSample.text
    let comparison = try TokenizerComparison(text, tokenizers)
    #expect(comparison.bytes == text.utf8.count && comparison.characters == text.unicodeScalars.count)
    var at = 0
    var tokens = [Int](repeating: 0, count: 4)
    for segment in comparison.segments {
      #expect(segment.range.lowerBound == at)
      at = segment.range.upperBound
      for row in 0..<4 {
        #expect(segment.tokens[row].lowerBound == tokens[row])
        tokens[row] = segment.tokens[row].upperBound
      }
    }
    #expect(at == text.utf8.count && tokens == comparison.rows.map(\.ids.count))
    let gpt2 = try GoldenEncoding.load("gpt2")?.first
    #expect(gpt2?.text == text && gpt2?.ids == comparison.rows[0].ids)
    // StarCoder2 takes every digit by itself: "12.0*50=600".
    let digits = comparison.rows[2].offsets.suffix(12)
    #expect(digits.allSatisfy { $0.count == 1 })
  }

  @Test func notesHoldForTheVocabulary() throws {
    func notes(_ name: String) throws -> [String] {
      guard let path = Fixtures.path("tokenizers/\(name)") else { return [] }
      return VocabularyNotes.notes(on: try TokenizerLoader.load(path: path))
    }
    guard Fixtures.root != nil else { return }
    let uncased = try notes("bert-base-uncased")
    #expect(uncased.first?.hasPrefix("BERT's uncased") == true)
    #expect(uncased.contains { $0.hasPrefix("Capitals are lost") } && uncased.contains { $0.hasPrefix("Line ends") })
    #expect(try notes("bert-base-cased").contains { $0.hasPrefix("🎵 and 鸟") })
    let gpt2 = try notes("gpt2")
    #expect(gpt2.first?.hasPrefix("GPT-2's") == true && gpt2.contains("Tabs stand one by one."))
    #expect(!gpt2.contains { $0.hasPrefix("Capitals are lost") })
    let starcoder = try notes("starcoder2")
    #expect(starcoder.first?.hasPrefix("StarCoder2's") == true)
    #expect(
      starcoder.contains("Every digit is a token of its own.") && starcoder.contains("Python's elif is one token."))
    #expect(starcoder.contains("It has tokens for filling gaps in code."))
    #expect(try notes("llama3").contains("Numbers are cut in threes."))
    #expect(try notes("phi-3").first?.hasPrefix("Phi-3") == true)
    #expect(try notes("cl100k_base").first?.hasPrefix("GPT-4's") == true)
    #expect(try notes("flan-t5").first?.hasPrefix("T5's") == true)
  }
}
