#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Cosines and sines of a rotary step by position, computed as positions come to be used.
final class RotaryTable {
  let step: RotaryStep
  let pairs: Int
  /// Blocks of 256 positions; a position has `pairs` cosines, then `pairs` sines.
  private var blocks: [AlignedBuffer<Float>] = []
  private static let blockPositions = 256

  init(_ step: RotaryStep) {
    self.step = step
    pairs = step.inverseFrequencies.count
  }

  /// Makes positions below `count` available.
  /// - Throws: ``OutOfMemory``.
  func ensure(_ count: Int) throws {
    while blocks.count * Self.blockPositions < count {
      let buffer = try AlignedBuffer<Float>(trying: max(1, Self.blockPositions * 2 * pairs))
      let block = buffer.pointer
      for i in 0..<Self.blockPositions {
        let position = Float(blocks.count * Self.blockPositions + i)
        for j in 0..<pairs {
          // The angle in single precision, as the official implementations have it.
          let angle = Double(position * step.inverseFrequencies[j])
          block[i * 2 * pairs + j] = Float(cos(angle)) * step.attentionFactor
          block[i * 2 * pairs + pairs + j] = Float(sin(angle)) * step.attentionFactor
        }
      }
      blocks.append(buffer)
    }
  }

  func cosines(_ position: Int) -> UnsafePointer<Float> {
    UnsafePointer(
      blocks[position / Self.blockPositions].pointer + position % Self.blockPositions * 2 * pairs)
  }

  func sines(_ position: Int) -> UnsafePointer<Float> { cosines(position) + pairs }
}
