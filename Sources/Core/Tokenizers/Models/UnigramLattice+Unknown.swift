extension UnigramLattice {
  /// The first character that a vocabulary without an unknown token has no way around: one that is no piece by itself,
  /// where no piece from before gives its end a better sum. As in the official library, which fails there even if
  /// another piece were to reach over it in the end.
  func unknownCharacter(_ base: UnsafePointer<UInt8>, _ range: Range<Int>) -> Range<Int>? {
    var sums = [Double?](repeating: nil, count: range.count + 1)
    sums[0] = 0
    var at = range.lowerBound
    while at < range.upperBound {
      let length = min(utf8Length(base[at]), range.upperBound - at)
      let sum = sums[at - range.lowerBound] ?? 0
      var node = trie.start
      var end = at
      var isWhole = false
      while end < range.upperBound, trie.step(&node, base[end]) {
        end += 1
        let id = trie.token(at: node)
        guard id >= 0 else { continue }
        isWhole = isWhole || end - at == length
        let place = end - range.lowerBound
        let candidate = sum + scores[Int(id)]
        if sums[place].map({ candidate > $0 }) ?? true { sums[place] = candidate }
      }
      if !isWhole {
        let known = sums[at + length - range.lowerBound]
        if known.map({ sum + unknownScore > $0 }) ?? true { return at..<(at + length) }
      }
      at += length
    }
    return nil
  }
}
