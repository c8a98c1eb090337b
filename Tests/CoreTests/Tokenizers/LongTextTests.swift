import Foundation
import TestSupport
import Testing

@testable import Core

/// Long texts are worked on in parts and in little memory, and their tokens are those of the whole.
@Suite struct LongTextTests {
  private static func text(_ random: inout RandomGenerator, bytes count: Int) -> [UInt8] {
    var text: [UInt8] = []
    let parts = IncrementalEncodingTests.parts + ["           ", "<start_of_turn>", "\t\t\t", "ab", "abab", "字"]
    while text.count < count {
      text += parts[Int(random.next() % UInt64(parts.count))].utf8
      if random.next() % 300 == 0 { text.append(UInt8(0x80 + random.next() % 0x80)) }
    }
    return text
  }

  @Test(arguments: [
    "gpt2/tokenizer.json", "llama2/tokenizer.json", "llama2/tokenizer.model", "llama2/ggml-vocab-llama-spm.gguf",
    "qwen2/tokenizer.json", "flan-t5/tokenizer.json", "flan-t5/spiece.model", "bert-base-uncased/tokenizer.json",
    "claude-legacy", "phi-3/tokenizer.json", "starcoder2/tokenizer.json",
  ])
  func windows(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    let tokenizer = try #require(try TokenizerLoader.load(path: path) as? PipelineTokenizer)
    var random = RandomGenerator(seed: 7)
    for round in 0..<60 {
      let bytes = Self.text(&random, bytes: 2000)
      let parsesSpecial = round % 3 > 0
      try bytes.withUnsafeBufferPointer { text in
        let whole = try tokenizer.encode(utf8: text, parseSpecialTokens: parsesSpecial, window: .max / 4)
        let window = [16, 60, 300][round % 3]
        let parts = try tokenizer.encode(utf8: text, parseSpecialTokens: parsesSpecial, window: window)
        #expect(parts == whole, "\(name), windows of \(window)")
        for window in [window, .max / 4] {
          let ids = try tokenizer.encodeIDs(utf8: text, parseSpecialTokens: parsesSpecial, window: window)
          #expect(ids == whole.ids, "\(name), ids by windows of \(window)")
        }
      }
    }
  }

  /// As they come, and with places in little memory.
  @Test(arguments: ["gpt2/tokenizer.json", "llama2/tokenizer.json", "flan-t5/tokenizer.json", "bert-base-uncased"])
  func otherForms(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    var random = RandomGenerator(seed: 8)
    for (count, addsSpecial) in [(0, true), (500, false), (60_000, true), (2_500_000, true)] {
      try Self.text(&random, bytes: count).withUnsafeBufferPointer { text in
        let expected = try tokenizer.encode(utf8: text, addSpecialTokens: addsSpecial, parseSpecialTokens: true)
        var ids: [TokenID] = []
        try tokenizer.encodeIDs(utf8: text, addSpecialTokens: addsSpecial, parseSpecialTokens: true) { ids += $0 }
        #expect(ids == expected.ids)
        #expect(try tokenizer.encodeIDs(utf8: text, addSpecialTokens: addsSpecial, parseSpecialTokens: true) == ids)
        let compact = try CompactEncoding(
          utf8: text, tokenizer, addSpecialTokens: addsSpecial, parseSpecialTokens: true)
        #expect(compact.ids == ids)
        #expect(compact.offsets.elementsEqual(expected.offsets))
      }
    }
  }

  /// A word whose ways never meet goes to the end in a byte a place, and to the same tokens.
  @Test(arguments: ["flan-t5/tokenizer.json", "flan-t5/spiece.model"])
  func wayToTheEnd(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    let tokenizer = try #require(try TokenizerLoader.load(path: path) as? PipelineTokenizer)
    let lattice = try #require(tokenizer.stages.model as? UnigramModel).lattice
    #expect(lattice.canGoToEnd)
    var random = RandomGenerator(seed: 9)
    let units = ["a", "b", "ab", "the", "ing", "é", "日", "🙂", "1", "▁", "."].map { Array($0.utf8) }
    for round in 0..<80 {
      var text: [UInt8] = []
      let some = 1 + random.next() % UInt64(units.count)
      // Some so long that sums are counted anew.
      let length = round < 2 ? 250_000 : Int(random.next() % 600) + 1
      while text.count < length { text += units[Int(random.next() % some)] }
      func tokens(_ way: (UnsafePointer<UInt8>, UnigramScratch, (TokenID, Int, Int) -> Void) -> Void) -> [[Int]] {
        let scratch = UnigramScratch()
        scratch.sum = round % 4 == 0 ? -99_990 : 0
        var tokens: [[Int]] = []
        text.withUnsafeBufferPointer { text in
          if let base = text.baseAddress { way(base, scratch) { tokens.append([Int($0), $1, $2]) } }
        }
        return tokens + [[Int((scratch.sum * 1000).rounded())]]
      }
      let count = text.count
      let expected = tokens { base, scratch, take in lattice.best(base, 0..<count, scratch, take) }
      var made = tokens { base, scratch, take in _ = lattice.goToEnd(base, 0, count, scratch, take) }
      // Unknown characters that touch are one token for the one, one by one for the other.
      var joined: [[Int]] = []
      for token in made {
        if token.count == 3, token[0] == Int(lattice.unknown), let last = joined.last, last[0] == token[0] {
          joined[joined.count - 1][2] = token[2]
        } else {
          joined.append(token)
        }
      }
      made = joined
      #expect(made == expected, "\(name), \(count) bytes")
    }
  }

