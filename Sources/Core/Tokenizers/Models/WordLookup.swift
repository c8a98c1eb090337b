import CKernels

extension PieceBatch {
  /// Appends the tokens of consecutive pieces of a text, which may be more than a piece has bytes.
  /// - Parameters:
  ///   - ends: at most ``size`` pieces, the first from `start` and each to its end.
  ///   - make: appends to `output` what becomes of a piece that was not seen before, by its place and its bytes.
  ///     Returns whether it may be kept; if not, it is asked for again wherever the piece comes again.
  @inline(__always)
  func encode(
    _ text: UnsafeBufferPointer<UInt8>, from start: Int, to ends: UnsafeBufferPointer<UInt32>,
    into output: TokenBuffer, _ make: (_ index: Int, _ piece: UnsafeBufferPointer<UInt8>) -> Bool
  ) {
    func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
      UnsafeBufferPointer(rebasing: text[(index > 0 ? Int(ends[index - 1]) : start)..<Int(ends[index])])
    }
    guard let last = ends.last else { return }
    // Places of what is kept are counted in few bits, and long pieces are not kept anyway.
    guard Int(last) - start <= Self.size * Int(GBX_LONGEST_PIECE), let unknown = ask(text, from: start, to: ends) else {
      for index in ends.indices { _ = make(index, bytes(index)) }
      return
    }
    var more = 0
    if !unknown.isEmpty {
      let first = output.count
      // Answers after the others have been kept are for now alone.
      var passing: [(index: Int, tokens: [TokenID])] = []
      for index in unknown {
        let index = Int(index)
        let piece = bytes(index)
        let before = output.count
        let isKept = make(index, piece)
        let made = output.start + before
        let count = output.count - before
        if count > 1 << 20 {
          // Rules make very much of little.
          output.removeAll(after: first)
          for index in ends.indices { _ = make(index, bytes(index)) }
          return
        }
        if isKept, count <= piece.count {
          answer(index, piece, made, count: count)
        } else {
          passing.append((index, Array(UnsafeBufferPointer(start: made, count: count))))
          more += count
        }
        output.end = made
      }
      keep()
      for (index, tokens) in passing {
        tokens.withUnsafeBufferPointer {
          answer(index, bytes(index), $0.baseAddress ?? .init(output.end), count: $0.count)
        }
      }
    }
    output.reserve(Int(last) - start + more + 4)
    write(to: output)
  }
}
