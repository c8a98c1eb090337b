import CKernels
import Core
import Foundation
import Testing

/// Random test data and plain references in double precision.
enum ComputeData {
  static func floats(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
    var generator = RandomGenerator(seed: seed)
    return (0..<count).map { _ in generator.gaussian() * scale }
  }

  /// x[tokens, columns] · w[rows, columns]ᵀ
  static func product(_ x: [Float], _ w: [Float], tokens: Int, rows: Int, columns: Int) -> [Float] {
    var y = [Float](repeating: 0, count: tokens * rows)
    for t in 0..<tokens {
      for r in 0..<rows {
        var sum = 0.0
        for k in 0..<columns { sum += Double(x[t * columns + k]) * Double(w[r * columns + k]) }
        y[t * rows + r] = Float(sum)
      }
    }
    return y
  }

  /// Where the f16 scales of a block lie.
  static func halves(of type: TensorType) -> [Int] {
    switch type {
    case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
    case .q2_K: [80, 82]
    case .q3_K: [108]
    case .q6_K: [208]
    default: [0]
    }
  }

  /// Valid blocks of a quantised type with small scales, from a random generator.
  static func blocks(_ type: TensorType, count: Int, seed: UInt64) -> [UInt8] {
    var generator = RandomGenerator(seed: seed)
    var bytes = (0..<(count / type.blockSize * type.blockBytes)).map { _ in UInt8(truncatingIfNeeded: generator.next())
    }
    for block in 0..<(count / type.blockSize) {
      for half in halves(of: type) {
        let value: UInt16 = 0x1c00 + UInt16(truncatingIfNeeded: generator.next() % 0x400)
        bytes[block * type.blockBytes + half] = UInt8(value & 255)
        bytes[block * type.blockBytes + half + 1] = UInt8(value >> 8)
      }
    }
    return bytes
  }

  static let quantized: [TensorType] = [
    .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K,
  ]
}

@Suite struct ComputeProductTests {
  let one = ThreadPool(threads: 1)
  let three = ThreadPool(threads: 3)

  static let shapes = [
    (1, 1, 1), (1, 16, 7), (1, 200, 172), (2, 33, 64), (3, 48, 5), (5, 17, 300), (12, 32, 256), (13, 31, 513),
    (40, 130, 70), (150, 50, 33), (7, 300, 600),
  ]

