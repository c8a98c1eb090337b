extension BPEModel {
  /// Merges a long piece window by window.
  /// - Returns: false, and nothing is done, where a piece is short, or what its characters begin as depends on others.
  @inline(__always)
  func mergeWindows(
    _ piece: UnsafePointer<UInt8>, _ count: Int, _ symbols: SymbolList, _ emit: (MergedToken) -> Void,
    restart: () -> Void
  ) -> Bool {
    guard count > SymbolList.window, marks.isEmpty else { return false }
    // Unknown characters stand behind byte tokens that come after them.
    guard beginsWithBytes || !fallsBackToBytes || unknown == nil || hasAllByteTokens else { return false }
    mergeWindows(
      count, symbols,
      fill: { from, most in
        beginsWithBytes
          ? addBytes(piece, count, symbols, from: from, most: most).end
          : addCharacters(piece, count, symbols, from: from, most: most).end
      }, emit, restart: restart)
    return true
  }

  /// - Parameters: as ``SymbolList/mergeWindows(count:window:fill:pair:emit:restart:)`` has them.
  func mergeWindows(
    _ count: Int, _ symbols: SymbolList, fill: (_ from: Int, _ most: Int) -> Int, _ emit: (MergedToken) -> Void,
    restart: () -> Void
  ) {
    let merges = merges.finder
    symbols.mergeWindows(
      count: count, window: SymbolList.window, fill: fill, pair: { left, right in merges.find(left.id, right.id) },
      emit: emit, restart: restart)
  }
}
