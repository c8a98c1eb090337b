import Core
import Foundation
import TestSupport
import Testing

/// A text to learn from, and tokenizers trained on it: enough for tests in a bare clone.
enum SmallVocabulary {
  static let text = """
    The glass box stands by the window. In the glass box there is a small machine that reads and writes.
    It reads the letters of the day, and it writes them down again in its own words: short words, long words, old words.
    "Don't you get tired?" I asked it once. "I'm never tired," it said, "but I'll stop when you've stopped reading."
    On 21 March 2024 it had written 1234567 letters; by 1 April it was 1300000, and the box was still as clear as glass.

        def read(letters):
            return [letter for letter in letters if letter != "\\n"]

    Über den Fenstern liegt der Schnee, und drüben steht ein Café. 窓の外には雪が降っている。窓の中は暖かい。 🪟❄️🙂
    The machine reads the snow too. The snow says nothing, and the machine writes nothing down. That is a good day.
    """

  static func train(
    _ size: Int, special: [String] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], first: Bool = true,
    pattern: BPETrainer.Pattern = .gpt2
  ) throws -> BPETrainer.Trained {
    var trainer = BPETrainer(
      options: .init(
        vocabularySize: size, specialTokens: special, specialTokensFirst: first, pattern: pattern, name: "small"))
    trainer.add(text)
    return try trainer.train()
  }
}

@Suite struct TokenizerTrainerTests {
  @Test(arguments: BPETrainer.Pattern.allCases)
  func roundTrips(_ pattern: BPETrainer.Pattern) throws {
    let tokenizer = try SmallVocabulary.train(400, pattern: pattern).tokenizer
    #expect(tokenizer.vocabularySize <= 400)
    for text in [SmallVocabulary.text, "", " ", "unseen wörds, 日本語 and 🧊\r\n\t\u{0}end", "a  b   c\n\n\nd  "] {
      let encoding = try tokenizer.encodeWithOffsets(text)
      #expect(tokenizer.decode(encoding.ids, skipSpecialTokens: false) == text)
      #expect(encoding.offsets.last?.upperBound ?? 0 == text.utf8.count)
      #expect(encoding.ids.flatMap { tokenizer.bytes(of: $0) } == Array(text.utf8))
    }
    #expect(try tokenizer.encode(SmallVocabulary.text).count * 3 < SmallVocabulary.text.utf8.count * 2)
  }

  @Test func mergesAreTheMostFrequentPairs() throws {
    let trained = try SmallVocabulary.train(330)
    let merges = try #require(JSON.parse(trained.json)["model"]?["merges"]?.array)
    let expected = Self.plainMerges(SmallVocabulary.text, count: merges.count)
    #expect(merges.map { [$0[0]?.string, $0[1]?.string] } == expected.map { [$0.0, $0.1] })
    #expect(merges.count == 330 - 259)
  }

  /// The definition, as slow as it is short: count all pairs anew for every merge.
  static func plainMerges(_ text: String, count: Int) -> [(String, String)] {
    let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    let others = (0...255).filter { !printable.contains($0) }
    func letter(_ byte: UInt8) -> String {
      let scalar = others.firstIndex(of: Int(byte)).map { 0x100 + $0 } ?? Int(byte)
      return String(Character(Unicode.Scalar(UInt32(scalar))!))
    }
    var words: [[String]] = []
    for match in text.matches(
      of: /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/.matchingSemantics(.unicodeScalar)
    ) {
      words.append(match.output.utf8.map(letter))
    }
    var merges: [(String, String)] = []
    var order: [String: Int] = [:]
    let letters = Set(words.joined()).sorted { $0.unicodeScalars.first!.value < $1.unicodeScalars.first!.value }
    for letter in letters { order[letter] = Int(letter.unicodeScalars.first!.value) }
    for step in 0..<count {
      var counts: [[String]: Int] = [:]
      for word in words where word.count > 1 {
        for i in 0..<(word.count - 1) { counts[[word[i], word[i + 1]], default: 0] += 1 }
      }
      let best = counts.max { a, b in
        if a.value != b.value { return a.value < b.value }
        return (order[a.key[0]]!, order[a.key[1]]!) > (order[b.key[0]]!, order[b.key[1]]!)
      }
      guard let pair = best?.key else { break }
      merges.append((pair[0], pair[1]))
      order[pair[0] + pair[1]] = 10_000 + step
      words = words.map { word in
        var result: [String] = []
        var i = 0
        while i < word.count {
          if i + 1 < word.count, word[i] == pair[0], word[i + 1] == pair[1] {
            result.append(pair[0] + pair[1])
            i += 2
          } else {
            result.append(word[i])
            i += 1
          }
        }
        return result
      }
    }
    return merges
  }

  @Test func specialTokensStandWhereAsked() throws {
    let first = try SmallVocabulary.train(300).tokenizer
    #expect(first.id(of: "<|im_end|>") == 2)
    #expect(try first.encode("a<|im_end|>b").contains(2))
    #expect(first.specialTokens.endOfGeneration == [0, 2])
    let last = try SmallVocabulary.train(300, first: false).tokenizer
    #expect(last.id(of: "<|endoftext|>") == TokenID(last.vocabularySize - 3))
    #expect(last.token(of: 0) == "!")
    #expect(try last.decode(last.encode("x<|im_start|>y"), skipSpecialTokens: true) == "xy")
  }

  @Test func sameTextSameVocabulary() throws {
    #expect(try SmallVocabulary.train(350).json == SmallVocabulary.train(350).json)
  }

  @Test func stopsWhenAskedAndRefusesTooLittle() throws {
    var trainer = BPETrainer(options: .init(vocabularySize: 400))
    trainer.add(SmallVocabulary.text)
    #expect(throws: TokenizerTrainingError.cancelled) { try trainer.train { _ in false } }
    let small = BPETrainer(options: .init(vocabularySize: 256, specialTokens: ["<s>"]))
    #expect(throws: TokenizerTrainingError.vocabularyTooSmall(256, needed: 257)) { try small.train() }
    // Too little text for all the merges asked for is no error.
    var short = BPETrainer(options: .init(vocabularySize: 5000))
    short.add("to be or not to be")
    #expect(try short.train().tokenizer.vocabularySize < 300)
  }

  @Test func trainedVocabularyAgreesWithItsFile() throws {
    let trained = try SmallVocabulary.train(380)
    let folder = TemporaryFolder()
    let path = folder.file("tokenizer.json")
    try Data(trained.json).write(to: URL(fileURLWithPath: path))
    let loaded = try TokenizerLoader.load(path: path)
    #expect(try loaded.encode(SmallVocabulary.text) == trained.tokenizer.encode(SmallVocabulary.text))
  }
}
