import Core
import TestSupport
import Testing

/// A piece merged window by window has the tokens of the piece merged as a whole, whatever the merges are.
@Suite struct SymbolWindowTests {
  /// Merges of random pairs in random order, many sharing a rank, that may also make tokens of which others are made.
  struct Merges {
    var table: [Int32: (rank: UInt32, id: Int32)] = [:]
    let letters: Int

    init(letters: Int, count: Int, _ random: inout RandomGenerator) {
      self.letters = letters
      var next = Int32(letters)
      for _ in 0..<count {
        let left = Int32(random.next() % UInt64(next))
        let right = Int32(random.next() % UInt64(next))
        guard table[left << 12 | right] == nil else { continue }
        // Sometimes two ways lead to one token, and sometimes a later merge comes first.
        let isKnown = random.next() % 8 == 0 && next > letters
        let id = isKnown ? Int32(letters) + Int32(random.next() % UInt64(Int(next) - letters)) : next
        if !isKnown { next += 1 }
        table[left << 12 | right] = (UInt32(random.next() % UInt64(count)), id)
      }
    }

    func find(_ left: Int32, _ right: Int32) -> (rank: UInt32, id: Int32) {
      table[left << 12 | right] ?? (.max, -1)
    }
  }

  static func merge(_ text: [Int32], _ merges: Merges, window: Int) -> [MergedToken] {
    let symbols = SymbolList()
    var tokens: [MergedToken] = []
    symbols.mergeWindows(
      count: text.count, window: window,
      fill: { from, most in
        let end = min(text.count, from + most)
        for i in from..<end { symbols.append(text[i], start: i, length: 1) }
        return end
      },
      pair: { merges.find($0.id, $1.id) }, emit: { tokens.append($0) }, restart: { tokens = [] })
    return tokens
  }

  /// One merge at a time, the lowest rank first, of equals the leftmost.
  static func mergePlainly(_ text: [Int32], _ merges: Merges) -> [Int32] {
    var text = text
    while true {
      var best: (rank: UInt32, at: Int) = (.max, -1)
      for i in text.indices.dropLast() {
        let rank = merges.find(text[i], text[i + 1]).rank
        if rank < best.rank { best = (rank, i) }
      }
      guard best.at >= 0 else { return text }
      text.replaceSubrange(best.at...(best.at + 1), with: [merges.find(text[best.at], text[best.at + 1]).id])
    }
  }

  @Test func windowsGiveTheTokensOfTheWhole() {
    var random = RandomGenerator(seed: 20_250)
    for round in 0..<300 {
      let letters = 1 + Int(random.next() % 4)
      let merges = Merges(letters: letters, count: 1 + Int(random.next() % 40), &random)
      var text: [Int32] = []
      let length = 1 + Int(random.next() % 600)
      while text.count < length {
        // Runs and repeated parts, in which a window's end tells furthest back.
        let part = (0...(random.next() % 6)).map { _ in Int32(random.next() % UInt64(letters)) }
        for _ in 0...(random.next() % 3 == 0 ? random.next() % 80 : 0) { text += part }
      }
      let whole = Self.merge(text, merges, window: text.count)
      if text.count < 300 { #expect(whole.map(\.id) == Self.mergePlainly(text, merges), "round \(round)") }
      for window in [1, 2, 7, 16, 30, 100] {
        #expect(Self.merge(text, merges, window: window) == whole, "round \(round), window \(window)")
      }
    }
  }

  /// Windows may begin and end within characters that become several tokens.
  @Test(arguments: [
    "llama2", "phi-3", "llama2/tokenizer.model", "llama2/ggml-vocab-llama-spm.gguf", "gpt2", "llama3", "o200k_base",
  ])
  func longWords(_ name: String) throws {
    guard let path = Fixtures.path("tokenizers/\(name)") else { return }
    let tokenizer = try TokenizerLoader.load(path: path)
    for unit in ["\u{1F600}\u{65E5}", "\u{1F600}\u{1F600}\u{1F600}\u{E9}\u{1F680}"] {
      // Two units more are as many tokens more, and these are the same wherever they stand.
      let few = try tokenizer.encode(String(repeating: unit, count: 6))
      let period = try few.count - tokenizer.encode(String(repeating: unit, count: 5)).count
      let times = 90_000 / unit.utf8.count
      let start = Array(few.dropLast(4 * period))
      let repeated = Array(few.dropFirst(start.count).prefix(period))
      let text = String(repeating: unit, count: times)
      let expected = start + Array(repeating: repeated, count: times - 6 + 4).joined()
      #expect(try tokenizer.encode(text) == expected)
      #expect(try tokenizer.encodeWithOffsets(text).ids == expected)
    }
  }

  /// Where a merge at the end of a text decides all that stands before it, windows agree nowhere and must grow.
  @Test func chainsFromTheEndMakeWindowsGrow() {
    var random = RandomGenerator(seed: 1)
    var merges = Merges(letters: 200, count: 0, &random)
    // Each letter merges with the next, the last first, so that the parity of the length tells which.
    for letter in Int32(0)..<199 { merges.table[letter << 12 | (letter + 1)] = (UInt32(200 - letter), 300 + letter) }
    for length in [150, 199, 200] {
      let text = (0..<length).map { Int32($0) }
      let whole = Self.merge(text, merges, window: 1000)
      #expect(whole.map(\.id) == Self.mergePlainly(text, merges))
      #expect(Self.merge(text, merges, window: 16) == whole)
    }
  }
}
