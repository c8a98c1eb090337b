import CKernels

/// Looks up pieces of a text, and has a model make tokens of those that were not seen before: short ones beside each
/// other, see `gbx_merge`.
struct PieceLookup {
  let text: UnsafeBufferPointer<UInt8>
  let batch: PieceBatch
  let model: any PieceModel
  let scratch: EncodeScratch

  /// Appends the tokens of consecutive pieces, the first from `start` and each to its end, to the scratch's output.
  func encode(from start: Int, to ends: UnsafeBufferPointer<UInt32>) {
    let output = scratch.output
    var start = start
    var rest = ends[...]
    while let last = rest.prefix(PieceBatch.size).last {
      var some = UnsafeBufferPointer(rebasing: rest.prefix(PieceBatch.size))
      // Pieces of the lengths that are kept take less: one is long, and goes to the output without a copy.
      if Int(last) - start > PieceBatch.size * Int(GBX_LONGEST_PIECE) {
        let before = piecesBeforeLong(some, from: start)
        if before == 0 {
          let piece = piece(0, from: start, to: some)
          output.reserve(piece.count + 4)
          model.tokenize(piece, scratch: scratch, into: output)
          start = Int(some[0])
          rest = rest.dropFirst()
          continue
        }
        some = UnsafeBufferPointer(rebasing: some.prefix(before))
      }
      let end = some[some.count - 1]
      rest = rest.dropFirst(some.count)
      if let unknown = batch.ask(text, from: start, to: some) {
        if !unknown.isEmpty { answer(unknown, from: start, to: some) }
        // No piece has more tokens than bytes; four at a time are written.
        output.reserve(Int(end) - start + 4)
        batch.write(to: output)
      } else {
        for index in some.indices {
          let piece = piece(index, from: start, to: some)
          output.reserve(piece.count + 4)
          model.tokenize(piece, scratch: scratch, into: output)
        }
      }
      start = Int(end)
    }
  }

  private func piecesBeforeLong(_ ends: UnsafeBufferPointer<UInt32>, from start: Int) -> Int {
    var from = start
    for (i, end) in ends.enumerated() {
      if Int(end) - from > Int(GBX_LONGEST_PIECE) { return i }
      from = Int(end)
    }
    return ends.count
  }

  @inline(__always)
  private func piece(_ index: Int, from start: Int, to ends: UnsafeBufferPointer<UInt32>) -> UnsafeBufferPointer<UInt8>
  {
    UnsafeBufferPointer(rebasing: text[(index > 0 ? Int(ends[index - 1]) : start)..<Int(ends[index])])
  }

  private func answer(_ unknown: UnsafeBufferPointer<UInt16>, from start: Int, to ends: UnsafeBufferPointer<UInt32>) {
    let lanes = scratch.lanes
    var alone: [Int] = []
    if var merges = model.mergeView {
      var used = 0
      withUnsafeTemporaryAllocation(of: Int.self, capacity: unknown.count) { places in
        for step in 0...1 {
          for index in unknown { model.prepare(piece(Int(index), from: start, to: ends), step: step) }
        }
        for index in unknown {
          let index = Int(index)
          if model.begin(piece(index, from: start, to: ends), lanes + used) {
            places[used] = index
            used += 1
          } else {
            alone.append(index)
          }
        }
        gbx_merge(&merges, lanes, used)
        for lane in 0..<used {
          let index = places[lane]
          let count = Int(lanes[lane].count)
          guard count > 0, let tokens = gbx_merge_ids(lanes + lane) else {
            alone.append(index)
            continue
          }
          batch.answer(index, piece(index, from: start, to: ends), tokens, count: count)
        }
      }
    } else {
      alone = unknown.map(Int.init)
    }
    let output = scratch.output
    for index in alone {
      let piece = piece(index, from: start, to: ends)
      let before = output.count
      output.reserve(piece.count + 4)
      model.tokenize(piece, scratch: scratch, into: output)
      batch.answer(index, piece, output.start + before, count: output.count - before)
      output.end = output.start + before
    }
    batch.keep()
  }
}
