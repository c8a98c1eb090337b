/// Float values into the types that Glassbox writes.
public enum ValueEncoder {
  /// Types that can be written.
  public static let types: [TensorType] = [.f32, .f16, .bf16, .q8_0, .q4_0]

  /// Encodes `count` values (a whole number of blocks) into `type.byteCount(of: count)` bytes.
  ///
  /// Values that are not finite stay so in the plain types and count as 0 in the quantised ones.
  public static func encode(
    _ values: UnsafePointer<Float>, count: Int, as type: TensorType, into output: UnsafeMutableRawPointer
  ) {
    switch type {
    case .f32:
      for i in 0..<count { store(values[i].bitPattern, output, i * 4) }
    case .f16:
      for i in 0..<count { store(halfBits(values[i]), output, i * 2) }
    case .bf16:
      for i in 0..<count { store(brainBits(values[i]), output, i * 2) }
    case .q8_0:
      for block in 0..<(count / 32) { encodeQ8(values + block * 32, output + block * 34) }
    case .q4_0:
      for block in 0..<(count / 32) { encodeQ4(values + block * 32, output + block * 18) }
    default:
      preconditionFailure("\(type.name) is not among ValueEncoder.types")
    }
  }

  /// Why values would not be the same in a type, but for rounding; nil: they would.
  ///
  /// F16 ends at 65504; a quantised block is as wide as its largest value and has no place for one that is not finite.
  public static func obstacle(_ values: UnsafeBufferPointer<Float>, as type: TensorType) -> String? {
    guard type != .f32, type != .bf16 else { return nil }
    let limit: Float = type == .f16 ? 65520 : type == .q8_0 ? 65520 * 127 : 65520 * 8
    var bits: UInt32 = 0
    for value in values {
      let magnitude = value.bitPattern & 0x7FFF_FFFF
      bits = max(bits, magnitude)
    }
    // Infinity and NaN are the largest patterns.
    guard bits >= limit.bitPattern else { return nil }
    if type != .f16 || bits < 0x7F80_0000 {
      let found = bits < 0x7F80_0000 ? "\(Float(bitPattern: bits))" : "numbers that are not finite"
      return "holds \(found), which \(type.name) cannot hold; F32 or BF16 can"
    }
    let finite = values.lazy.filter(\.isFinite).map { abs($0) }.max() ?? 0
    return finite < limit ? nil : "holds \(finite), which F16 cannot hold; F32 or BF16 can"
  }

  @inline(__always)
  private static func store<T: FixedWidthInteger>(_ value: T, _ output: UnsafeMutableRawPointer, _ offset: Int) {
    output.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }

  /// d = max |x| / 127, then round(x / d).
  private static func encodeQ8(_ x: UnsafePointer<Float>, _ output: UnsafeMutableRawPointer) {
    var largest: Float = 0
    for i in 0..<32 where x[i].isFinite { largest = max(largest, abs(x[i])) }
    let scale = largest / 127
    let inverse = scale > 0 ? 1 / scale : 0
    store(halfBits(scale), output, 0)
    for i in 0..<32 {
      let code = (x[i] * inverse).rounded(.toNearestOrAwayFromZero)
      let value = code.isFinite ? Int8(max(-127, min(127, code))) : 0
      output.storeBytes(of: value, toByteOffset: 2 + i, as: Int8.self)
    }
  }

  /// d = (the value of largest magnitude) / −8, codes 0 … 15 around 8; the second half of the block in the high bits.
  private static func encodeQ4(_ x: UnsafePointer<Float>, _ output: UnsafeMutableRawPointer) {
    var extreme: Float = 0
    for i in 0..<32 where x[i].isFinite && abs(x[i]) > abs(extreme) { extreme = x[i] }
    let scale = extreme / -8
    let inverse = scale != 0 ? 1 / scale : 0
    store(halfBits(scale), output, 0)
    func code(_ value: Float) -> UInt8 {
      let shifted = value * inverse + 8.5
      return shifted.isFinite ? UInt8(max(0, min(15, shifted))) : 8
    }
    for i in 0..<16 {
      output.storeBytes(of: code(x[i]) | code(x[i + 16]) << 4, toByteOffset: 2 + i, as: UInt8.self)
    }
  }

  /// IEEE 754 binary16, rounded to nearest, ties to even.
  static func halfBits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let magnitude = bits & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    if magnitude < 0x3880_0000 {
      // Subnormal: adding 0.5 shifts the last kept bit to the place where the float's own rounding happens.
      let rounded = Float(bitPattern: magnitude) + 0.5
      return sign | UInt16(truncatingIfNeeded: rounded.bitPattern &- 0x3F00_0000)
    }
    let odd = (magnitude >> 13) & 1
    return sign | UInt16(truncatingIfNeeded: (magnitude &+ 0xFFF &+ odd &- 0x3800_0000) >> 13)
  }

  /// bfloat16, rounded to nearest, ties to even.
  static func brainBits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
  }
}
