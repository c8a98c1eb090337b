import Foundation
import TestSupport
import Testing

@testable import Core

/// Trains on ``SmallVocabulary/text``, or on what is given.
private func trained(
  _ kind: TokenizerTrainingOptions.Kind, _ size: Int, on texts: [String] = [SmallVocabulary.text], threads: Int = 1,
  _ change: (inout TokenizerTrainingOptions) -> Void = { _ in }
) throws -> TrainedTokenizer {
  var options = TokenizerTrainingOptions(kind: kind, vocabularySize: size, threads: threads)
  options.minimumFrequency = 0
  change(&options)
  let words = try WordCounts(reading: TrainingCorpus(texts: texts), options: options)
  return try TokenizerTraining.trainer(for: options).train(on: words) { _ in true }
}

private func written(_ token: [UInt8]) -> String { String(decoding: token, as: UTF8.self) }

@Suite struct OfficialTrainerTests {
  @Test func mergesAreHuggingFaces() throws {
    let long = try trained(.bpe, 420)
    #expect(long.merges.map { written($0.left) + "⁞" + written($0.right) } == TrainedGolden.bpe)
    let short = try trained(.bpe, 900) { $0.maximumTokenLength = 5 }
    #expect(short.merges.map { written($0.left) + "⁞" + written($0.right) } == TrainedGolden.shortBPE)
  }

  @Test func wordsAreHuggingFaces() throws {
    #expect(try trained(.wordLevel, 40).tokens.map(written) == TrainedGolden.wordLevel)
    let pieces = try trained(.wordPiece, 180) { $0.minimumFrequency = 3 }.tokens.map(written)
    #expect(pieces.count - TrainedGolden.wordPiece.count <= 5)
    #expect(TrainedGolden.wordPiece.allSatisfy { pieces.contains($0) })
  }

  @Test func piecesAreSentencePieces() throws {
    let pieces = try trained(.sentencePieceBPE, 220) { $0.characterCoverage = 1 }
    // Where a piece can be made in two ways that are equally frequent, theirs is the order of addresses.
    let tokens = pieces.tokens.map(written)
    #expect(Array(tokens.prefix(60)) == Array(TrainedGolden.sentencePiece.prefix(60)))
    #expect(Set(tokens).symmetricDifference(TrainedGolden.sentencePiece).count <= 8)
  }
}

@Suite struct TokenizerTrainingTests {
  @Test(arguments: TokenizerTrainingOptions.Kind.allCases)
  func sameForAnyNumberOfThreads(_ kind: TokenizerTrainingOptions.Kind) throws {
    let texts = (0..<40).map { "text \($0) " + SmallVocabulary.text + " ends with \($0 * 7919)" }
    let one = try trained(kind, 320, on: texts, threads: 1)
    #expect(one.json() == (try trained(kind, 320, on: texts, threads: 4)).json())
    #expect(one.tokens.count <= 320)
    #expect(Set(one.tokens).count == one.tokens.count)
  }

  @Test func marksOfWords() throws {
    let tokens = try trained(.bpe, 320) { $0.endOfWordSuffix = "</w>" }
    #expect(tokens.tokens.contains(Array("Ġthe</w>".utf8)))
    let pieces = try trained(.wordPiece, 200)
    #expect(pieces.tokens.first == Array("[UNK]".utf8))
    #expect(pieces.tokens.contains(Array("##s".utf8)))
  }

  @Test func limitsOfTheAlphabet() throws {
    let pieces = try trained(.wordPiece, 60) { $0.alphabetLimit = 10 }
    let letters = pieces.tokens.map(written).filter { $0.unicodeScalars.count == 1 }
    #expect(letters.count == 10)
    let more = try trained(.wordPiece, 60) {
      $0.alphabetLimit = 10
      $0.initialAlphabet = ["ж"]
    }
    #expect(more.tokens.contains(Array("ж".utf8)))
  }

