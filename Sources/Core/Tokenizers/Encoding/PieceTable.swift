import CKernels

/// The tokens of pieces of text already seen, up to 255 bytes each; bounded memory. All threads that use a tokenizer
/// share it.
final class PieceTable: @unchecked Sendable {
  fileprivate let pieces: OpaquePointer?

  /// - Parameter share: it takes at most 40 MB, divided by two so many times.
  init(share: UInt32 = 0) { pieces = gbx_pieces_create(ByteHash.processSeed, share) }

  deinit { gbx_pieces_destroy(pieces) }
}

/// Pieces that are looked for together in a ``PieceTable``. For one thread at a time.
final class PieceBatch {
  static let size = Int(GBX_PIECE_BATCH)

  private let table: PieceTable
  private let batch: OpaquePointer?

  init(_ table: PieceTable) {
    self.table = table
    batch = table.pieces.flatMap { gbx_piece_batch_create($0) }
  }

  deinit { gbx_piece_batch_destroy(batch) }

  /// Looks for consecutive pieces of a text, at most ``size``: the first from `start` and each to its end.
  /// - Returns: the places among them of those that are not known, each of which needs an answer; nil where there is no
  ///   memory for a table.
  @inline(__always)
  func ask(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int, to ends: UnsafeBufferPointer<UInt32>
  ) -> UnsafeBufferPointer<UInt16>? {
    guard let batch else { return nil }
    let unknown = gbx_pieces_ask(batch, text.baseAddress, text.count, start, ends.baseAddress, ends.count)
    return UnsafeBufferPointer(start: gbx_pieces_unknown(batch), count: unknown)
  }

  /// Says which tokens a piece has that was not known.
  func answer(_ index: Int, _ piece: UnsafeBufferPointer<UInt8>, _ tokens: UnsafePointer<TokenID>, count: Int) {
    gbx_pieces_answer(batch, index, piece.baseAddress, piece.count, tokens, count)
  }

  /// Keeps all answers for later.
  func keep() { gbx_pieces_keep(batch) }

  /// Appends the tokens of all pieces that were asked for, four more than which must have room.
  @inline(__always)
  func write(to output: TokenBuffer) {
    var end: UnsafeMutablePointer<TokenID>? = output.end
    gbx_pieces_write(batch, &end)
    if let end { output.end = end }
  }
}
