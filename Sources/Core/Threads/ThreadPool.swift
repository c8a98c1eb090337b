import CKernels
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Persistent threads that share one loop at a time.
///
/// A region is a number of chunks, claimed one by one from an atomic counter by the calling thread and the workers.
/// Nobody waits for a worker that has not claimed anything, so a region also ends where the machine is busy with other
/// work and the workers never get a turn. Workers look out for the next region for a short while, then sleep.
///
/// On a machine with more to do than processors, a worker may lose its processor in the middle of a chunk, and the
/// region lasts until it gets one back. After such a stall the caller goes on alone for a while, longer each time the
/// next try stalls too: two threads are then never much slower than one.
///
/// Regions that start while another is under way on the same pool (nested ones, or from a second thread) run inline.
public final class ThreadPool: Sendable {
  public enum Priority: Sendable {
    /// Someone is waiting for the answer.
    case interactive
    /// Lower scheduling priority and smaller chunks: gives way to everything else.
    case background
  }

  /// How many threads take part in a region, the caller among them.
  public let threads: Int
  public let priority: Priority
  private let shared: PoolState

  /// - Parameter threads: at least 1; the pool starts one thread fewer, since the caller takes part.
  public init(threads: Int, priority: Priority = .interactive) {
    self.threads = max(1, min(threads, 256))
    self.priority = priority
    shared = PoolState()
    for _ in 1..<self.threads { PoolState.startWorker(shared, priority: priority) }
  }

  deinit { shared.stop() }

  /// Threads that this machine runs at once.
  public static var processors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Gives the calling thread the scheduling priority of a background pool (a trainer's own thread asks for it).
  public static func lowerPriorityOfCurrentThread() {
    #if !canImport(Darwin)
      // With 0 for "who", Linux means the calling thread only.
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    #endif
  }

  /// Runs `body` over 0 ..< count in ranges of at least `grain` (the last may be shorter), in any order and on any of
  /// the threads, and returns when all are done. Inline where one chunk covers it all.
  ///
  /// Which thread gets which range is open: a result must not depend on it. Choose `grain` so that a range takes some
  /// 10 µs or more (and at most 200 µs in a background pool).
  public func parallelFor(_ count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
    guard count > 0 else { return }
    let grain = max(1, grain)
    let most = threads * (priority == .background ? 64 : 16)
    let size = max(grain, (count + most - 1) / most)
    let chunks = (count + size - 1) / size
    guard threads > 1, chunks > 1, shared.begin() else { return body(0..<count) }
    if shared.isAlone {
      body(0..<count)
      return shared.end()
    }
    withoutActuallyEscaping(body) { escapable in
      var local = escapable
      withUnsafeMutablePointer(to: &local) { shared.run(count: count, size: size, chunks: chunks, body: $0) }
    }
    shared.end()
  }
}

/// What caller and workers share.
private final class PoolState: @unchecked Sendable {
  typealias Body = (Range<Int>) -> Void

  // The open region. Written by the caller before `ticket` opens it; read only by a thread that holds a chunk of it.
  private var body: UnsafeMutablePointer<Body>?
  private var count = 0
  private var size = 0

  /// Bits 0..<24 the next chunk to claim, 24..<48 how many there are: a claim carries its own limit, so a thread that
  /// comes late can never take a chunk of a region that has ended.
  private let ticket = Atomic<UInt64>(0)
  private let finished = Atomic<Int>(0)
  private let busy = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private let callerSleeps = Atomic<Bool>(false)
  private let stopping = Atomic<Bool>(false)
  private let wake = Condition()
  private let done = Condition()

  // What the owner of the region remembers of stalls (times in ns).
  private var aloneUntil: UInt64 = 0
  private var lastStall: UInt64 = 0
  private var patience: UInt64 = 1

  /// Whether the next region should run without the workers, after a stall.
  var isAlone: Bool {
    guard aloneUntil != 0 else { return false }
    if monotonicTime() < aloneUntil { return true }
    aloneUntil = 0
    return false
  }

  /// - Parameters:
  ///   - waited: how long the caller waited for chunks of others after its own were done.
  ///   - chunk: how long one of its own took on average; a wait of a few of those is the usual end of a region.
  private func judge(waited: UInt64, chunk: UInt64, now: UInt64) {
    guard waited > 200_000 &+ 3 &* chunk else { return }
    patience = now &- lastStall < 50_000_000 ? min(patience * 2, 64) : max(1, patience / 2)
    aloneUntil = now &+ min(waited &* patience, 250_000_000)
    lastStall = aloneUntil
  }

