import ArgumentParser
import Core
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct BenchEncode: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Megabytes of text a second to tokens.",
    discussion: "The first run is the first pass of the process; the text is cut at line ends into parts of about 1 MB."
  )

  @OptionGroup var source: TokenizerOptions
  @Argument(help: "A text file.") var file: String
  @Option(help: "Threads.") var threads = 1
  @OptionGroup var bench: BenchOptions

  func validate() throws {
    guard (1...1024).contains(threads) else { throw ValidationError("--threads must be from 1 to 1024.") }
  }

  func run() throws {
    let text = try Input.bytes(file)
    let opening = Stopwatch()
    let tokenizer = try source.load()
    let loadSeconds = opening.seconds
    let documents = Self.documents(text)
    let pool = ThreadPool(threads: threads)
    let tokens = Atomic<Int>(0)
    let failure = Mutex<(any Error)?>(nil)
    var runs: [Double] = []
    var processorRuns: [Double] = []
    text.withUnsafeBufferPointer { bytes in
      for _ in 0..<bench.runs {
        tokens.store(0, ordering: .relaxed)
        let watch = Stopwatch()
        let processor = Self.processorSeconds
        pool.parallelFor(documents.count) { range in
          for i in range {
            do {
              let ids = try tokenizer.encodeIDs(
                utf8: UnsafeBufferPointer(rebasing: bytes[documents[i]]), addSpecialTokens: false,
                parseSpecialTokens: true)
              tokens.wrappingAdd(ids.count, ordering: .relaxed)
            } catch {
              failure.withLock { $0 = $0 ?? error }
            }
          }
        }
        runs.append(Double(bytes.count) / 1e6 / watch.seconds)
        processorRuns.append(Double(bytes.count) / 1e6 / max(1e-9, Self.processorSeconds - processor))
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    BenchReport(
      name: "encode", unit: "MB/s", runs: runs, threads: threads,
      settings: [
        "tokenizer": .string(tokenizer.name), "bytes": .int(text.count), "documents": .int(documents.count),
        "load_ms": .double(loadSeconds * 1000), "tokens": .int(tokens.load(ordering: .relaxed)),
        // On a busy machine these say more than the time on the clock.
        "per_processor_second": .array(processorRuns.map { .double($0) }),
      ]
    ).print(json: bench.json)
  }

  /// Processor time that all threads of this process have taken.
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Parts of about 1 MB that end at line ends, or between characters where a line is longer than that.
  static func documents(_ text: [UInt8], size: Int = 1_000_000) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    while start < text.count {
      var end = min(text.count, start + size)
      if end < text.count {
        if let line = text[start..<end].lastIndex(of: 0x0A) {
          end = line + 1
        } else {
          while end > start + 1 && text[end] & 0xC0 == 0x80 { end -= 1 }
        }
      }
      parts.append(start..<end)
      start = end
    }
    return parts
  }
}
