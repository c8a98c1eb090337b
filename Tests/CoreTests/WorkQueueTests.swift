import Foundation
import Synchronization
import Testing

@testable import Core

@Suite struct WorkQueueTests {
  @Test func worksInOrderAndWaits() {
    let queue = WorkQueue()
    let order = Mutex<[Int]>([])
    for i in 0..<1000 { #expect(queue.work { order.withLock { $0.append(i) } }) }
    queue.sync { order.withLock { $0.append(1000) } }
    #expect(order.withLock { $0 } == Array(0...1000))
    queue.work { usleep(50_000) }
    #expect(!queue.wait(seconds: 0))
    #expect(queue.wait(seconds: 30))
  }

  @Test func manyCallersLoseNothing() {
    let queue = WorkQueue()
    let busy = Atomic<Int>(0)
    let overlaps = Atomic<Int>(0)
    let done = Atomic<Int>(0)
    @Sendable func one() {
      if busy.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue != 1 {
        overlaps.wrappingAdd(1, ordering: .relaxed)
      }
      done.wrappingAdd(1, ordering: .relaxed)
      busy.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }
    let pool = ThreadPool(threads: 4)
    pool.parallelFor(400) { range in
      for i in range { if i % 7 == 0 { queue.sync { one() } } else { queue.work { one() } } }
    }
    #expect(queue.wait(seconds: 30))
    #expect(done.load(ordering: .relaxed) == 400)
    #expect(overlaps.load(ordering: .relaxed) == 0)
  }

  @Test func laterWorkComesAfterWhatIsDueBefore() {
    let queue = WorkQueue()
    let order = Mutex<[String]>([])
    let isDone = Condition()
    queue.work(after: 0.1) {
      order.withLock { $0.append("later") }
      isDone.withLock { isDone.broadcast() }
    }
    queue.work { order.withLock { $0.append("now") } }
    isDone.withLock {
      for _ in 0..<300 where order.withLock({ $0.count }) < 2 { _ = isDone.wait(seconds: 0.1) }
    }
    #expect(order.withLock { $0 } == ["now", "later"])
  }

  /// What a queue without a thread of its own hands over is done by the spare one.
  @Test func theSpareThreadDoesWhatIsHandedOver() {
    #expect(SpareThread.keep())
    let order = Mutex<[Int]>([])
    let isDone = Condition()
    let now = MonotonicTime.now
    for (number, due) in [(2, now + 50_000_000), (1, 0)] {
      #expect(
        SpareThread.shared.run(due: due) {
          order.withLock { $0.append(number) }
          isDone.withLock { isDone.broadcast() }
        })
    }
    isDone.withLock {
      for _ in 0..<300 where order.withLock({ $0.count }) < 2 { _ = isDone.wait(seconds: 0.1) }
    }
    #expect(order.withLock { $0 } == [1, 2])
  }
}
