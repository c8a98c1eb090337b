/// Long texts whose ways do not meet, so that nothing is certain before the end.
extension UnigramLattice {
  /// Places ahead that sums are kept for.
  private static let ahead = 256

  /// Whether ``goToEnd(_:_:_:_:_:)`` can work with these pieces: what a way's last step is long fits a byte.
  var canGoToEnd: Bool { longest + 4 < Self.ahead }

  /// Hands out the best way from `start` to `end`. Of each place only the length of its last token is kept, one byte;
  /// sums only as far ahead as a token reaches. Which token it is, its bytes say.
  ///
  /// Begins with `scratch.sum`, leaves there the sum at the end; `scratch.gap` says nothing.
  /// - Returns: `end`.
  func goToEnd(
    _ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ scratch: UnigramScratch,
    _ emit: (_ id: TokenID, _ start: Int, _ end: Int) -> Void
  ) -> Int {
    let text = base + start
    let count = end - start
    // 0: there is no way to a place yet.
    let lengths = UnsafeMutablePointer<UInt8>.allocate(capacity: count + 1)
    lengths.initialize(repeating: 0, count: count + 1)
    defer { lengths.deallocate() }
    scratch.sum = fill(text, count, lengths, scratch.sum)
    scratch.gap = 0
    turnRound(lengths, count)
    var at = 0
    while at < count {
      let next = at + Int(lengths[at])
      emit(token(text + at, count: next - at), start + at, start + next)
      at = next
    }
    return end
  }

  /// Finds the length of the last token of the best way to each place.
  /// - Returns: the sum at the end.
  private func fill(
    _ text: UnsafePointer<UInt8>, _ count: Int, _ lengths: UnsafeMutablePointer<UInt8>, _ sum: Double
  ) -> Double {
    let (trie, unknownScore) = (trie, unknownScore)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.ahead) { sums in
      sums.initialize(repeating: 0)
      sums[0] = sum
      // Of equal ways the first stays.
      func offer(_ sum: Double, _ length: Int, at place: Int) {
        let slot = place & (Self.ahead - 1)
        guard lengths[place] == 0 || sum > sums[slot] else { return }
        sums[slot] = sum
        lengths[place] = UInt8(truncatingIfNeeded: length)
      }
      scores.withUnsafeBufferPointer { scores in
        var i = 0
        while i < count {
          let length = min(utf8Length(text[i]), count - i)
          let slot = i & (Self.ahead - 1)
          if isSingle, abs(sums[slot]) > Self.most {
            let offset = sums[slot]
            for j in i...min(count, i + longest + 4) where lengths[j] > 0 {
              let other = j & (Self.ahead - 1)
              sums[other] = rounded(sums[other] - offset)
            }
            sums[slot] = 0
          }
          let sum = sums[slot]
          var node = trie.start
          var j = i
          var isWhole = false
          while j < count, trie.step(&node, text[j]) {
            j &+= 1
            let id = trie.token(at: node)
            guard id >= 0 else { continue }
            if j &- i == length { isWhole = true }
            offer(rounded(sum + scores[Int(id)]), j &- i, at: j)
          }
          if !isWhole { offer(rounded(sum + unknownScore), length, at: i + length) }
          i += length
        }
      }
      return sums[count & (Self.ahead - 1)]
    }
  }

  /// Makes of the lengths of the last tokens to each place, along the way to the end, those of the next tokens from it.
  private func turnRound(_ lengths: UnsafeMutablePointer<UInt8>, _ count: Int) {
    var at = count
    var length = lengths[count]
    while at > 0 {
      let from = at - Int(length)
      (lengths[from], length) = (length, lengths[from])
      at = from
    }
  }

  /// The token that some bytes are, or ``unknown``.
  private func token(_ text: UnsafePointer<UInt8>, count: Int) -> TokenID {
    var node = trie.start
    for i in 0..<count {
      guard trie.step(&node, text[i]) else { return unknown }
    }
    let id = trie.token(at: node)
    return id >= 0 ? id : unknown
  }
}
