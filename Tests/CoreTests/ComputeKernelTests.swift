import CKernels
import Core
import Foundation
import TestSupport
import Testing

/// Every instruction set's row kernels against double precision, on lengths that leave odd tails.
@Suite struct ComputeKernelTests {
  static let variants = Kernels.available().map(\.name)
  static let lengths = [1, 5, 16, 17, 31, 64, 100, 172, 577]

  private func table(_ name: String) throws -> gbx_kernels {
    try #require(Kernels.available().first { $0.name == name }).table.pointee
  }

  private func expectClose(
    _ actual: [Float], _ expected: [Double], _ tolerance: Double, _ what: String,
    location: SourceLocation = #_sourceLocation
  ) {
    for (i, (a, e)) in zip(actual, expected).enumerated() {
      #expect(abs(Double(a) - e) <= tolerance * max(1, abs(e)), "\(what)[\(i)]", sourceLocation: location)
    }
  }

  @Test func variantsAreNamedAndPortableComesFirst() {
    #expect(Self.variants.first == "portable")
    #expect(Set(Self.variants).count == Self.variants.count)
    #expect(Self.variants.contains(Kernels.current.name))
  }

  @Test(arguments: variants, lengths) func norms(name: String, n: Int) throws {
    let t = try table(name)
    let x = ComputeData.floats(n, seed: 1, scale: 3).map { $0 + 0.5 }
    let w = ComputeData.floats(n, seed: 2)
    let b = ComputeData.floats(n, seed: 3)
    var y = [Float](repeating: .nan, count: n)
    let d = x.map(Double.init)
    let square = d.map { $0 * $0 }.reduce(0, +) / Double(n)
    t.rms_norm(&y, x, w, 1, 1e-5, n)
    expectClose(y, (0..<n).map { d[$0] / (square + 1e-5).squareRoot() * (Double(w[$0]) + 1) }, 2e-6, "rms")
    let mean = d.reduce(0, +) / Double(n)
    let variance = d.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(n)
    t.layer_norm(&y, x, w, b, 0, 1e-5, n)
    expectClose(
      y, (0..<n).map { (d[$0] - mean) / (variance + 1e-5).squareRoot() * Double(w[$0]) + Double(b[$0]) }, 1e-5, "layer")
  }

  @Test(arguments: variants, lengths) func softmaxAndSums(name: String, n: Int) throws {
    let t = try table(name)
    let x = ComputeData.floats(n, seed: 4, scale: 4)
    let z = ComputeData.floats(n, seed: 5)
    let d = x.map(Double.init)
    let total = d.map { exp($0 * 0.5) }.reduce(0, +)
    var y = x
    let logSum = t.softmax(&y, 0.5, n)
    expectClose(y, d.map { exp($0 * 0.5) / total }, 1e-6, "softmax")
    #expect(abs(Double(logSum) - log(total)) < 1e-5)
    #expect(abs(Double(t.log_sum_exp(x, n)) - log(d.map { exp($0) }.reduce(0, +))) < 1e-5)
    #expect(abs(Double(t.dot(x, z, n)) - zip(d, z).map { $0 * Double($1) }.reduce(0, +)) < 1e-4 * Double(n))
    #expect(abs(Double(t.sum(x, n)) - d.reduce(0, +)) < 1e-5 * Double(n))
    #expect(t.argmax(x, n) == x.firstIndex(of: x.max()!)!)
    var s = z
    t.axpy(&s, 0.25, x, n)
    expectClose(s, (0..<n).map { Double(z[$0]) + 0.25 * d[$0] }, 1e-6, "axpy")
    t.add(&s, x, z, n)
    expectClose(s, (0..<n).map { Double(z[$0]) + d[$0] }, 1e-6, "add")
    t.multiply(&s, x, z, n)
    expectClose(s, (0..<n).map { Double(z[$0]) * d[$0] }, 1e-6, "multiply")
    t.scale(&s, -3, x, n)
    expectClose(s, d.map { -3 * $0 }, 1e-6, "scale")
  }

