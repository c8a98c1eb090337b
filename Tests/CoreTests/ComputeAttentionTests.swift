import CKernels
import Core
import Foundation
import Testing

@Suite struct ComputeAttentionTests {
  let one = ThreadPool(threads: 1)
  let three = ThreadPool(threads: 3)

  struct Case: CustomTestStringConvertible, Sendable {
    var heads = 4
    var keyValueHeads = 2
    var dimension = 16
    var count = 70
    var window: Int?
    var softcap: Float?
    var half = false
    var testDescription: String { "\(heads)/\(keyValueHeads)×\(dimension) \(count) tokens \(window ?? 0)" }
  }

  static let cases = [
    Case(), Case(heads: 9, keyValueHeads: 3, dimension: 64, count: 40, half: true),
    Case(heads: 3, keyValueHeads: 1, dimension: 20, count: 100, window: 7),
    Case(heads: 2, keyValueHeads: 2, dimension: 8, count: 33, softcap: 5),
    Case(heads: 14, keyValueHeads: 2, dimension: 4, count: 65, window: 32, softcap: 50, half: true),
    Case(heads: 2, keyValueHeads: 1, dimension: 32, count: 1100),
    Case(heads: 2, keyValueHeads: 1, dimension: 16, count: 1100, window: 600, half: true),
    Case(heads: 1, keyValueHeads: 1, dimension: 520, count: 9),
  ]

  /// Keys and values of one sequence, and its queries.
  final class Setup {
    let c: Case
    let queries: [Float]
    let keys: [Float]
    let values: [Float]
    let kernel: AttentionKernel
    let keyBuffer: AlignedBuffer<UInt8>
    let valueBuffer: AlignedBuffer<UInt8>
    let keyPages: [UnsafeRawPointer?]
    let valuePages: [UnsafeRawPointer?]

    init(_ c: Case, kernels: Kernels = .current, scale: Float = 0.3) {
      self.c = c
      let width = c.keyValueHeads * c.dimension
      let queries = ComputeData.floats(c.count * c.heads * c.dimension, seed: 1)
      var keys = ComputeData.floats(c.count * width, seed: 2)
      var values = ComputeData.floats(c.count * width, seed: 3)
      if c.half {
        // What half precision keeps, so that the reference sees the same numbers.
        for i in keys.indices {
          keys[i] = (keys[i] * 256).rounded() / 256
          values[i] = (values[i] * 256).rounded() / 256
        }
      }
      let kernel = AttentionKernel(
        heads: c.heads, keyValueHeads: c.keyValueHeads, headDimension: c.dimension, scale: scale, softcap: c.softcap,
        window: c.window, half: c.half, kernels: kernels)
      let pages = (c.count + 31) / 32
      let keyBuffer = AlignedBuffer<UInt8>(count: pages * kernel.keyBytes)
      let valueBuffer = AlignedBuffer<UInt8>(count: pages * kernel.valueBytes)
      for t in 0..<c.count {
        keys.withUnsafeBufferPointer { k in
          values.withUnsafeBufferPointer { v in
            kernel.store(
              key: k.baseAddress! + t * width, value: v.baseAddress! + t * width, slot: t % 32,
              keys: keyBuffer.raw + t / 32 * kernel.keyBytes, values: valueBuffer.raw + t / 32 * kernel.valueBytes)
          }
        }
      }
      let (k, v) = (keyBuffer.raw, valueBuffer.raw)
      let (kb, vb) = (kernel.keyBytes, kernel.valueBytes)
      keyPages = (0..<pages).map { UnsafeRawPointer(k + $0 * kb) }
      self.queries = queries
      self.keys = keys
      self.values = values
      self.kernel = kernel
      self.keyBuffer = keyBuffer
      self.valueBuffer = valueBuffer
      valuePages = (0..<pages).map { UnsafeRawPointer(v + $0 * vb) }
    }

    /// Rows `range` in slices of `step` tokens, each a sequence of the same call.
    func attend(_ range: Range<Int>, step: Int, pool: ThreadPool) -> [Float] {
      let stride = c.heads * c.dimension
      var output = [Float](repeating: .nan, count: range.count * stride)
      keyPages.withUnsafeBufferPointer { keys in
        valuePages.withUnsafeBufferPointer { values in
          let slices = Swift.stride(from: range.lowerBound, to: range.upperBound, by: step).map { from in
            AttentionKernel.Sequence(
              firstRow: from - range.lowerBound, count: min(step, range.upperBound - from), position: from,
              keys: keys.baseAddress!, values: values.baseAddress!)
          }
          queries.withUnsafeBufferPointer { q in
            kernel.attend(
              queries: q.baseAddress! + range.lowerBound * stride, queryStride: stride, output: &output,
              outputStride: stride, sequences: slices, pool: pool)
          }
        }
      }
      return output
    }

