import Core
import Testing

/// The same numbers, bit for bit, however a sequence is cut, whatever it shares a batch with, on any number of threads.
@Suite struct BatchInvarianceTests {
  private func text(_ seed: UInt64, _ count: Int) -> [TokenID] {
    var random = RandomGenerator(seed: seed)
    return (0..<count).map { _ in TokenID(random.next() % UInt64(EngineFixture.vocabulary)) }
  }

  private func rows(_ logits: Logits) -> [[Float]] { (0..<logits.rows).map { logits.array($0) } }

  /// Logits of every position, read in pieces of the given sizes.
  private func read(_ engine: Engine, _ ids: [TokenID], pieces: [Int]) throws -> [[Float]] {
    let pages = engine.makePages()
    var all: [[Float]] = []
    var at = 0
    var i = 0
    while at < ids.count {
      let end = min(ids.count, at + pieces[i % pieces.count])
      all += try rows(engine.step([.init(tokens: Array(ids[at..<end]), pages: pages, wants: .all)]))
      at = end
      i += 1
    }
    return all
  }

  private func check(_ make: (_ threads: Int) throws -> Engine) throws {
    let ids = text(5, 150)
    let engine = try make(1)
    let whole = try read(engine, ids, pieces: [150])
    #expect(whole.allSatisfy { $0.allSatisfy(\.isFinite) })
    #expect(try read(engine, ids, pieces: [1]) == whole)
    #expect(try read(engine, ids, pieces: [3, 40, 1, 17]) == whole)
    let two = try make(2)
    #expect(try read(two, ids, pieces: [64]) == whole)
    let three = try make(3)
    #expect(try read(three, ids, pieces: [1, 30]) == whole)

    // In a ragged batch with two others, each at its own place.
    let other = engine.makePages()
    _ = try engine.step([.init(tokens: text(6, 45), pages: other)])
    let mine = engine.makePages()
    let third = engine.makePages()
    var batched: [[Float]] = []
    for (at, size) in [(0, 70), (70, 1), (71, 79)] {
      let logits = try engine.step([
        .init(tokens: text(7, 9), pages: other, wants: .none),
        .init(tokens: Array(ids[at..<at + size]), pages: mine, wants: .all),
        .init(tokens: [3], pages: third, wants: .last),
      ])
      #expect(logits.rows == size + 1)
      batched += rows(logits).dropLast()
    }
    #expect(batched == whole)
  }

  @Test func plainModel() throws { try check { EngineFixture.engine(threads: $0) } }

  @Test func everyFeature() throws { try check { EngineFixture.engine(EngineFixture.everything(), threads: $0) } }

  @Test func cacheOfSinglePrecision() throws { try check { EngineFixture.engine(cache: .f32, threads: $0) } }

  @Test func pastSeveralSpans() throws {
    // More than 512 tokens: attention merges spans; few rows share the spans out, many do not.
    let ids = text(11, 1100)
    let engine = EngineFixture.engine(threads: 2)
    let whole = try read(engine, ids, pieces: [1100])
    #expect(try read(engine, ids, pieces: [500, 1, 1, 300]) == whole)
    let beginning = Array(ids[..<600])
    #expect(try read(engine, beginning, pieces: [599, 1]) == Array(whole[..<600]))
  }

  @Test func theCacheTypeHardlyMatters() throws {
    let ids = text(5, 100)
    let half = try read(EngineFixture.engine(cache: .f16), ids, pieces: [100])
    let single = try read(EngineFixture.engine(cache: .f32), ids, pieces: [100])
    #expect(half != single)
    for (a, b) in zip(half, single) { #expect(zip(a, b).allSatisfy { abs($0 - $1) < 0.02 }) }
  }
}
