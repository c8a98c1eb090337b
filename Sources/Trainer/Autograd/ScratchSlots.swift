import CKernels
import Core
import Synchronization

/// Scratch memory for tasks that run at the same time: at most one slot a thread is in use at once.
final class ScratchSlots: @unchecked Sendable {
  private let taken = Atomic<UInt64>(0)
  private var buffers: [AlignedBuffer<Float>?]

  init(count: Int) { buffers = Array(repeating: nil, count: max(1, min(64, count))) }

  /// Makes every slot hold at least `count` floats. Not while tasks run.
  func reserve(_ count: Int) {
    for i in buffers.indices where (buffers[i]?.count ?? 0) < count { buffers[i] = AlignedBuffer(count: count) }
  }

  /// Runs with a slot of its own, waiting for one where tasks outnumber slots.
  func withSlot(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    while true {
      let now = taken.load(ordering: .relaxed)
      let slot = (~now).trailingZeroBitCount
      guard slot < buffers.count, let buffer = buffers[slot] else {
        gbx_pause()
        continue
      }
      let (done, _) = taken.weakCompareExchange(expected: now, desired: now | 1 << slot, ordering: .acquiring)
      guard done else { continue }
      body(buffer.pointer)
      taken.bitwiseXor(1 << slot, ordering: .releasing)
      return
    }
  }
}
