import Testing

@testable import Core

/// Tries over blocks of memory that may hold anything.
@Suite struct TokenTrieTests {
  @Test func damagedBlocks() throws {
    var builder = VocabularyBuilder()
    let tokens = ["a", "ab", "abc", "b", "é", "\u{0}", "ba", "▁the", "▁then"]
    for (id, token) in tokens.enumerated() {
      #expect(Array(token.utf8).withUnsafeBufferPointer { builder.add($0, id: id) })
    }
    let trie = TokenTrie(builder.build())
    let good = Array(trie.memory.bytes)
    let text = Array("abcab\u{0}é▁thenba".utf8)
    func walk(_ trie: TokenTrie) -> [TokenID] {
      text.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return [] }
        return bytes.indices.map { trie.longest(base + $0, count: bytes.count - $0).id }
      }
    }
    let again = try #require(TokenTrie(memory: TableMemory(copying: good), tokens: tokens.count))
    #expect(walk(again) == walk(trie))
    #expect(walk(trie)[0] == 2 && walk(trie)[5] == 5 && walk(trie)[8] == 8)
    #expect(TokenTrie(memory: TableMemory(copying: good), tokens: 3) == nil)
    #expect(TokenTrie(memory: TableMemory(copying: good[..<100]), tokens: 9) == nil)
    var taken = 0
    for _ in 0..<5000 {
      var bad = good
      for _ in 0..<Int.random(in: 1...4) {
        let at = Int.random(in: 0..<(bad.count / 8)) * 8
        let value = [UInt64.random(in: .min ... .max), UInt64.random(in: 0...4096) << 8, 1 << 63 | 0x61, .max]
        withUnsafeBytes(of: value[Int.random(in: 0..<4)]) { for (i, byte) in $0.enumerated() { bad[at + i] = byte } }
      }
      guard let trie = TokenTrie(memory: TableMemory(copying: bad), tokens: tokens.count) else { continue }
      taken += 1
      #expect(walk(trie).allSatisfy { $0 >= -1 && Int($0) < tokens.count })
    }
    #expect(taken > 0)
  }
}

/// Scores as the official library reads them.
@Suite struct OfficialNumberTests {
  /// What `tokenizers` 0.23 writes for a score that it has read.
  @Test(arguments: [
    ("-2.0122928619384766", -2.012292861938477), ("-12.130167007446289", -12.130167007446287),
    ("-3.9598512649536133", -3.9598512649536137), ("-5.129043102264404", -5.129043102264404), ("0", 0), (" -1e2", -100),
    ("1.5E-3", 0.0015), ("0.1", 0.1), ("123456789012345678901234", 12_345_678_901_234_567_890 * 1e4), ("1e400", .infinity),
    ("5e-320", 5e-320), ("-0.0", 0),
  ])
  func reads(_ text: String, _ value: Double) { #expect(OfficialNumber.double(text.utf8) == value, "\(text)") }
}
