import Core
import Testing

/// Vocabularies and merges as blocks of memory that another process may have written.
@Suite struct TokenizerTableTests {
  private static let words = [
    "", "a", "b", "ab", "the", " the", "\u{1F600}", "a longer word than eight bytes", "a\u{0}",
  ]

  private func vocabulary() -> Vocabulary {
    var builder = VocabularyBuilder()
    for (id, word) in Self.words.enumerated() {
      let isAdded = Array(word.utf8).withUnsafeBufferPointer { builder.add($0, id: id * 3) }
      #expect(isAdded)
    }
    return builder.build()
  }

  private func find(_ word: [UInt8], in vocabulary: Vocabulary) -> TokenID {
    (word + [0]).withUnsafeBufferPointer { vocabulary.id($0.baseAddress!, count: word.count) }
  }

  private final class Copy {
    let memory: UnsafeMutableRawBufferPointer
    init(_ source: TableMemory) {
      memory = .allocate(byteCount: source.count, alignment: 64)
      withExtendedLifetime(source) { memory.copyMemory(from: source.bytes) }
    }
    deinit { memory.deallocate() }
    func table(_ count: Int? = nil) -> TableMemory? {
      TableMemory(mapped: UnsafeRawBufferPointer(rebasing: memory[..<(count ?? memory.count)]), owner: self)
    }
  }

  @Test func vocabularyMapsBack() throws {
    let memory = try #require(Copy(vocabulary().memory).table())
    let mapped = try #require(Vocabulary(memory: memory))
    for (id, word) in Self.words.enumerated() {
      #expect(find(Array(word.utf8), in: mapped) == id * 3)
      #expect(mapped.bytes(TokenID(id * 3)).map { Array($0) } == Array(word.utf8))
      #expect(mapped.bytes(TokenID(id * 3 + 1)) == nil)
    }
    #expect(find(Array("abc".utf8), in: mapped) == -1)
    #expect(find(Array("a".utf8) + [0, 0], in: mapped) == -1)
  }

  @Test func mergesGrowAndMapBack() throws {
    let table = MergeTable(capacity: 4)
    for i in 0..<5000 { table.add(TokenID(i % 71), TokenID(i), rank: UInt32(i), id: TokenID(i + 1)) }
    table.add(3, 3, rank: 7, id: 9)
    #expect(table.count == 5000)
    let memory = try #require(Copy(table.memory).table())
    for table in [table, try #require(MergeTable(memory: memory))] {
      #expect(table.find(3, 3) == (7, 9))
      for i in 4..<5000 {
        let (rank, id) = table.find(TokenID(i % 71), TokenID(i))
        #expect(rank == UInt32(i) && id == TokenID(i + 1))
      }
      #expect(table.find(70, 1).rank == .max)
    }
  }

  /// Whatever is in a block, it is refused or lookups stay inside of it (the sanitizers watch).
  @Test func damagedBlocksAreHarmless() throws {
    let vocabulary = vocabulary()
    let table = MergeTable(capacity: 8)
    for i in 0..<8 { table.add(TokenID(i), 1, rank: UInt32(i), id: 5) }
    var random = SystemRandomNumberGenerator()
    for round in 0..<4000 {
      for memory in [vocabulary.memory, table.memory] {
        let copy = Copy(memory)
        for _ in 0..<(round % 7) {
          // Headers and entries are where damage hurts most.
          let at =
            round % 2 == 0 ? Int.random(in: 0..<192, using: &random) : Int.random(in: 0..<memory.count, using: &random)
          copy.memory[at] = UInt8.random(in: 0...255, using: &random)
        }
        let block = try #require(copy.table(round % 5 == 0 ? Int.random(in: 0...memory.count, using: &random) : nil))
        if let damaged = Vocabulary(memory: block) {
          for word in Self.words { _ = find(Array(word.utf8), in: damaged) }
          for id in 0..<min(damaged.count, 100) { _ = damaged.bytes(TokenID(id)).map { $0.reduce(0, &+) } }
        }
        if let damaged = MergeTable(memory: block) { for i in 0..<9 { _ = damaged.find(TokenID(i), 1) } }
      }
    }
  }
}
