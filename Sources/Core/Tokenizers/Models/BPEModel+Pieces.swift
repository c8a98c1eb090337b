/// Symbols of a short piece while they are merged, side by side in three arrays.
final class ShortSymbols {
  static let most = 32

  let ids = UnsafeMutablePointer<TokenID>.allocate(capacity: most + 1)
  /// Rank of each symbol's merge with the next, and what it makes.
  let ranks = UnsafeMutablePointer<UInt32>.allocate(capacity: most + 1)
  let results = UnsafeMutablePointer<TokenID>.allocate(capacity: most + 1)

  deinit {
    ids.deallocate()
    ranks.deallocate()
    results.deallocate()
  }
}

/// The merges of pairs of bytes, by both bytes.
final class BytePairTable: Sendable {
  struct Entry {
    var rank: UInt32
    var id: TokenID
  }

  nonisolated(unsafe) let entries = UnsafeMutablePointer<Entry>.allocate(capacity: 1 << 16)

  /// - Parameter tokens: of the 256 bytes.
  init(_ tokens: [TokenID], _ merges: MergeTable) {
    for pair in 0..<(1 << 16) {
      let (rank, id) = merges.find(tokens[pair >> 8], tokens[pair & 255])
      (entries + pair).initialize(to: Entry(rank: rank, id: id))
    }
  }

  deinit { entries.deallocate() }
}

extension BPEModel: PieceModel {
  /// Marks may make more tokens than there are bytes.
  var keepsPieces: Bool { marks.isEmpty }

  func wordEnd(_ piece: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard splitsAtMarks, !ignoresMerges, let base = piece.baseAddress else { return piece.count }
    return MarkSplitting.wordEnd(base, start, piece.count)
  }

  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, scratch: EncodeScratch, into output: TokenBuffer) {
    guard let base = piece.baseAddress else { return }
    if ignoresMerges {
      let id = vocabulary.id(base, count: piece.count)
      if id >= 0 { return output.append(id) }
    }
    if let bytePairs, piece.count <= ShortSymbols.most {
      return mergeShort(base, piece.count, bytePairs, scratch.short, output)
    }
    let symbols = scratch.symbols
    symbols.removeAll(reserving: piece.count)
    _ = beginsWithBytes ? addBytes(base, piece.count, symbols) : addCharacters(base, piece.count, symbols)
    guard symbols.count > 0 else { return }
    let merges = merges
    symbols.merge { left, right in merges.find(left.id, right.id) }
    var i = 0
    while i >= 0 {
      output.append(symbols.symbols[i].id)
      i = Int(symbols.symbols[i].next)
    }
  }

  /// Merges the bytes of a piece, the pair of the lowest rank first, the leftmost of equals. With so few symbols it is
  /// fastest to look at all pairs for the lowest, and to close gaps.
  private func mergeShort(
    _ piece: UnsafePointer<UInt8>, _ count: Int, _ bytePairs: BytePairTable, _ symbols: ShortSymbols,
    _ output: TokenBuffer
  ) {
    let (ids, ranks, results) = (symbols.ids, symbols.ranks, symbols.results)
    let merges = merges
    var count = count
    byteTokens.withUnsafeBufferPointer { tokens in for i in 0..<count { ids[i] = tokens[Int(piece[i])] } }
    let pairs = bytePairs.entries
    for i in 0..<(count - 1) {
      let pair = pairs[Int(piece[i]) << 8 | Int(piece[i + 1])]
      ranks[i] = pair.rank
      results[i] = pair.id
    }
    ranks[count - 1] = .max
    while true {
      var lowest = UInt32.max
      var at = 0
      for i in 0..<count where ranks[i] < lowest {
        lowest = ranks[i]
        at = i
      }
      if lowest == .max { break }
      ids[at] = results[at]
      count -= 1
      var i = at + 1
      while i < count {
        ids[i] = ids[i + 1]
        ranks[i] = ranks[i + 1]
        results[i] = results[i + 1]
        i += 1
      }
      ranks[at] = .max
      if at + 1 < count { (ranks[at], results[at]) = merges.find(ids[at], ids[at + 1]) }
      if at > 0 { (ranks[at - 1], results[at - 1]) = merges.find(ids[at - 1], ids[at]) }
    }
    for i in 0..<count { output.append(ids[i]) }
  }
}