  func begin() -> Bool { !busy.exchange(true, ordering: .acquiring) }
  func end() { busy.store(false, ordering: .releasing) }

  func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    wake.withLock { wake.broadcast() }
  }

  private static func isOpen(_ ticket: UInt64) -> Bool { ticket & 0xff_ffff < (ticket >> 24) & 0xff_ffff }

  func run(count: Int, size: Int, chunks: Int, body: UnsafeMutablePointer<Body>) {
    self.body = body
    self.count = count
    self.size = size
    finished.store(0, ordering: .relaxed)
    ticket.store(UInt64(chunks) << 24, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake.withLock { wake.broadcast() } }
    let began = monotonicTime()
    var own: UInt64 = 0
    while claim() { own += 1 }
    if finished.load(ordering: .acquiring) == chunks { return }
    // A worker still holds a chunk: short ones end within the spin.
    let left = monotonicTime()
    var spin = Spin()
    while finished.load(ordering: .acquiring) != chunks {
      if spin.goOn() { continue }
      done.lock()
      callerSleeps.store(true, ordering: .sequentiallyConsistent)
      while finished.load(ordering: .sequentiallyConsistent) != chunks { done.wait() }
      callerSleeps.store(false, ordering: .relaxed)
      done.unlock()
      let now = monotonicTime()
      judge(waited: now &- left, chunk: (left &- began) / max(own, 1), now: now)
    }
  }

  /// Takes one chunk and runs it; false where none is left.
  private func claim() -> Bool {
    guard Self.isOpen(ticket.load(ordering: .relaxed)) else { return false }
    let claimed = ticket.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
    guard Self.isOpen(claimed) else { return false }
    call(Int(claimed & 0xff_ffff))
    let chunks = Int((claimed >> 24) & 0xff_ffff)
    let total = finished.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
    if total == chunks, callerSleeps.load(ordering: .sequentiallyConsistent) { done.withLock { done.signal() } }
    return true
  }

  /// Apart, so that the closure is retained and released before the chunk counts as finished.
  @inline(never) private func call(_ chunk: Int) {
    let start = chunk &* size
    body.unsafelyUnwrapped.pointee(start..<min(start &+ size, count))
  }

  private func work() {
    var spin = Spin()
    while !stopping.load(ordering: .relaxed) {
      if claim() {
        spin = Spin()
        continue
      }
      if spin.goOn() { continue }
      wake.lock()
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
      while !Self.isOpen(ticket.load(ordering: .sequentiallyConsistent)),
        !stopping.load(ordering: .sequentiallyConsistent)
      {
        wake.wait()
      }
      sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      wake.unlock()
      spin = Spin()
    }
  }

  static func startWorker(_ state: PoolState, priority: ThreadPool.Priority) {
    final class Start {
      let state: PoolState
      let priority: ThreadPool.Priority
      init(_ state: PoolState, _ priority: ThreadPool.Priority) {
        self.state = state
        self.priority = priority
      }
    }
    let context = Unmanaged.passRetained(Start(state, priority)).toOpaque()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // Signals are for the main thread: a worker must not be the one that a resize interrupts.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // Faults stay deliverable, so that the crash handler can put the terminal back.
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&all, fault) }
    pthread_sigmask(SIG_SETMASK, &all, &before)
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let failed = pthread_create(&thread, &attributes, threadMain, context)
    pthread_sigmask(SIG_SETMASK, &before, nil)
    pthread_attr_destroy(&attributes)
    // Without the thread, regions still end: the caller claims every chunk.
    if failed != 0 { Unmanaged<Start>.fromOpaque(context).release() }

    #if canImport(Darwin)
      func threadMain(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { enter(context) }
    #else
      func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { context.flatMap(enter) }
    #endif
    func enter(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
      let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
      SignalStack.ensure()
      if start.priority == .background { ThreadPool.lowerPriorityOfCurrentThread() }
      start.state.work()
      return nil
    }
  }
}

/// Waits by looking again, for some 30 µs.
private struct Spin {
  private var rounds = 0
  private var began: UInt64 = 0

  mutating func goOn() -> Bool {
    gbx_pause()
    rounds += 1
    guard rounds % 32 == 0 else { return true }
    let now = monotonicTime()
    if began == 0 { began = now }
    return now &- began < 30_000
  }
}

/// Nanoseconds of a clock that never goes back.
private func monotonicTime() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
