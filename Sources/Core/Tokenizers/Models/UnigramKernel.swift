import CKernels

/// A vocabulary as the kernels want it. Immutable.
final class UnigramKernel: @unchecked Sendable {
  let model: UnsafeMutablePointer<gbx_unigram>
  private let scores: UnsafeMutablePointer<Double>
  private let trie: TokenTrie

  /// - Parameter scores: by id, for all tokens of the trie, far from overflow.
  init(_ trie: TokenTrie, _ scores: [Double], unknown: TokenID, unknownScore: Double) {
    self.trie = trie
    let table = UnsafeMutablePointer<Double>.allocate(capacity: scores.count + 1)
    table.initialize(to: -.infinity)
    scores.withUnsafeBufferPointer { from in
      if let base = from.baseAddress { (table + 1).initialize(from: base, count: from.count) }
    }
    self.scores = table
    model = .allocate(capacity: 1)
    model.initialize(
      to: gbx_unigram(
        units: trie.units, root: trie.root, scores: table, unknown_score: unknownScore, unknown: unknown))
  }

  deinit {
    model.deallocate()
    scores.deallocate()
  }
}
