#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// xoshiro256++ (Blackman & Vigna 2019), seeded through SplitMix64. The whole state is saved and restored bit for bit,
/// so that a resumed run draws what an unbroken one would have drawn.
public struct RandomGenerator: RandomNumberGenerator, Codable, Sendable, Equatable {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64
  /// Bits of the second value of the last pair of normal deviates, where it has not been given out yet.
  private var spare: UInt32?

  public init(seed: UInt64) {
    var state = seed
    func split() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    s0 = split()
    s1 = split()
    s2 = split()
    s3 = split()
  }

  public mutating func next() -> UInt64 {
    func rotate(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }
    let result = rotate(s0 &+ s3, 23) &+ s0
    let t = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = rotate(s3, 45)
    return result
  }

  /// Uniform in 0 ..< 1, in steps of 2⁻²⁴.
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Normal with mean 0 and variance 1 (Box–Muller).
  public mutating func gaussian() -> Float {
    if let bits = spare {
      spare = nil
      return Float(bitPattern: bits)
    }
    let u = Double((next() >> 11) + 1) * 0x1p-53
    let angle = 2 * Double.pi * Double(next() >> 11) * 0x1p-53
    let radius = (-2 * log(u)).squareRoot()
    spare = Float(radius * sin(angle)).bitPattern
    return Float(radius * cos(angle))
  }
}
