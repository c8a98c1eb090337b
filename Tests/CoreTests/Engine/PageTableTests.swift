import Core
import Testing

@Suite struct PageTableTests {
  /// A llama of two layers with invented weights.
  static func engine(cache: CacheType = .f16, threads: Int = 1, context: Int? = nil) -> Engine {
    EngineFixture.engine(cache: cache, threads: threads, context: context)
  }

  private func ids(_ range: Range<Int>) -> [TokenID] { range.map { TokenID($0 % EngineFixture.vocabulary) } }

  private func feed(_ engine: Engine, _ pages: PageTable, _ tokens: [TokenID]) throws -> [Float] {
    try engine.step([SequenceSlice(tokens: tokens, pages: pages)]).array(0)
  }

  @Test func forksShareUntilOneWrites() throws {
    let engine = Self.engine()
    let pages = engine.makePages()
    _ = try feed(engine, pages, ids(0..<70))
    #expect(pages.count == 70 && pages.pageCount == 3 && pages.pagesOwned == 3)
    let branch = pages.fork()
    #expect(engine.pagePool.usage.pagesInUse == 3)
    #expect(pages.pagesOwned == 0)
    let mine = try feed(engine, pages, [5])
    // Only the last, half-full page was copied.
    #expect(engine.pagePool.usage.pagesInUse == 4)
    let theirs = try feed(engine, branch, [5])
    #expect(engine.pagePool.usage.pagesInUse == 4)
    #expect(mine == theirs)
    // Each goes its own way without the other noticing.
    _ = try feed(engine, branch, ids(10..<60))
    let after = try feed(engine, pages, [9])
    let fresh = engine.makePages()
    #expect(try feed(engine, fresh, ids(0..<70) + [5, 9]) == after)
  }

  @Test func truncationForgets() throws {
    let engine = Self.engine()
    let pages = engine.makePages()
    _ = try feed(engine, pages, ids(0..<100))
    pages.truncate(to: 33)
    #expect(pages.tokens == ids(0..<33) && pages.pageCount == 2)
    #expect(engine.pagePool.usage.pagesInUse == 2 && engine.pagePool.usage.pagesFree == 2)
    let again = try feed(engine, pages, ids(50..<80))
    let other = engine.makePages()
    #expect(try feed(engine, other, ids(0..<33) + ids(50..<80)) == again)
    pages.truncate(to: 500)
    #expect(pages.count == 63)
    pages.truncate(to: 0)
    #expect(pages.pageCount == 0 && pages.byteCount == 0)
  }

  @Test func truncatingAForkLeavesTheOther() throws {
    let engine = Self.engine()
    let pages = engine.makePages()
    _ = try feed(engine, pages, ids(0..<40))
    let branch = pages.fork()
    branch.truncate(to: 35)
    let changed = try feed(engine, branch, [1, 2])
    let kept = try feed(engine, pages, [3])
    #expect(try feed(engine, engine.makePages(), ids(0..<40) + [3]) == kept)
    #expect(try feed(engine, engine.makePages(), ids(0..<35) + [1, 2]) == changed)
  }

  @Test func memoryIsCountedAndComesBack() throws {
    let engine = Self.engine()
    do {
      let pages = engine.makePages()
      _ = try feed(engine, pages, ids(0..<65))
      #expect(pages.byteCount == 3 * engine.pagePool.layout.pageBytes)
    }
    #expect(engine.pagePool.usage.pagesInUse == 0 && engine.pagePool.usage.pagesFree == 3)
    let other = engine.makePages()
    _ = try feed(engine, other, ids(0..<32))
    #expect(engine.pagePool.usage.pagesInUse == 1 && engine.pagePool.usage.pagesFree == 2)
    engine.pagePool.trim()
    #expect(engine.pagePool.usage.byteCount == engine.pagePool.layout.pageBytes)
  }

  @Test func pagesOfOtherWeightsAreRefusedAndRecomputed() throws {
    let engine = Self.engine()
    let pages = engine.makePages()
    let first = try feed(engine, pages, ids(0..<50))
    let old = engine.weights
    try engine.swap(weights: EngineFixture.weights(seed: 99))
    #expect(pages.validCount(epoch: engine.epoch) == 0)
    #expect(throws: EngineError.stalePages(held: 50, valid: 0)) { _ = try feed(engine, pages, [1]) }
    #expect(pages.count == 50)
    var told: [Int] = []
    try engine.refresh(
      pages,
      progress: { done, of in
        told.append(done); #expect(of == 50)
      })
    #expect(told == [0, 50] && pages.tokens == ids(0..<50))
    let swapped = try feed(engine, pages, [1])
    let fresh = engine.makePages()
    let direct = try feed(engine, fresh, ids(0..<50) + [1])
    #expect(swapped == direct)
    // Back to the first weights: the old pages are gone, the numbers are not.
    try engine.swap(weights: old)
    #expect(try feed(engine, engine.makePages(), ids(0..<50)) == first)
    #expect(throws: EngineError.differentPlan) { try engine.swap(weights: EngineFixture.weights(layers: 1)) }
  }

  @Test func impossibleStepsAreRefusedAndChangeNothing() throws {
    let engine = Self.engine(context: 40)
    let pages = engine.makePages()
    _ = try feed(engine, pages, ids(0..<39))
    #expect(throws: EngineError.contextOverflow(held: 39, added: 2, limit: 40)) { _ = try feed(engine, pages, [1, 2]) }
    #expect(throws: EngineError.tokenOutOfRange(-1, vocabulary: EngineFixture.vocabulary)) {
      _ = try feed(engine, pages, [-1])
    }
    #expect(throws: EngineError.emptySlice) { _ = try feed(engine, pages, []) }
    #expect(throws: EngineError.foreignPages) { _ = try feed(engine, Self.engine().makePages(), [1]) }
    #expect(throws: EngineError.sharedTable) {
      _ = try engine.step([.init(tokens: [1], pages: pages), .init(tokens: [2], pages: pages)])
    }
    #expect(throws: EngineError.cancelled) {
      try engine.step([.init(tokens: [1], pages: pages)], into: Logits(), isCancelled: { true })
    }
    #expect(pages.count == 39 && pages.pageCount == 2)
    _ = try feed(engine, pages, [1])
    #expect(pages.count == 40)
  }
}
