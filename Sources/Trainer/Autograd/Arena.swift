import Core

/// Memory of one step: handed out in order, given back all at once. After the first step everything fits into one
/// block, and no step allocates again.
final class Arena {
  private var blocks: [AlignedBuffer<Float>] = []
  private var used = 0
  private var filled = 0
  /// Buffers given back within the step, to be handed out again.
  private var free: [UnsafeMutableBufferPointer<Float>] = []
  private static let smallestBlock = 1 << 20

  /// Room for `count` floats, 64-byte aligned, with whatever was there before.
  func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let rounded = max(16, (count + 15) & ~15)
    if let block = blocks.last, used + rounded <= block.count {
      defer { used += rounded }
      return block.pointer + used
    }
    filled += used
    let block = AlignedBuffer<Float>(count: max(rounded, Self.smallestBlock, filled / 2))
    blocks.append(block)
    used = rounded
    return block.pointer
  }

  /// Like ``allocate(_:)``, but first looks among what was given back: the smallest buffer that is large enough and
  /// not more than twice as large.
  func borrow(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let rounded = max(16, (count + 15) & ~15)
    var best = -1
    for i in free.indices where free[i].count >= rounded && free[i].count <= 2 * rounded {
      if best < 0 || free[i].count < free[best].count { best = i }
    }
    if best >= 0 {
      free.swapAt(best, free.count - 1)
      return free.removeLast()
    }
    return UnsafeMutableBufferPointer(start: allocate(rounded), count: rounded)
  }

  func giveBack(_ buffer: UnsafeMutableBufferPointer<Float>) { free.append(buffer) }

  /// Forgets everything; blocks become one that holds as much as they did together.
  func reset() {
    if blocks.count > 1 {
      let total = filled + used
      blocks.removeAll()
      blocks.append(AlignedBuffer<Float>(count: total + total / 16))
    }
    used = 0
    filled = 0
    free.removeAll(keepingCapacity: true)
  }

  var byteCount: Int { blocks.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride } }
}
