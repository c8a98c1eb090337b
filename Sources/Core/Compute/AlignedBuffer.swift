import CMemory

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Memory for `count` trivial values, aligned to 64 bytes and zero at first; from 2 MiB on aligned to 2 MiB and, where
/// the system allows, backed by large pages, which weights are read from up to 40 % faster.
///
/// The buffer itself does not order accesses: whoever shares it between threads does.
public final class AlignedBuffer<T: BitwiseCopyable>: @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<T>
  public let count: Int
  private let base: UnsafeMutableRawPointer
  /// Bytes mapped; nil where the memory comes from malloc.
  private let mapped: Int?
  /// Whose memory it is, where it was cut from a larger piece.
  private let piece: AnyObject?

  /// - Throws: ``OutOfMemory``.
  public init(trying count: Int) throws {
    let (size, isTooLarge) = count.multipliedReportingOverflow(by: MemoryLayout<T>.stride)
    guard count >= 0, !isTooLarge, size < .max - 4 << 20 else { throw OutOfMemory(bytes: .max) }
    self.count = count
    piece = nil
    let bytes = max(size, 1)
    let large = 2 << 20
    if bytes >= large {
      // Round up and map 2 MiB more than needed, so that an aligned start lies inside.
      let total = (bytes + large - 1) / large * large + large
      let flags = MAP_PRIVATE | MAP_ANON
      // What is kept for small blocks is not for large ones.
      guard gbx_memory_has_reserve() != 0 else { throw OutOfMemory(bytes: bytes) }
      guard let start = mmap(nil, total, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else {
        throw OutOfMemory(bytes: bytes)
      }
      base = start
      mapped = total
      let address = (UInt(bitPattern: start) + UInt(large) - 1) / UInt(large) * UInt(large)
      let aligned = start + Int(address - UInt(bitPattern: start))
      #if !canImport(Darwin)
        madvise(aligned, total - large, MADV_HUGEPAGE)
      #endif
      pointer = aligned.bindMemory(to: T.self, capacity: count)
    } else {
      guard let start = gbx_memory_aligned(64, bytes) else { throw OutOfMemory(bytes: bytes) }
      memset(start, 0, bytes)
      base = start
      mapped = nil
      pointer = start.bindMemory(to: T.self, capacity: count)
    }
  }

  /// For sizes that are known to be small, and code that cannot fail: without the memory the program ends, see
  /// ``OutOfMemory/end()``.
  public convenience init(count: Int) {
    do {
      try self.init(trying: count)
    } catch {
      (error as? OutOfMemory ?? OutOfMemory(bytes: count)).end()
    }
  }

  /// Cut from a region's memory rather than allocated.
  /// - Throws: ``OutOfMemory``.
  public init(count: Int, from region: MemoryRegion) throws {
    let (size, isTooLarge) = count.multipliedReportingOverflow(by: MemoryLayout<T>.stride)
    guard count >= 0, !isTooLarge, size < .max - 4 << 20 else { throw OutOfMemory(bytes: .max) }
    self.count = count
    let cut = try region.cut(size)
    piece = cut.piece
    base = cut.start
    mapped = nil
    pointer = cut.start.bindMemory(to: T.self, capacity: count)
  }

  deinit {
    if piece != nil { return }
    if let mapped { munmap(base, mapped) } else { free(base) }
  }

  public var buffer: UnsafeMutableBufferPointer<T> { UnsafeMutableBufferPointer(start: pointer, count: count) }
  public var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(pointer) }
}
