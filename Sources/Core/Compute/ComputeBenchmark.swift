#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Speed of the numeric kernels alone, the best of several passes.
public enum ComputeBenchmark {
  public struct Result: Sendable, Codable {
    /// Best time of one pass.
    public var seconds: Double
    /// 10⁹ operations a second (a multiply-add counts as two).
    public var gigaOperations: Double
    /// 10⁹ bytes of weights read a second.
    public var gigaBytes: Double
  }

  private static func now(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func best(
    _ pool: ThreadPool, _ duration: Double, operations: Double, bytes: Double, _ body: () -> Void
  ) -> Result {
    // On one thread its own time, which other work on the machine disturbs less.
    let clock = pool.threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC
    body()
    var best = Double.infinity
    let began = now()
    repeat {
      let start = now(clock)
      body()
      best = min(best, now(clock) - start)
    } while now() - began < duration
    return Result(seconds: best, gigaOperations: operations / best / 1e9, gigaBytes: bytes / best / 1e9)
  }

  private static func random(_ count: Int, seed: UInt64) -> AlignedBuffer<Float> {
    let values = AlignedBuffer<Float>(count: count)
    var generator = RandomGenerator(seed: seed)
    for i in 0..<count { values.pointer[i] = generator.uniform() - 0.5 }
    return values
  }

  /// C[m,n] = A[m,k] · W[n,k]ᵀ in float, packing included.
  public static func gemm(m: Int, n: Int, k: Int, pool: ThreadPool, duration: Double = 1) -> Result {
    let a = random(m * k, seed: 1)
    let b = random(n * k, seed: 2)
    let c = AlignedBuffer<Float>(count: m * n)
    return best(pool, duration, operations: 2 * Double(m) * Double(n) * Double(k), bytes: Double(4 * n * k)) {
      MatrixProduct.multiply(
        m: m, n: n, k: k, a: a.pointer, aRow: k, aColumn: 1, b: b.pointer, bRow: 1, bColumn: k, c: c.pointer, cRow: n,
        pool: pool)
    }
  }

  /// y = x · Wᵀ for `tokens` rows of x over `count` packed matrices of a type (several, so that they do not stay in a
  /// cache that a model's weights would not stay in).
  public static func linear(
    type: TensorType, tokens: Int, rows: Int, columns: Int, count: Int = 1, exact: Bool = false, pool: ThreadPool,
    duration: Double = 1
  ) throws -> Result {
    let rowBytes = columns / type.blockSize * type.blockBytes
    // Whatever bytes: the time does not depend on the values, once scales are finite.
    let bytes = AlignedBuffer<UInt8>(count: rows * rowBytes)
    var generator = RandomGenerator(seed: 3)
    for i in 0..<bytes.count { bytes.pointer[i] = UInt8(truncatingIfNeeded: generator.next()) & 0x3f }
    let base = UnsafeRawPointer(bytes.pointer)
    let matrices = try (0..<count).map { _ in
      try PackedMatrix(
        rows: rows, columns: columns, type: type, exact: exact, pool: pool, rawRow: { base + $0 * rowBytes },
        readRow: { dequantize(type: type, from: base + $0 * rowBytes, count: columns, into: $1) })
    }
    let x = try Activations(columns: columns, capacity: tokens)
    let values = random(tokens * columns, seed: 4)
    x.set(rows: values.pointer, stride: columns, count: tokens)
    let y = AlignedBuffer<Float>(count: tokens * rows)
    let read = Double(matrices.reduce(0) { $0 + $1.byteCount })
    return best(pool, duration, operations: 2 * Double(tokens * rows * columns) * Double(count), bytes: read) {
      for matrix in matrices {
        MatrixProduct.multiply(x, by: [matrix], into: [y.pointer], outputStrides: [rows], pool: pool)
      }
    }
  }

  /// `tokens` rows of queries at the end of `context` tokens of keys and values in half precision; operations are those
  /// of scores and outputs, bytes those of the keys and values read once.
  public static func attention(
    tokens: Int, context: Int, heads: Int, keyValueHeads: Int, headDimension: Int, pool: ThreadPool,
    duration: Double = 0.5
  ) -> Result {
    let kernel = AttentionKernel(
      heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension,
      scale: 1 / Float(headDimension).squareRoot(), half: true)
    let pages = (context + AttentionKernel.pageTokens - 1) / AttentionKernel.pageTokens
    let keys = AlignedBuffer<UInt8>(count: pages * kernel.keyBytes)
    let values = AlignedBuffer<UInt8>(count: pages * kernel.valueBytes)
    let row = random(keyValueHeads * headDimension, seed: 5)
    for t in 0..<context {
      let page = t / AttentionKernel.pageTokens
      kernel.store(
        key: row.pointer, value: row.pointer, slot: t % AttentionKernel.pageTokens,
        keys: keys.raw + page * kernel.keyBytes, values: values.raw + page * kernel.valueBytes)
    }
    let keyPages = (0..<pages).map { UnsafeRawPointer?(keys.raw + $0 * kernel.keyBytes) }
    let valuePages = (0..<pages).map { UnsafeRawPointer?(values.raw + $0 * kernel.valueBytes) }
    let queries = random(tokens * heads * headDimension, seed: 6)
    let output = AlignedBuffer<Float>(count: tokens * heads * headDimension)
    let seen = Double(tokens) * (Double(context) - Double(tokens - 1) / 2)
    return best(
      pool, duration, operations: 4 * seen * Double(heads * headDimension),
      bytes: Double(pages * (kernel.keyBytes + kernel.valueBytes))
    ) {
      keyPages.withUnsafeBufferPointer { keys in
        valuePages.withUnsafeBufferPointer { values in
          kernel.attend(
            queries: queries.pointer, queryStride: heads * headDimension, output: output.pointer,
            outputStride: heads * headDimension,
            sequences: [
              .init(
                firstRow: 0, count: tokens, position: context - tokens, keys: keys.baseAddress.unsafelyUnwrapped,
                values: values.baseAddress.unsafelyUnwrapped)
            ], pool: pool)
        }
      }
    }
  }

  /// Seconds that an empty region of `chunks` chunks costs.
  public static func region(chunks: Int, pool: ThreadPool) -> Double {
    best(pool, 0.2, operations: 0, bytes: 0) {
      for _ in 0..<1000 { pool.parallelFor(chunks) { _ in } }
    }.seconds / 1000
  }
}