  @Test func whatCannotBeIsRefused() throws {
    #expect(throws: TokenizerTrainingError.self) { try trained(.bpe, 100) }
    #expect(throws: TokenizerTrainingError.self) { try trained(.unigram, 20) }
    #expect(throws: TokenizerTrainingError.self) { try trained(.bpe, 300) { $0.normalizers = ["rot13"] } }
    #expect(throws: TokenizerTrainingError.self) { try trained(.bpe, 300) { $0.specialTokens = ["<a>", "<a>"] } }
    #expect(throws: TokenizerTrainingError.noText) { try trained(.unigram, 300, on: [""]) }
    #expect(throws: (any Error).self) { try trained(.bpe, 300) { $0.pattern = "(" } }
  }

  /// A special token whose text merges could make is not there twice.
  @Test func specialTokensStandOnce() throws {
    for first in [true, false] {
      let tokens = try trained(.bpe, 400) {
        $0.specialTokens = ["Ġthe", "<|end|>"]
        $0.specialTokensFirst = first
      }
      #expect(tokens.tokens.filter { $0 == Array("Ġthe".utf8) }.count == 1)
      #expect(Set(tokens.tokens).count == tokens.tokens.count)
      #expect(tokens.specialIDs.count == 2)
    }
  }

  /// Alternating symbols and runs, as one word: as many steps as there are symbols, not their square.
  @Test func longWordsAreLinear() throws {
    let runs = String(repeating: "a", count: 200_000) + String(repeating: "ab", count: 100_000)
    let tokens = try trained(.bpe, 300, on: [runs]) { $0.pattern = "none" }
    #expect(tokens.merges.first.map { written($0.left) + written($0.right) } == "aa")
    #expect(tokens.tokens.contains { $0.count >= 1024 })
  }

  @Test func eventsTellTheCompression() throws {
    var options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: 340, threads: 1)
    options.minimumFrequency = 0
    let words = try WordCounts(reading: TrainingCorpus(texts: [SmallVocabulary.text]), options: options)
    var merges: [TokenizerTrainingEvent.Merge] = []
    var counted: TokenizerTrainingEvent.Counted?
    let result = try MergeTrainer(options: options).train(on: words) { event in
      switch event {
      case .counted(let e): counted = e
      case .merges(let batch): merges += batch
      default: break
      }
      return true
    }
    #expect(counted?.bytes == SmallVocabulary.text.utf8.count)
    #expect(counted?.symbols == SmallVocabulary.text.utf8.count)
    #expect(merges.map(\.index) == Array(0..<84))
    // The corpus under the final vocabulary has as many tokens as the last event says.
    #expect(try merges.last?.symbols == (try result.tokenizer()).encode(SmallVocabulary.text).count)
    #expect(zip(merges, merges.dropFirst()).allSatisfy { $0.symbols > $1.symbols && $0.count >= $1.count })
    // A sample that follows the merges ends where the tokenizer does.
    var sample = try TrainingSample("The glass letters, 雪!", options: options)
    #expect(sample.count == "The glass letters, 雪!".utf8.count)
    sample.apply(merges.prefix(40))
    let some = sample.count
    sample.apply(merges.dropFirst(40))
    #expect(sample.count < some)
    let encoding = try result.tokenizer().encodeWithOffsets("The glass letters, 雪!")
    #expect(sample.tokens.map(\.range) == encoding.offsets)
    #expect(sample.tokens.map(\.written) == encoding.ids.map { result.tokens[Int($0)] })
  }

  @Test func sampleOfPieces() throws {
    var options = TokenizerTrainingOptions(kind: .sentencePieceBPE, vocabularySize: 200, threads: 1)
    options.characterCoverage = 1
    let words = try WordCounts(reading: TrainingCorpus(texts: [SmallVocabulary.text]), options: options)
    var sample = try TrainingSample("the  glass box", options: options)
    let result = try MergeTrainer(options: options).train(on: words) { event in
      if case .merges(let batch) = event { sample.apply(batch) }
      return true
    }
    let encoding = try result.tokenizer().encode("the  glass box")
    #expect(sample.tokens.map(\.written) == encoding.map { result.tokens[Int($0)] })
    #expect(sample.tokens.first?.range.lowerBound == 0 && sample.tokens.last?.range.upperBound == 14)
  }

  @Test(arguments: TokenizerTrainingOptions.Kind.allCases)
  func everyFileGivesTheSameTokens(_ kind: TokenizerTrainingOptions.Kind) throws {
    let result = try trained(kind, 360) { $0.characterCoverage = 1 }
    let folder = TemporaryFolder()
    let names = try result.save(to: folder.path)
    let whole = try TokenizerLoader.load(path: folder.file("tokenizer.json"))
    #expect(whole.vocabularySize == result.tokens.count)
    for name in names where name != "tokenizer.json" && name != "merges.txt" {
      let other = try TokenizerLoader.load(path: folder.file(name))
      for text in ["The glass box reads 1234 letters.", "unseen 雪 zebra", "Über den  Fenstern"] {
        #expect(try other.encode(text) == whole.encode(text), "\(name): \(text)")
      }
    }
    #expect(names.contains("tokenizer.model") == (kind == .unigram || kind == .sentencePieceBPE))
  }
}

