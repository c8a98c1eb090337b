import Synchronization

/// Large pieces of memory that smaller buffers are cut from, so that matrices of less than 2 MiB lie on large pages too.
/// A piece goes when the last buffer cut from it goes.
public final class MemoryRegion: Sendable {
  private struct State: @unchecked Sendable {
    var piece: AlignedBuffer<UInt8>?
    var used = 0
  }

  private static let pieceBytes = 32 << 20
  private let state = Mutex(State())

  public init() {}

  /// `bytes` zero bytes, aligned to 64, and the piece that keeps them alive.
  /// - Throws: ``OutOfMemory``.
  func cut(_ bytes: Int) throws -> (piece: AlignedBuffer<UInt8>, start: UnsafeMutableRawPointer) {
    let bytes = (max(1, bytes) + 63) / 64 * 64
    let cut = try state.withLock { s in
      if let piece = s.piece, piece.count - s.used >= bytes {
        s.used += bytes
        return Unchecked((piece: piece, start: piece.raw + (s.used - bytes)))
      }
      // Where a whole piece is not to be had, there may still be memory for what is asked.
      let whole = bytes < Self.pieceBytes / 2 ? try? AlignedBuffer<UInt8>(trying: Self.pieceBytes) : nil
      let piece = try whole ?? AlignedBuffer<UInt8>(trying: bytes)
      // A buffer that fills a piece of its own leaves the piece in use as it is.
      if whole != nil {
        s.piece = piece
        s.used = bytes
      }
      return Unchecked((piece: piece, start: piece.raw))
    }
    return cut.value
  }
}
