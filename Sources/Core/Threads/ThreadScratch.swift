#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Working memory that each thread keeps and reuses, so that products allocate nothing in the steady state.
///
/// A slot belongs to one use at a time on its thread: a caller must be done with it before anything it calls asks for
/// the same slot again.
enum ThreadScratch {
  enum Slot: Int { case packedRows, packedPanels, partials, row }

  private final class Buffers {
    var slots = [AlignedBuffer<Float>?](repeating: nil, count: 4)
  }

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { context in
      #if canImport(Darwin)
        Unmanaged<Buffers>.fromOpaque(context).release()
      #else
        if let context { Unmanaged<Buffers>.fromOpaque(context).release() }
      #endif
    }
    return key
  }()

  /// At least `count` values of undefined content, aligned to 64 bytes.
  static func floats(_ count: Int, _ slot: Slot) -> UnsafeMutablePointer<Float> {
    let buffers: Buffers
    if let context = pthread_getspecific(key) {
      buffers = Unmanaged<Buffers>.fromOpaque(context).takeUnretainedValue()
    } else {
      buffers = Buffers()
      pthread_setspecific(key, Unmanaged.passRetained(buffers).toOpaque())
    }
    if let existing = buffers.slots[slot.rawValue], existing.count >= count { return existing.pointer }
    let grown = AlignedBuffer<Float>(count: max(count, 16_384))
    buffers.slots[slot.rawValue] = grown
    return grown.pointer
  }
}
