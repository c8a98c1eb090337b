import Core
import Foundation
import Synchronization
import Testing

@Suite struct ComputePoolTests {
  /// Counts how often each index was visited, from several threads at once.
  private final class Visits: @unchecked Sendable {
    let counts: UnsafeMutablePointer<Atomic<Int>>
    let count: Int
    init(_ count: Int) {
      self.count = count
      counts = .allocate(capacity: max(count, 1))
      for i in 0..<count { (counts + i).initialize(to: Atomic(0)) }
    }
    deinit { counts.deallocate() }
    func visit(_ range: Range<Int>) { for i in range { counts[i].wrappingAdd(1, ordering: .relaxed) } }
    var allOnce: Bool { (0..<count).allSatisfy { counts[$0].load(ordering: .relaxed) == 1 } }
  }

  @Test(arguments: [1, 2, 3, 8], [ThreadPool.Priority.interactive, .background])
  func everyIndexOnce(threads: Int, priority: ThreadPool.Priority) {
    let pool = ThreadPool(threads: threads, priority: priority)
    #expect(pool.threads == threads)
    for count in [0, 1, 2, 3, 7, 64, 1000, 4099] {
      for grain in [1, 3, 64, 5000] {
        let visits = Visits(count)
        pool.parallelFor(count, grain: grain) { visits.visit($0) }
        #expect(visits.allOnce, "\(count) by \(grain)")
      }
    }
  }

  @Test func manyShortRegionsInARow() {
    let pool = ThreadPool(threads: 4)
    let sum = Atomic<Int>(0)
    for _ in 0..<5000 { pool.parallelFor(16) { sum.wrappingAdd($0.count, ordering: .relaxed) } }
    #expect(sum.load(ordering: .relaxed) == 80_000)
  }

  @Test func regionsAfterTheWorkersFellAsleep() {
    let pool = ThreadPool(threads: 3)
    for _ in 0..<20 {
      let visits = Visits(100)
      pool.parallelFor(100) { visits.visit($0) }
      #expect(visits.allOnce)
      usleep(500)
    }
  }

  @Test func nestedRegionsRunInline() {
    let pool = ThreadPool(threads: 3)
    let visits = Visits(400)
    pool.parallelFor(20) { outer in
      for i in outer {
        pool.parallelFor(20) { inner in visits.visit(i * 20 + inner.lowerBound..<i * 20 + inner.upperBound) }
      }
    }
    #expect(visits.allOnce)
  }

  @Test func severalCallersShareAPool() {
    let pool = ThreadPool(threads: 2)
    let sum = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<500 { pool.parallelFor(32) { sum.wrappingAdd($0.count, ordering: .relaxed) } }
    }
    #expect(sum.load(ordering: .relaxed) == 4 * 500 * 32)
  }

  @Test func writesAreSeenByTheCaller() {
    let pool = ThreadPool(threads: 4)
    let values = AlignedBuffer<Float>(count: 10_000)
    for round in 0..<200 {
      pool.parallelFor(values.count, grain: 100) { for i in $0 { values.pointer[i] += 1 } }
      #expect(values.pointer[round * 50] == Float(round + 1))
    }
    #expect(values.buffer.allSatisfy { $0 == 200 })
  }

  @Test func poolsComeAndGo() {
    for i in 0..<50 {
      let pool = ThreadPool(threads: 1 + i % 4)
      let sum = Atomic<Int>(0)
      pool.parallelFor(10) { sum.wrappingAdd($0.count, ordering: .relaxed) }
      #expect(sum.load(ordering: .relaxed) == 10)
    }
  }

  @Test func buffersAreAlignedAndZero() {
    for count in [0, 1, 1000, 600_000, 1_200_001] {
      let buffer = AlignedBuffer<Float>(count: count)
      #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
      #expect(buffer.buffer.allSatisfy { $0 == 0 })
      for i in 0..<count { buffer.pointer[i] = Float(i) }
      #expect(count == 0 || buffer.buffer[count - 1] == Float(count - 1))
    }
  }

  @Test func randomStateIsSavedBitForBit() throws {
    var a = RandomGenerator(seed: 7)
    _ = a.gaussian()
    var b = try JSONDecoder().decode(RandomGenerator.self, from: JSONEncoder().encode(a))
    #expect(a == b)
    for _ in 0..<100 {
      #expect(a.next() == b.next())
      #expect(a.gaussian() == b.gaussian())
      #expect(a.uniform() == b.uniform())
    }
    var other = RandomGenerator(seed: 8)
    #expect(a.next() != other.next())
  }

  @Test func randomNumbersHaveTheRightMoments() {
    var generator = RandomGenerator(seed: 1)
    let n = 20_000
    let uniform = (0..<n).map { _ in Double(generator.uniform()) }
    #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(uniform.reduce(0, +) / Double(n) - 0.5) < 0.01)
    let normal = (0..<n).map { _ in Double(generator.gaussian()) }
    #expect(abs(normal.reduce(0, +) / Double(n)) < 0.03)
    #expect(abs(normal.map { $0 * $0 }.reduce(0, +) / Double(n) - 1) < 0.05)
  }
}
