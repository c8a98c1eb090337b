import CKernels

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A vocabulary as the kernels want it. Immutable.
final class UnigramKernel: @unchecked Sendable {
  let model: UnsafeMutablePointer<gbx_unigram>
  private let scores: UnsafeMutablePointer<Double>
  private let singleScores: UnsafeMutablePointer<Float>?
  private let trie: TokenTrie
  /// A copy of the trie's units in a large page; nil: it is too small to need one. New words lead to all corners of it.
  private let units: UnsafeMutableRawPointer?

  /// - Parameters:
  ///   - scores: by id, for all tokens of the trie, far from overflow.
  ///   - worst: the largest of them, whatever their sign.
  ///   - isSingle: they are numbers of single precision.
  init(
    _ trie: TokenTrie, _ scores: [Double], unknown: TokenID, unknownScore: Double, worst: Double, isSingle: Bool
  ) {
    self.trie = trie
    let table = UnsafeMutablePointer<Double>.allocate(capacity: scores.count + 1)
    table.initialize(to: -.infinity)
    scores.withUnsafeBufferPointer { from in
      if let base = from.baseAddress { (table + 1).initialize(from: base, count: from.count) }
    }
    self.scores = table
    let page = 2 << 20
    let bytes = trie.memory.count - TableMemory.alignment
    if bytes > page / 8 {
      let copy = UnsafeMutableRawPointer.allocate(byteCount: (bytes + page - 1) / page * page, alignment: page)
      #if canImport(Glibc)
        madvise(copy, (bytes + page - 1) / page * page, MADV_HUGEPAGE)
      #endif
      copy.copyMemory(from: trie.units, byteCount: bytes)
      units = copy
    } else {
      units = nil
    }
    model = .allocate(capacity: 1)
    model.initialize(
      to: gbx_unigram(
        units: units.map { UnsafePointer($0.assumingMemoryBound(to: UInt64.self)) } ?? UnsafePointer(trie.units),
        root: trie.root, scores: table, unknown_score: unknownScore, worst: worst, unknown: unknown,
        ascii: nil, single_ascii: nil, mark: 0))
    if isSingle {
      let singles = UnsafeMutablePointer<Float>.allocate(capacity: scores.count + 1)
      for i in 0...scores.count { (singles + i).initialize(to: Float(table[i])) }
      singleScores = singles
      model.pointee.single_ascii = .allocate(capacity: 1)
      model.pointee.single_ascii.pointee.scores = UnsafePointer(singles)
    } else {
      singleScores = nil
      model.pointee.ascii = .allocate(capacity: 1)
      model.pointee.ascii.pointee.scores = UnsafePointer(table)
    }
    gbx_unigram_prepare(model)
  }

  deinit {
    model.pointee.ascii?.deallocate()
    model.pointee.single_ascii?.deallocate()
    units?.deallocate()
    model.deallocate()
    scores.deallocate()
    singleScores?.deallocate()
  }
}