@Suite struct TrainingCorpusTests {
  @Test func readsFilesFoldersAndJSONLines() throws {
    let folder = TemporaryFolder()
    let inner = folder.file("inner")
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
    try Data("one two\n".utf8).write(to: URL(fileURLWithPath: folder.file("a.txt")))
    try Data("{\"text\": \"two\\nthree\"}\n\n{\"text\": \"\"}\n{\"text\": \"three\"}".utf8)
      .write(to: URL(fileURLWithPath: inner + "/b.jsonl"))
    try Data("not read".utf8).write(to: URL(fileURLWithPath: folder.file("c.bin")))
    var options = TokenizerTrainingOptions(kind: .wordLevel, vocabularySize: 50, threads: 1)
    options.pattern = #"\S+|\s+"#
    let words = try WordCounts(reading: TrainingCorpus(paths: [folder.path]), options: options)
    var counts: [String: Int] = [:]
    for i in 0..<words.table.count { counts[written(Array(words.table.word(i)))] = words.table.entries[i].count }
    #expect(counts["one"] == 1 && counts["two"] == 2 && counts["three"] == 2 && counts["read"] == nil)
    #expect(throws: FormatError.self) { try TrainingCorpus(paths: [folder.file("absent.txt")]) }
    try Data("{\"text\": 3}\n".utf8).write(to: URL(fileURLWithPath: folder.file("d.jsonl")))
    #expect(throws: FormatError.self) {
      try WordCounts(reading: TrainingCorpus(paths: [folder.file("d.jsonl")]), options: options)
    }
  }

  /// Parts are cut where no pattern makes a word of both sides: a text read in parts has the words of the whole.
  @Test(arguments: ["gpt-2", "cl100k", "llama-3", "qwen2", "o200k"])
  func partsHaveTheWordsOfTheWhole(_ pattern: String) throws {
    var text = ""
    for i in 0..<3000 {
      text += SmallVocabulary.text.prefix(60 + i % 200) + (i % 7 == 0 ? "\n\n" : i % 5 == 0 ? " \n" : "\n")
      text += i % 3 == 0 ? "窓の外\n" : i % 11 == 0 ? "…\n「x」\n" : "Next's\r\n"
    }
    var options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: 500, threads: 2)
    options.pattern = pattern
    let parts = try WordCounts(reading: TrainingCorpus(texts: [text]), options: options)
    let whole = WordTable()
    text.withUTF8 { try? WordCutter(options).count($0, into: whole) }
    func sorted(_ table: WordTable) -> [String] {
      (0..<table.count).map { "\(Array(table.word($0))) \(table.entries[$0].count)" }.sorted()
    }
    #expect(text.utf8.count > 1 << 18)
    #expect(sorted(parts.table) == sorted(whole))
    #expect(parts.bytes == text.utf8.count)
  }

  @Test func tablesCountWordsOfAllLengths() throws {
    let table = WordTable()
    var expected: [[UInt8]: Int] = [:]
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let word = (0..<Int.random(in: 1...20, using: &random)).map { _ in UInt8.random(in: 97...99, using: &random) }
      word.withUnsafeBufferPointer { table.add($0) }
      expected[word, default: 0] += 1
    }
    let other = WordTable()
    other.merge(table)
    other.merge(table.pruned(below: 2))
    for i in 0..<other.count {
      let count = try #require(expected[Array(other.word(i))])
      #expect(other.entries[i].count == (count >= 2 ? count * 2 : count))
    }
    #expect(other.count == expected.count)
  }
}
