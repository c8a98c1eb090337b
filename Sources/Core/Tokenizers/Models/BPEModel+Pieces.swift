/// Symbols of a short piece while they are merged: side by side in arrays, each at the place of its first byte.
final class ShortSymbols {
  static let most = 64

  let ids = UnsafeMutablePointer<TokenID>.allocate(capacity: most)
  /// Of each symbol's merge with the next: rank above, place in the lower byte, so that the least is the lowest rank and
  /// of equal ones the leftmost; `.max`: none.
  let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: most + 1)
  /// What that merge makes.
  let results = UnsafeMutablePointer<TokenID>.allocate(capacity: most)

  deinit {
    ids.deallocate()
    keys.deallocate()
    results.deallocate()
  }

  @inline(__always)
  static func key(_ rank: UInt32, _ place: Int) -> UInt64 {
    rank == .max ? .max : UInt64(rank) << 8 | UInt64(truncatingIfNeeded: place)
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

  /// Whether any character that is not in the vocabulary becomes byte tokens.
  var hasAllByteTokens: Bool { fallsBackToBytes && !byteTokens.contains(-1) }

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
    if piece.count <= ShortSymbols.most, mergeShort(base, piece.count, scratch.short, output) { return }
    let symbols = scratch.symbols
    let made = output.count
    if mergeWindows(base, piece.count, symbols, { output.append($0.id) }, restart: { output.removeAll(after: made) }) {
      return
    }
    symbols.removeAll(reserving: piece.count)
    _ = beginsWithBytes ? addBytes(base, piece.count, symbols) : addCharacters(base, piece.count, symbols)
    guard symbols.count > 0 else { return }
    let merges = merges.finder
    symbols.merge { left, right in merges.find(left.id, right.id) }
    var i = 0
    while i >= 0 {
      output.append(symbols.symbols[i].id)
      i = Int(symbols.symbols[i].next)
    }
  }

  /// - Returns: false, and appends nothing, where a character is not in the vocabulary.
  private func mergeShort(
    _ piece: UnsafePointer<UInt8>, _ length: Int, _ symbols: ShortSymbols, _ output: TokenBuffer
  ) -> Bool {
    let (ids, keys, results) = (symbols.ids, symbols.keys, symbols.results)
    let merges = merges.finder
    var count = length
    if let bytePairs {
      let pairs = bytePairs.entries
      byteTokens.withUnsafeBufferPointer { tokens in for i in 0..<count { ids[i] = tokens[Int(piece[i])] } }
      for i in 0..<(count - 1) {
        let pair = pairs[Int(piece[i]) << 8 | Int(piece[i + 1])]
        keys[i] = ShortSymbols.key(pair.rank, i)
        results[i] = pair.id
      }
    } else {
      guard !isByteLevel else { return false }
      count = 0
      var i = 0
      while i < length {
        let width = min(utf8Length(piece[i]), length - i)
        let id = vocabulary.id(piece + i, count: width)
        if id >= 0 {
          ids[count] = id
          count += 1
        } else {
          guard fallsBackToBytes, (i..<(i + width)).allSatisfy({ byteTokens[Int(piece[$0])] >= 0 }) else {
            return false
          }
          for j in i..<(i + width) {
            ids[count] = byteTokens[Int(piece[j])]
            count += 1
          }
        }
        i += width
      }
      for i in 0..<(count - 1) {
        let (rank, id) = merges.find(ids[i], ids[i + 1])
        keys[i] = ShortSymbols.key(rank, i)
        results[i] = id
      }
    }
    merge(count, symbols, merges, output)
    return true
  }

  /// Merges symbols, the pair of the lowest rank first, the leftmost of equals. With so few it is fastest to look at all
  /// pairs for the lowest. Symbols stay where they are; a bit of `live` is set for each.
  private func merge(_ count: Int, _ symbols: ShortSymbols, _ merges: MergeTable.Finder, _ output: TokenBuffer) {
    let (ids, keys, results) = (symbols.ids, symbols.keys, symbols.results)
    // The last symbol has no pair, and the loop below takes two at a time.
    keys[count - 1] = .max
    keys[count] = .max
    var live = UInt64.max >> UInt64(64 - count)
    while true {
      var (even, odd) = (UInt64.max, UInt64.max)
      var i = 0
      while i < count {
        even = min(even, keys[i])
        odd = min(odd, keys[i + 1])
        i += 2
      }
      let lowest = min(even, odd)
      if lowest == .max { break }
      let at = Int(lowest & 0xFF)
      ids[at] = results[at]
      let after = live & ~((2 &<< UInt64(at)) &- 1)
      keys[after.trailingZeroBitCount] = .max
      live &= ~(after & (0 &- after))
      let right = after & (after &- 1)
      keys[at] = .max
      if right != 0 {
        let (rank, id) = merges.find(ids[at], ids[right.trailingZeroBitCount])
        keys[at] = ShortSymbols.key(rank, at)
        results[at] = id
      }
      let before = live & ((1 &<< UInt64(at)) &- 1)
      if before != 0 {
        let left = 63 - before.leadingZeroBitCount
        let (rank, id) = merges.find(ids[left], ids[at])
        keys[left] = ShortSymbols.key(rank, left)
        results[left] = id
      }
    }
    while live != 0 {
      output.append(ids[live.trailingZeroBitCount])
      live &= live &- 1
    }
  }
}