  @Test(arguments: variants) func activations(name: String) throws {
    let t = try table(name)
    let x = ComputeData.floats(301, seed: 6, scale: 5) + [0, -0.0, 1e-8, -1e-8, 30, -30, 90, -90, 0.6249, 0.6251]
    let up = ComputeData.floats(x.count, seed: 7)
    let d = x.map(Double.init)
    let functions: [(String, (Double) -> Double)] = [
      ("silu", { $0 / (1 + exp(-$0)) }),
      ("gelu", { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }),
      ("gelu_tanh", { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
      ("relu", { max($0, 0) }),
    ]
    let plain = [t.silu, t.gelu, t.gelu_tanh, t.relu]
    let gated = [t.silu_multiply, t.gelu_multiply, t.gelu_tanh_multiply, t.relu_multiply]
    for (i, (what, f)) in functions.enumerated() {
      var y = [Float](repeating: .nan, count: x.count)
      plain[i]!(&y, x, x.count)
      expectClose(y, d.map(f), 1e-6, what)
      gated[i]!(&y, x, up, x.count)
      expectClose(y, (0..<x.count).map { f(d[$0]) * Double(up[$0]) }, 1e-6, what + "·up")
    }
    var y = [Float](repeating: .nan, count: x.count)
    t.softcap(&y, x, 30, x.count)
    expectClose(y, d.map { 30 * tanh($0 / 30) }, 1e-6, "softcap")
    let small = x.filter { abs($0) < 80 }
    t.exponential(&y, small, small.count)
    for (a, e) in zip(y, small) { #expect(abs(Double(a) / exp(Double(e)) - 1) < 3e-7) }
    let edges: [Float] = [-.infinity, -200, 200, .infinity, .nan, 0]
    t.exponential(&y, edges, edges.count)
    #expect(Array(y[0..<4]) == [0, 0, .infinity, .infinity])
    #expect(y[4].isNaN && y[5] == 1)
  }

  @Test(arguments: variants) func rotation(name: String) throws {
    let t = try table(name)
    for (heads, dimension, pairs) in [(1, 6, 3), (3, 64, 32), (2, 80, 20), (1, 10, 5)] {
      let x = ComputeData.floats(heads * dimension, seed: 8)
      let angles = ComputeData.floats(pairs, seed: 9)
      let cosines = angles.map { cos($0) }
      let sines = angles.map { sin($0) }
      var y = x
      t.rope(&y, cosines, sines, heads, dimension, pairs)
      for h in 0..<heads {
        for i in 0..<dimension {
          let base = h * dimension
          let expected: Float =
            i < pairs
            ? x[base + i] * cosines[i] - x[base + i + pairs] * sines[i]
            : i < 2 * pairs
              ? x[base + i] * cosines[i - pairs] + x[base + i - pairs] * sines[i - pairs] : x[base + i]
          #expect(abs(y[base + i] - expected) < 1e-6)
        }
      }
    }
  }

  @Test(arguments: variants) func halfPrecision(name: String) throws {
    let t = try table(name)
    #if arch(arm64) || arch(x86_64)
      // Every half there is, there and back.
      let halves = (0...UInt16.max).map { $0 }
      var floats = [Float](repeating: 0, count: halves.count)
      var back = [UInt16](repeating: 0, count: halves.count)
      t.f32_from_f16(&floats, halves, halves.count)
      t.f16_from_f32(&back, floats, halves.count)
      for (i, h) in halves.enumerated() {
        var exact: Float = 0
        withUnsafeBytes(of: h) { dequantize(type: .f16, from: $0.baseAddress!, count: 1, into: &exact) }
        if exact.isNaN {
          #expect(floats[i].isNaN && back[i] & 0x7c00 == 0x7c00 && back[i] & 0x3ff != 0)
        } else if floats[i] != exact || back[i] != h {
          Issue.record("half \(h): \(floats[i]), back \(back[i])")
        }
      }
      // Ties go to even, too large values to infinity.
      let values: [Float] = [1.00048828125, 1.00146484375, 65519, 65520, 1e-8, -70000, 2.98e-8, 2.99e-8]
      t.f16_from_f32(&back, values, values.count)
      #expect(Array(back[0..<8]) == [0x3c00, 0x3c02, 0x7bff, 0x7c00, 0, 0xfc00, 0, 1])
    #endif
    let x: [Float] = [1, 1.00390625, 1.01171875, -3.0, .infinity, 0]
    t.bf16_from_f32(&back, x, x.count)
    #expect(Array(back[0..<6]) == [0x3f80, 0x3f80, 0x3f82, 0xc040, 0x7f80, 0])
    t.f32_from_bf16(&floats, back, 6)
    #expect(Array(floats[0..<6]) == [1, 1, 1.015625, -3, .infinity, 0])
  }

  @Test func workedSoftmaxNumbers() {
    func softmax(_ x: [Float], temperature: Float = 1) -> [Float] {
      var y = x
      _ = Kernels.current.table.pointee.softmax(&y, 1 / temperature, y.count)
      return y
    }
    func expectRounded(_ actual: [Float], _ expected: [Float], _ tolerance: Float) {
      for (a, e) in zip(actual, expected) { #expect(abs(a - e) <= tolerance) }
    }
    expectRounded(softmax([2, 1, 0.5]), [0.63, 0.23, 0.14], 0.005)
    expectRounded(softmax([0.8, 0.2]), [0.646, 0.354], 0.0005)
    expectRounded(softmax([4, 2, 0], temperature: 0.5), [0.98, 0.02, 0.00], 0.005)
    expectRounded(softmax([4, 2, 0]), [0.87, 0.12, 0.02], 0.005)
    expectRounded(softmax([4, 2, 0], temperature: 2), [0.67, 0.24, 0.09], 0.005)
  }

  @Test func q8_0IsWithinHalfAStep() {
    let x = ComputeData.floats(96, seed: 10)
    var bytes = [UInt8](repeating: 0, count: 3 * 34)
    quantizeQ8_0(x, count: 96, into: &bytes)
    var y = [Float](repeating: 0, count: 96)
    dequantize(type: .q8_0, from: bytes, count: 96, into: &y)
    for b in 0..<3 {
      let largest = x[b * 32..<b * 32 + 32].map(abs).max()!
      for i in b * 32..<b * 32 + 32 { #expect(abs(x[i] - y[i]) <= largest / 127 * 0.51 + largest * 0.0005) }
    }
  }

  /// Values 0, 17, 100, 131, 255 and Σ value · (index % 7 + 1) of 256 values, as the gguf package (0.19) gives them for
  /// bytes (37·i + 101·block + 11) mod 256 with the f16 scales set to small numbers.
  static let golden: [(TensorType, [Float], Double)] = [
    (.q4_0, [-0.0471038818359375, -0.0157012939453125, 0.0, 0.0, -0.09014892578125], -9.264007568359375),
    (
      .q4_1, [0.25579833984375, 0.2086944580078125, 0.0604705810546875, 0.0634002685546875, 0.2074127197265625],
      169.61724853515625
    ),
    (.q5_0, [0.1413116455078125, 0.0, -0.07452392578125, 0.23529052734375, 0.2929840087890625], -11.596954345703125),
    (
      .q5_1, [0.318603515625, 0.098785400390625, 0.1349945068359375, 0.1418304443359375, 0.4327850341796875],
      324.35447692871094
    ),
    (
      .q8_0, [1.3346099853515625, -0.847869873046875, 0.4471435546875, 1.7254638671875, -2.4565582275390625],
      -110.536865234375
    ),
    (
      .q2_K, [0.5181427001953125, -0.0608367919921875, 0.1400299072265625, 0.0333709716796875, 0.0333709716796875],
      41.058197021484375
    ),
    (.q3_K, [1.2718048095703125, 2.009765625, 0.0, -0.06280517578125, 0.659454345703125], 46.53863525390625),
    (
      .q4_K, [4.319915771484375, -1.0342254638671875, 1.069061279296875, 5.880157470703125, 0.3265228271484375],
      2886.221649169922
    ),
    (
      .q5_K, [12.107757568359375, -1.0342254638671875, 3.267242431640625, 5.880157470703125, 1.2686004638671875],
      6799.109710693359
    ),
    (
      .q6_K, [-22.468551635742188, 8.0390625, 39.61436462402344, -2.041168212890625, -0.94207763671875],
      155.08168029785156
    ),
  ]

  @Test(arguments: golden) func dequantisedPattern(type: TensorType, samples: [Float], weighted: Double) {
    var bytes: [UInt8] = []
    for block in 0..<(256 / type.blockSize) {
      var one = (0..<type.blockBytes).map { UInt8(($0 * 37 + block * 101 + 11) & 255) }
      for (j, place) in ComputeData.halves(of: type).enumerated() {
        let value = 0x2400 + block * 64 + j * 300 + 5
        one[place] = UInt8(value & 255)
        one[place + 1] = UInt8(value >> 8)
      }
      bytes += one
    }
    var values = [Float](repeating: 0, count: 256)
    dequantize(type: type, from: bytes, count: 256, into: &values)
    #expect([0, 17, 100, 131, 255].map { values[$0] } == samples)
    let sum = values.enumerated().reduce(0.0) { $0 + Double($1.element) * Double($1.offset % 7 + 1) }
    #expect(abs(sum - weighted) < 1e-9 * max(1, abs(weighted)))
  }

  @Test func dequantisedValuesAreThoseOfTheOfficialLibrary() throws {
    guard let expected = Fixtures.json("models/chatlet/expected.dequant.json") else { return }
    let files = try #require(expected["files"] as? [String: [String: [String: Any]]])
    let folder = try #require(Fixtures.path("models/chatlet"))
    var types = Set<TensorType>()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".gguf") {
      let file = try GGUFFile(path: folder + "/" + name)
      let kind = name.dropFirst("chatlet-".count).dropLast(".gguf".count).uppercased()
      let tensors = try #require(files[kind], "\(name)")
      for (tensor, facts) in tensors {
        let view = try #require(file.tensor(named: tensor))
        var values = [Float](repeating: 0, count: view.count)
        dequantize(type: view.type, from: view.bytes.baseAddress!, count: view.count, into: &values)
        types.insert(view.type)
        let first = try #require(facts["first_32"] as? [Double])
        for (a, e) in zip(values, first) { #expect(a == Float(e), "\(name) \(tensor)") }
        let sum = try #require(facts["sum"] as? Double)
        let squares = try #require(facts["sum_of_squares"] as? Double)
        let size = (squares * Double(values.count)).squareRoot()
        #expect(abs(values.reduce(0.0) { $0 + Double($1) } - sum) <= 1e-6 * size)
        #expect(abs(values.reduce(0.0) { $0 + Double($1) * Double($1) } - squares) <= 1e-6 * squares)
      }
    }
    #expect(types.count >= 10, "\(types)")
  }
}