  @Test(arguments: Kernels.available().map(\.name), shapes)
  func floatProductsOfEveryVariant(name: String, shape: (Int, Int, Int)) throws {
    let kernels = try #require(Kernels.available().first { $0.name == name })
    let (m, n, k) = shape
    let a = ComputeData.floats(m * k, seed: 1)
    let w = ComputeData.floats(n * k, seed: 2)
    let expected = ComputeData.product(a, w, tokens: m, rows: n, columns: k)
    // B = Wᵀ by strides; then B itself; then Aᵀ.
    var b = [Float](repeating: 0, count: k * n)
    for j in 0..<n { for p in 0..<k { b[p * n + j] = w[j * k + p] } }
    var at = [Float](repeating: 0, count: k * m)
    for i in 0..<m { for p in 0..<k { at[p * m + i] = a[i * k + p] } }
    var results: [[Float]] = []
    for pool in [one, three] {
      var c = [Float](repeating: 7, count: m * n)
      MatrixProduct.multiply(
        m: m, n: n, k: k, a: a, aRow: k, aColumn: 1, b: w, bRow: 1, bColumn: k, c: &c, cRow: n, pool: pool,
        kernels: kernels)
      results.append(c)
      MatrixProduct.multiply(
        m: m, n: n, k: k, a: a, aRow: k, aColumn: 1, b: b, bRow: n, bColumn: 1, c: &c, cRow: n, pool: pool,
        kernels: kernels)
      results.append(c)
      MatrixProduct.multiply(
        m: m, n: n, k: k, a: at, aRow: 1, aColumn: m, b: b, bRow: n, bColumn: 1, c: &c, cRow: n, pool: pool,
        kernels: kernels)
      results.append(c)
      // A row at a time.
      for i in 0..<m {
        c.withUnsafeMutableBufferPointer { c in
          a.withUnsafeBufferPointer { a in
            MatrixProduct.multiply(
              m: 1, n: n, k: k, a: a.baseAddress! + i * k, aRow: k, aColumn: 1, b: w, bRow: 1, bColumn: k,
              c: c.baseAddress! + i * n, cRow: n, pool: pool, kernels: kernels)
          }
        }
      }
      results.append(c)
    }
    for i in 0..<(m * n) { #expect(abs(results[0][i] - expected[i]) <= 1e-5 * Float(k) + 1e-5) }
    for other in results.dropFirst() { #expect(other == results[0]) }
    // Accumulating in two parts is the same chain.
    var c = [Float](repeating: 0, count: m * n)
    let half = k / 2
    MatrixProduct.multiply(
      m: m, n: n, k: half, a: a, aRow: k, aColumn: 1, b: w, bRow: 1, bColumn: k, c: &c, cRow: n, pool: one,
      kernels: kernels)
    a.withUnsafeBufferPointer { a in
      w.withUnsafeBufferPointer { w in
        MatrixProduct.multiply(
          m: m, n: n, k: k - half, a: a.baseAddress! + half, aRow: k, aColumn: 1, b: w.baseAddress! + half, bRow: 1,
          bColumn: k, c: &c, cRow: n, accumulate: true, pool: three, kernels: kernels)
      }
    }
    #expect(c == results[0])
  }

  private func pack(_ type: TensorType, _ bytes: [UInt8], rows: Int, columns: Int, exact: Bool = false) -> PackedMatrix
  {
    let rowBytes = columns / type.blockSize * type.blockBytes
    return bytes.withUnsafeBytes { raw in
      let base = raw.baseAddress!
      // swift-format-ignore: NeverUseForceTry
      return try! PackedMatrix(
        rows: rows, columns: columns, type: type, exact: exact, pool: three, rawRow: { base + $0 * rowBytes },
        readRow: { dequantize(type: type, from: base + $0 * rowBytes, count: columns, into: $1) })
    }
  }

  private func multiply(_ x: [Float], _ matrices: [PackedMatrix], tokens: Int, pool: ThreadPool) -> [[Float]] {
    // swift-format-ignore: NeverUseForceTry
    let activations = try! Activations(columns: matrices[0].columns, capacity: tokens)
    activations.set(rows: x, stride: matrices[0].columns, count: tokens)
    let outputs = matrices.map { AlignedBuffer<Float>(count: tokens * $0.rows) }
    MatrixProduct.multiply(
      activations, by: matrices, into: outputs.map(\.pointer), outputStrides: matrices.map(\.rows), pool: pool)
    return outputs.map { Array($0.buffer) }
  }

  @Test(arguments: ComputeData.quantized) func packedRowsAreThoseOfTheFile(type: TensorType) {
    let (rows, columns) = (19, 512)
    let bytes = ComputeData.blocks(type, count: rows * columns, seed: 5)
    let packed = pack(type, bytes, rows: rows, columns: columns)
    #expect(packed.layout == .quantized)
    let rowBytes = columns / type.blockSize * type.blockBytes
    for r in 0..<rows {
      var expected = [Float](repeating: 0, count: columns)
      bytes.withUnsafeBytes {
        dequantize(type: type, from: $0.baseAddress! + r * rowBytes, count: columns, into: &expected)
      }
      var row = expected.map { _ in Float.nan }
      packed.dequantizeRow(r, into: &row)
      #expect(row == expected, "row \(r)")
    }
  }

  @Test(arguments: ComputeData.quantized) func quantizedProducts(type: TensorType) {
    let (rows, columns, tokens) = (75, 768, 21)
    let bytes = ComputeData.blocks(type, count: rows * columns, seed: 9)
    let packed = pack(type, bytes, rows: rows, columns: columns)
    let exact = pack(type, bytes, rows: rows, columns: columns, exact: true)
    #expect(exact.layout == .f32)
    let x = ComputeData.floats(tokens * columns, seed: 3)
    let result = multiply(x, [packed], tokens: tokens, pool: one)[0]
    #expect(multiply(x, [packed], tokens: tokens, pool: three)[0] == result)
    for t in 0..<tokens {
      let row = Array(x[t * columns..<(t + 1) * columns])
      #expect(multiply(row, [packed], tokens: 1, pool: three)[0] == Array(result[t * rows..<(t + 1) * rows]))
    }
    // Against float arithmetic: the int8 form of x is off by at most half a step of 1/127 of its block's largest.
    let float = multiply(x, [exact], tokens: tokens, pool: one)[0]
    let size = sqrt(float.map { $0 * $0 }.reduce(0, +) / Float(float.count))
    let error = sqrt(zip(float, result).map { ($0 - $1) * ($0 - $1) }.reduce(0, +) / Float(float.count))
    #expect(error < 0.02 * size, "relative error \(error / size)")
  }

  @Test func severalMatricesInOneRegion() throws {
    let (columns, tokens) = (172, 5)
    let x = ComputeData.floats(tokens * columns, seed: 3)
    let weights = [64, 16, 17].map { ($0, ComputeData.floats($0 * columns, seed: UInt64($0))) }
    let packed = try weights.map { rows, w in try PackedMatrix(values: w, rows: rows, columns: columns, pool: one) }
    let together = multiply(x, packed, tokens: tokens, pool: three)
    for (i, (rows, w)) in weights.enumerated() {
      #expect(multiply(x, [packed[i]], tokens: tokens, pool: one)[0] == together[i])
      let expected = ComputeData.product(x, w, tokens: tokens, rows: rows, columns: columns)
      for (a, b) in zip(together[i], expected) { #expect(abs(a - b) < 1e-3) }
    }
  }

  @Test(arguments: [TensorType.f16, .bf16]) func halfWeights(type: TensorType) {
    let (rows, columns, tokens) = (37, 45, 14)
    let values = ComputeData.floats(rows * columns, seed: 4)
    var halves = [UInt16](repeating: 0, count: values.count)
    let table = Kernels.current.table
    if type == .f16 {
      table.pointee.f16_from_f32(&halves, values, values.count)
    } else {
      table.pointee.bf16_from_f32(&halves, values, values.count)
    }
    let bytes = halves.withUnsafeBytes { Array($0) }
    let packed = pack(type, bytes, rows: rows, columns: columns)
    let exact = pack(type, bytes, rows: rows, columns: columns, exact: true)
    let x = ComputeData.floats(tokens * columns, seed: 6)
    // Widening is exact, so the two are the same chain.
    #expect(packed.layout == (type == .f16 ? .f16 : .bf16))
    #expect(multiply(x, [packed], tokens: tokens, pool: three) == multiply(x, [exact], tokens: tokens, pool: one))
  }

  @Test(arguments: [TensorType.f32, .bf16, .q8_0, .q4_K]) func frozenWeightsInFloat(type: TensorType) {
    let (rows, columns, m) = (83, 256, 19)
    let bytes: [UInt8]
    if type.blockSize > 1 {
      bytes = ComputeData.blocks(type, count: rows * columns, seed: 12)
    } else {
      let values = ComputeData.floats(rows * columns, seed: 12)
      bytes =
        type == .f32
        ? values.withUnsafeBytes { Array($0) }
        : values.flatMap { [UInt8($0.bitPattern >> 16 & 255), UInt8($0.bitPattern >> 24)] }
    }
    let packed = pack(type, bytes, rows: rows, columns: columns)
    var w = [Float](repeating: 0, count: rows * columns)
    w.withUnsafeMutableBufferPointer { w in
      for r in 0..<rows { packed.dequantizeRow(r, into: w.baseAddress! + r * columns) }
    }
    let x = ComputeData.floats(m * columns, seed: 13)
    let g = ComputeData.floats(m * rows, seed: 14)
    for accumulate in [false, true] {
      // The same chains as the plain product over the same values.
      var expected = ComputeData.floats(m * rows, seed: 15)
      var actual = expected
      MatrixProduct.multiply(
        m: m, n: rows, k: columns, a: x, aRow: columns, aColumn: 1, b: w, bRow: 1, bColumn: columns, c: &expected,
        cRow: rows, accumulate: accumulate, pool: one)
      MatrixProduct.multiply(
        m: m, a: x, aRow: columns, by: packed, c: &actual, cRow: rows, accumulate: accumulate, pool: three)
      #expect(actual == expected)
      expected = ComputeData.floats(m * columns, seed: 16)
      actual = expected
      MatrixProduct.multiply(
        m: m, n: columns, k: rows, a: g, aRow: rows, aColumn: 1, b: w, bRow: columns, bColumn: 1, c: &expected,
        cRow: columns, accumulate: accumulate, pool: one)
      MatrixProduct.multiplyUntransposed(
        m: m, a: g, aRow: rows, by: packed, c: &actual, cRow: columns, accumulate: accumulate, pool: three)
      #expect(actual == expected)
    }
  }
}