  /// A text of one word that is longer than what is worked on at once.
  @Test func oneWord() throws {
    guard let path = Fixtures.path("tokenizers/flan-t5/tokenizer.json") else { return }
    let tokenizer = try #require(try TokenizerLoader.load(path: path) as? PipelineTokenizer)
    for unit in ["ab", "a", "🙂", "the", "aé", "ﬁ"] {
      let text = "x " + String(repeating: unit, count: 200_000 / unit.utf8.count) + " y"
      let encoding = try tokenizer.encodeWithOffsets(text)
      #expect(try tokenizer.encode(text) == encoding.ids)
      #expect(encoding.offsets.last == (text.utf8.count - 1)..<text.utf8.count)
      // The stages one by one.
      var section = AlignedText(UnsafeBufferPointer(start: nil, count: 0))
      let expected = Array(text.utf8).withUnsafeBufferPointer { bytes in
        section = AlignedText(bytes)
        tokenizer.stages.normalizer?.normalize(&section)
        var pieces = PieceText(section)
        tokenizer.stages.preTokenizer?.split(&pieces)
        var run = TokenRun()
        tokenizer.scratch.with { tokenizer.stages.model.tokenize(pieces, scratch: $0, into: &run) }
        return run.ids
      }
      #expect(encoding.ids == expected, "\(unit)")
    }
  }

  /// Tokens in the order of their length, as one would find them without any shortcut.
  @Test func longestAddedTokensFirst() {
    var random = RandomGenerator(seed: 10)
    let contents = ["a", "aa", "aaaa", "ab", "ba", "bab", " ", "  ", "   ", "cab", "bb c"]
    for round in 0..<400 {
      let tokens = contents.enumerated().filter { _ in random.next() % 3 > 0 }.map { index, content in
        AddedToken(
          content: content, id: TokenID(index), isSpecial: random.next() % 4 == 0,
          stripsLeft: round % 4 == 1 && random.next() % 2 == 0, stripsRight: round % 4 == 2 && random.next() % 2 == 0)
      }
      let vocabulary = AddedVocabulary(tokens, order: .longestFirst)
      let letters = Array("aaab c ".utf8)
      let text = (0..<Int(random.next() % 60)).map { _ in letters[Int(random.next() % 7)] }
      let parsesSpecial = round % 2 == 0
      let parts = text.withUnsafeBufferPointer {
        vocabulary.parts($0, normalized: false, parsesSpecial: parsesSpecial)
      }
      var owner = [Int](repeating: -1, count: text.count)
      var claims: [Int: (Range<Int>, TokenID)] = [:]
      let usable = tokens.filter { parsesSpecial || !$0.isSpecial }.sorted {
        $0.content.utf8.count > $1.content.utf8.count
      }
      for length in Set(usable.map(\.content.utf8.count)).sorted(by: >) {
        for at in text.indices where at + length <= text.count && owner[at..<(at + length)].allSatisfy({ $0 < 0 }) {
          guard let token = usable.first(where: { $0.content.utf8.elementsEqual(text[at..<(at + length)]) }) else {
            continue
          }
          var (start, end) = (at, at + length)
          while token.stripsLeft, start > 0, text[start - 1] == 0x20, owner[start - 1] < 0 { start -= 1 }
          while token.stripsRight, end < text.count, text[end] == 0x20, owner[end] < 0 { end += 1 }
          for i in start..<end { owner[i] = start }
          claims[start] = (start..<end, token.id)
        }
      }
      var expected: [String] = []
      var i = 0
      while i < text.count {
        if let (range, id) = claims[i] {
          expected.append("\(id) \(range)")
          i = range.upperBound
        } else {
          let end = (i..<text.count).first { owner[$0] >= 0 } ?? text.count
          expected.append("text \(i..<end)")
          i = end
        }
      }
      let found = parts.map { part in
        switch part {
        case .token(let id, let range): "\(id) \(range)"
        case .text(let range): "text \(range)"
        }
      }
      #expect(found == expected, "\(String(decoding: text, as: UTF8.self).debugDescription), \(tokens.map(\.content))")
    }
  }

  /// What is kept in runs says of each byte what a list of all would.
  @Test func sources() {
    var random = RandomGenerator(seed: 11)
    func number(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    for _ in 0..<300 {
      var map = SourceMap()
      var list: [Range<Int>] = []
      var at = 0
      for _ in 0..<number(40) {
        let (step, length, units) = (1 + number(3), number(3), 1 + number(4))
        if number(3) == 0 { at = number(50) }
        map.append(step: step, length: length, source: at, units: units)
        for _ in 0..<units {
          list += Array(repeating: at..<(at + length), count: step)
          at += length
        }
      }
      #expect(map.count == list.count)
      guard !list.isEmpty else { continue }
      var hint = 0
      for byte in list.indices { #expect(map.source(of: byte, hint: &hint) == list[byte]) }
      for _ in 0..<10 {
        let byte = number(list.count)
        #expect(map.source(of: byte, hint: &hint) == list[byte])
        let range = byte..<(byte + number(list.count - byte + 1))
        var part = SourceMap()
        part.append(step: 2, length: 1, source: 3)
        part.append(map, range, hint: &hint)
        let expected = [3..<4, 3..<4] + list[range]
        #expect(part.count == expected.count)
        var other = 0
        for i in expected.indices.reversed() { #expect(part.source(of: i, hint: &other) == expected[i]) }
      }
    }
  }
}
