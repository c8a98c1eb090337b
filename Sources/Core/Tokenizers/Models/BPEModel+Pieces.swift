import CKernels

/// The merges of pairs of bytes, by both bytes.
final class BytePairTable: Sendable {
  struct Entry {
    var rank: UInt32
    var id: TokenID
  }

  nonisolated(unsafe) let entries = UnsafeMutablePointer<Entry>.allocate(capacity: 1 << 16)
  nonisolated(unsafe) let tokens = UnsafeMutablePointer<TokenID>.allocate(capacity: 256)

  /// - Parameter tokens: of the 256 bytes.
  init(_ tokens: [TokenID], _ merges: MergeTable) {
    self.tokens.initialize(from: tokens, count: 256)
    for pair in 0..<(1 << 16) {
      let (rank, id) = merges.find(tokens[pair >> 8], tokens[pair & 255])
      (entries + pair).initialize(to: Entry(rank: rank, id: id))
    }
  }

  deinit {
    entries.deallocate()
    tokens.deallocate()
  }
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

  var mergeView: gbx_merge_table? { merges.view(bytes: bytePairs) }

  func prepare(_ piece: UnsafeBufferPointer<UInt8>, step: Int) {
    guard ignoresMerges, let base = piece.baseAddress else { return }
    vocabulary.prefetch(base, count: piece.count, next: step > 0)
  }

  func begin(_ piece: UnsafeBufferPointer<UInt8>, _ lane: UnsafeMutablePointer<gbx_merge_lane>) -> Bool {
    guard let base = piece.baseAddress, piece.count <= GBX_MERGE_MOST, let ids = gbx_merge_ids(lane) else {
      return false
    }
    lane.pointee.is_bytes = false
    if ignoresMerges {
      let id = vocabulary.id(base, count: piece.count)
      if id >= 0 {
        ids[0] = id
        lane.pointee.count = 1
        return true
      }
    }
    if bytePairs != nil {
      lane.pointee.is_bytes = true
      for i in 0..<piece.count { ids[i] = TokenID(piece[i]) }
      lane.pointee.count = UInt32(truncatingIfNeeded: piece.count)
      return true
    }
    guard !isByteLevel, marks.isEmpty else { return false }
    return beginCharacters(piece, lane, space: -1)
  }

  /// Lays out the characters of a piece of at most as many bytes as a lane has room for.
  /// - Parameter space: the token that is written for U+0020; -1: its own.
  func beginCharacters(
    _ piece: UnsafeBufferPointer<UInt8>, _ lane: UnsafeMutablePointer<gbx_merge_lane>, space: TokenID
  ) -> Bool {
    guard let base = piece.baseAddress, let ids = gbx_merge_ids(lane) else { return false }
    lane.pointee.is_bytes = false
    var count = 0
    var i = 0
    while i < piece.count {
      let width = min(utf8Length(base[i]), piece.count - i)
      let id: TokenID
      if base[i] < 0x80 {
        id = base[i] == 0x20 && space >= 0 ? space : asciiTokens[Int(base[i])]
      } else {
        id = vocabulary.id(base + i, count: width)
      }
      if id >= 0 {
        ids[count] = id
        count += 1
      } else {
        guard fallsBackToBytes else { return false }
        for byte in piece[i..<(i + width)] {
          ids[count] = byteTokens[Int(byte)]
          guard ids[count] >= 0 else { return false }
          count += 1
        }
      }
      i += width
    }
    lane.pointee.count = UInt32(truncatingIfNeeded: count)
    return true
  }
}
