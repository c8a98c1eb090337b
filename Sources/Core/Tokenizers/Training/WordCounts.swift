#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif
import Synchronization

/// How often each word of a corpus occurs: all that trainers learn from.
public struct WordCounts: Sendable {
  let table: WordTable
  /// Bytes of text that were read.
  public internal(set) var bytes: Int
  public internal(set) var seconds: Double

  public var distinctWords: Int { table.count }

  /// All words, repeated ones as often as they occur.
  public var words: Int {
    var sum = 0
    for i in 0..<table.count { sum += table.entries[i].count }
    return sum
  }

  init(table: WordTable, bytes: Int, seconds: Double) {
    (self.table, self.bytes, self.seconds) = (table, bytes, seconds)
  }

  /// Reads a corpus once, in parts, on as many threads as the options say, and counts its words.
  /// - Parameter onEvent: told some ten times a second; returns false to stop.
  /// - Throws: ``FormatError``, ``TokenizerTrainingError``.
  public init(
    reading corpus: TrainingCorpus, options: TokenizerTrainingOptions,
    onEvent: (TokenizerTrainingEvent) -> Bool = { _ in true }
  ) throws {
    try options.check()
    let counting = try WordCounting(options)
    let reader = CorpusReader(corpus)
    while try counting.readOn(reader) {
      guard counting.report(reader, corpus, onEvent) else { throw TokenizerTrainingError.cancelled }
    }
    self = counting.finish(reader)
  }
}

/// Counts words on several threads, each with a table of its own.
final class WordCounting: Sendable {
  /// Bytes handed out at once.
  private static let waveSize = 1 << 23

  private let cutter: WordCutter
  private let pool: ThreadPool
  /// Tables that no thread is using.
  private let free: Mutex<[WordTable]>
  private let began = Mutex(trainingClock())
  private let lastReport = Mutex(0.0)
  /// Bytes of memory that tables may take before rare words are dropped.
  private let memoryLimit: Int
  private let lowest = Mutex(0)

  init(_ options: TokenizerTrainingOptions) throws {
    cutter = try WordCutter(options)
    pool = ThreadPool(threads: options.threads)
    memoryLimit = options.memoryLimit
    free = Mutex([])
  }

  /// Starts with what a former run has counted.
  func resume(_ counts: WordCounts, dropped: Int) {
    goOn(with: counts)
    began.withLock { $0 -= counts.seconds }
    lowest.withLock { $0 = dropped }
  }

  /// Goes on after ``finish(_:)``.
  func goOn(with counts: WordCounts) { free.withLock { $0.append(counts.table) } }

  /// Words rarer than this have been dropped; 0: none.
  var dropped: Int { lowest.withLock { $0 } }

  /// Counts the next parts.
  /// - Returns: false at the end of the corpus.
  func readOn(_ reader: CorpusReader) throws -> Bool {
    var parts: [[UInt8]] = []
    var size = 0
    var isMore = true
    while size < Self.waveSize {
      guard let next = try reader.parts() else {
        isMore = false
        break
      }
      parts += next
      size += next.reduce(0) { $0 + $1.count }
    }
    pool.parallelFor(parts.count) { range in
      let table = free.withLock { $0.popLast() } ?? WordTable()
      for i in range { parts[i].withUnsafeBufferPointer { cutter.count($0, into: table) } }
      free.withLock { $0.append(table) }
    }
    if free.withLock({ $0.reduce(0) { $0 + $1.footprint } }) > memoryLimit { prune() }
    return isMore
  }

  /// Drops rare words until half of the memory is free. When that happens depends on how full the tables of the threads
  /// are: only counts beyond the limit of memory depend on the number of threads.
  private func prune() {
    var table = joined()
    var minimum = 2
    while table.footprint > memoryLimit / 2, minimum < 1 << 20 {
      table = table.pruned(below: minimum)
      lowest.withLock { $0 = max($0, minimum) }
      minimum *= 2
    }
    free.withLock { $0 = [table] }
  }

  /// Whether to go on.
  func report(_ reader: CorpusReader, _ corpus: TrainingCorpus, _ onEvent: (TokenizerTrainingEvent) -> Bool) -> Bool {
    let now = trainingClock()
    guard
      lastReport.withLock({ last in
        defer { if now - last >= 0.1 { last = now } }
        return now - last >= 0.1
      })
    else { return true }
    let event = TokenizerTrainingEvent.Reading(
      bytes: reader.bytesOfSources, totalBytes: corpus.size,
      distinctWords: free.withLock { $0.map(\.count).max() ?? 0 }, seconds: now - began.withLock { $0 })
    return onEvent(.reading(event))
  }

  private func joined() -> WordTable {
    var tables = free.withLock { tables in
      defer { tables = [] }
      return tables
    }
    while tables.count > 1 {
      let half = (tables.count + 1) / 2
      let all = tables
      pool.parallelFor(all.count - half) { range in for i in range { all[i].merge(all[half + i]) } }
      tables.removeLast(tables.count - half)
    }
    return tables.first ?? WordTable()
  }

  /// What was counted so far; counting can go on with it.
  func finish(_ reader: CorpusReader) -> WordCounts {
    let table = joined()
    return WordCounts(table: table, bytes: reader.bytesConsumed, seconds: trainingClock() - began.withLock { $0 })
  }
}

/// Seconds of a clock that never goes back.
func trainingClock() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