    func reference(row: Int, scale: Double = 0.3) -> [Double] {
      let d = c.dimension
      let group = c.heads / c.keyValueHeads
      var out: [Double] = []
      for h in 0..<c.heads {
        let base = h / group * d
        let first = max(0, row - (c.window ?? Int.max) + 1)
        var scores = (first...row).map { t in
          var s = 0.0
          for i in 0..<d {
            s += Double(queries[(row * c.heads + h) * d + i]) * Double(keys[t * c.keyValueHeads * d + base + i])
          }
          s *= scale
          if let cap = c.softcap { s = Double(cap) * tanh(s / Double(cap)) }
          return s
        }
        let top = scores.max()!
        scores = scores.map { exp($0 - top) }
        let total = scores.reduce(0, +)
        for i in 0..<d {
          var y = 0.0
          for (j, s) in scores.enumerated() { y += s * Double(values[(first + j) * c.keyValueHeads * d + base + i]) }
          out.append(y / total)
        }
      }
      return out
    }
  }

  @Test(arguments: cases) func agreesWithTheDefinition(c: Case) {
    let data = Setup(c)
    let all = data.attend(0..<c.count, step: c.count, pool: one)
    for row in Set([0, 1, 31, 32, c.count / 2, c.count - 2, c.count - 1]) where row >= 0 && row < c.count {
      let width = c.heads * c.dimension
      for (i, e) in data.reference(row: row).enumerated() {
        #expect(abs(Double(all[row * width + i]) - e) < 2e-5, "row \(row) value \(i)")
      }
    }
  }

  @Test(arguments: cases) func sameBitsForAnyBatchAndThreads(c: Case) {
    let data = Setup(c)
    let all = data.attend(0..<c.count, step: c.count, pool: one)
    #expect(data.attend(0..<c.count, step: c.count, pool: three) == all)
    #expect(data.attend(0..<c.count, step: 5, pool: three) == all)
    let width = c.heads * c.dimension
    for row in Set([0, 17, c.count / 2, c.count - 1]) where row < c.count {
      #expect(data.attend(row..<row + 1, step: 1, pool: three) == Array(all[row * width..<(row + 1) * width]))
    }
  }

  @Test(arguments: Kernels.available().map(\.name)) func everyVariant(name: String) throws {
    let kernels = try #require(Kernels.available().first { $0.name == name })
    let c = Case(heads: 6, keyValueHeads: 2, dimension: 24, count: 50, half: true)
    let portable = Setup(c, kernels: Kernels.available()[0]).attend(0..<50, step: 50, pool: one)
    let other = Setup(c, kernels: kernels).attend(0..<50, step: 50, pool: one)
    for (a, b) in zip(portable, other) { #expect(abs(a - b) < 1e-5) }
  }

  /// query·keys 4.90, 17.15, 9.80, 12.25 with d = 6 → scores 2, 7, 4, 5; the second position sees two of them.
  @Test func workedNumbers() {
    let kernel = AttentionKernel(
      heads: 1, keyValueHeads: 1, headDimension: 6, scale: 1 / 6.0.squareRootFloat, half: false)
    let keys = AlignedBuffer<UInt8>(count: kernel.keyBytes)
    let values = AlignedBuffer<UInt8>(count: kernel.valueBytes)
    for (t, product) in [Float(4.90), 17.15, 9.80, 12.25].enumerated() {
      var key = [Float](repeating: 0, count: 6)
      key[0] = product
      var value = [Float](repeating: 0, count: 6)
      value[t] = 1
      kernel.store(key: key, value: value, slot: t, keys: keys.raw, values: values.raw)
    }
    let query: [Float] = [1, 0, 0, 0, 0, 0]
    var output = [Float](repeating: 0, count: 6)
    withUnsafePointer(to: UnsafeRawPointer?(keys.raw)) { k in
      withUnsafePointer(to: UnsafeRawPointer?(values.raw)) { v in
        kernel.attend(
          queries: query, queryStride: 6, output: &output, outputStride: 6,
          sequences: [.init(firstRow: 0, count: 1, position: 1, keys: k, values: v)], pool: one)
      }
    }
    for (a, e) in zip(output, [Float(0.0067), 0.9933, 0, 0]) { #expect(abs(a - e) < 0.0001) }
  }
}

extension Double {
  fileprivate var squareRootFloat: Float { Float(squareRoot()) }
}
