#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One pass of a unigram model over the corpus: the sums that an EM step or a pruning needs.
///
/// The corpus is worked on in a fixed number of parts, whose sums are added in order: results do not depend on threads.
struct UnigramPass {
  static let parts = 8
  private let corpus: PieceCorpus
  private let threads: ThreadPool
  private let ranges: [Range<Int>]

  init(_ corpus: PieceCorpus, threads: ThreadPool) {
    self.corpus = corpus
    self.threads = threads
    var ranges: [Range<Int>] = []
    var start = 0
    var size = 0
    let share = max(1, corpus.text.count / Self.parts)
    for (i, run) in corpus.runs.enumerated() {
      size += run.count
      if size >= share || i == corpus.runs.count - 1 {
        ranges.append(start..<(i + 1))
        (start, size) = (i + 1, 0)
      }
    }
    self.ranges = ranges
  }

  struct Expected: Sendable {
    /// Of pieces, then of characters by number.
    var counts: [Double]
    var logLikelihood = 0.0
    /// Tokens on the best paths.
    var tokens = 0
  }

  /// How often each piece is expected under the model (forward-backward; Kudo 2018, section 3.2).
  func expectation(_ lattice: PieceLattice, charactersInLog scale: Double) -> Expected {
    sum(lattice) { view, range in
      var walker = LatticeWalker(view, corpus, scale: scale)
      var result = Expected(counts: [Double](repeating: 0, count: view.scores.count + view.characters.count))
      result.counts.withUnsafeMutableBufferPointer { counts in
        for run in corpus.runs[range] {
          result.logLikelihood += Double(run.times) * walker.addMarginals(run, counts)
        }
      }
      return result
    }
  }

  /// How often each piece stands on the best paths.
  func bestPaths(_ lattice: PieceLattice) -> Expected {
    sum(lattice) { view, range in
      var walker = LatticeWalker(view, corpus, scale: 0)
      var result = Expected(counts: [Double](repeating: 0, count: view.scores.count + view.characters.count))
      result.counts.withUnsafeMutableBufferPointer { counts in
        for run in corpus.runs[range] {
          result.logLikelihood +=
            Double(run.times)
            * walker.best(run.start, run.count, excludingWhole: false) { piece in
              counts[piece] += Double(run.times)
              result.tokens += run.times
            }
        }
      }
      return result
    }
  }

  private func sum(_ lattice: PieceLattice, _ body: (PieceLattice.View, Range<Int>) -> Expected) -> Expected {
    let size = lattice.count + lattice.characterScores.count
    let results = Parts(ranges.count)
    lattice.withView { view in
      threads.parallelFor(ranges.count) { for i in $0 { results[i] = body(view, ranges[i]) } }
    }
    var total = Expected(counts: [Double](repeating: 0, count: size))
    for i in ranges.indices {
      guard let part = results[i] else { continue }
      for k in 0..<size { total.counts[k] += part.counts[k] }
      total.logLikelihood += part.logLikelihood
      total.tokens += part.tokens
    }
    return total
  }

  /// Results that threads put down each in its own place.
  private final class Parts: @unchecked Sendable {
    private let values: UnsafeMutablePointer<Expected?>
    private let count: Int

    init(_ count: Int) {
      self.count = count
      values = .allocate(capacity: max(1, count))
      values.initialize(repeating: nil, count: max(1, count))
    }

    deinit {
      values.deinitialize(count: max(1, count))
      values.deallocate()
    }

    subscript(i: Int) -> Expected? {
      get { values[i] }
      set { values[i] = newValue }
    }
  }
}

/// Walks the lattices of words. Memory is kept from one word to the next.
struct LatticeWalker {
  private let view: PieceLattice.View
  private let text: [UInt32]
  /// Added to the logarithm of a piece for each of its characters: all paths over a word gain as much, and numbers stay
  /// near one.
  private let scale: Double
  private var weights: [Double] = []
  private var characterWeights: [Double] = []
  private var forward: [Double] = []
  private var backward: [Double] = []
  private var from: [Int32] = []
  private var via: [Int32] = []

  init(_ view: PieceLattice.View, _ corpus: PieceCorpus, scale: Double) {
    self.view = view
    text = corpus.text
    self.scale = scale
  }

  private mutating func exponentiate() {
    weights = view.scores.indices.map { exp(view.scores[$0] + scale * Double(view.lengths[$0])) }
    characterWeights = view.characters.map { exp($0 + scale) }
  }

  /// Adds the expected count of each piece in a word, times how often the word occurs.
  /// - Returns: the log-likelihood of the word.
  mutating func addMarginals(_ run: PieceCorpus.Run, _ counts: UnsafeMutableBufferPointer<Double>) -> Double {
    if characterWeights.isEmpty { exponentiate() }
    let n = run.count
    if forward.count <= n {
      forward = [Double](repeating: 0, count: n * 2 + 1)
      backward = forward
    }
    let view = self.view
    let pieces = view.scores.count
    let total = forward.withUnsafeMutableBufferPointer { forward in
      backward.withUnsafeMutableBufferPointer { backward in
        weights.withUnsafeBufferPointer { weights in
          characterWeights.withUnsafeBufferPointer { characters in
            text.withUnsafeBufferPointer { text -> Double in
              for i in 0...n {
                forward[i] = 0
                backward[i] = 0
              }
              forward[0] = 1
              var (low, high) = (1.0, 1.0)
              for i in 0..<n {
                let a = forward[i]
                low = min(low, a)
                high = max(high, a)
                forward[i &+ 1] += a * characters[Int(text[run.start &+ i])]
                var piece = Int(view.longest[run.start &+ i])
                while piece >= 0 {
                  forward[i &+ Int(view.lengths[piece])] += a * weights[piece]
                  piece = Int(view.shorter[piece])
                }
              }
              let z = forward[n]
              // So far from the ends of a double, what is gone through backwards stays finite, too.
              guard min(low, z) > 1e-140, max(high, z) < 1e140 else { return .nan }
              let times = Double(run.times) / z
              backward[n] = 1
              for i in (0..<n).reversed() {
                let a = forward[i] * times
                let number = Int(text[run.start &+ i])
                var b = backward[i &+ 1] * characters[number]
                counts[pieces &+ number] += a * b
                var piece = Int(view.longest[run.start &+ i])
                while piece >= 0 {
                  let p = backward[i &+ Int(view.lengths[piece])] * weights[piece]
                  counts[piece] += a * p
                  b += p
                  piece = Int(view.shorter[piece])
                }
                backward[i] = b
              }
              return log(z)
            }
          }
        }
      }
    }
    guard !total.isNaN else { return addMarginalsByLogarithms(run, counts) }
    return total - scale * Double(n)
  }

  /// The same in logarithms, for words whose probability is no number that a double can hold.
  private mutating func addMarginalsByLogarithms(
    _ run: PieceCorpus.Run, _ counts: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    let n = run.count
    func add(_ a: Double, _ b: Double) -> Double {
      if a == -.infinity { return b }
      let (low, high) = a < b ? (a, b) : (b, a)
      return high + log1p(exp(low - high))
    }
    for i in 0...n {
      forward[i] = -.infinity
      backward[i] = -.infinity
    }
    forward[0] = 0
    backward[n] = 0
    func edges(_ i: Int, _ body: (_ piece: Int, _ length: Int, _ score: Double) -> Void) {
      let number = Int(text[run.start + i])
      body(view.scores.count + number, 1, view.characters[number])
      var piece = Int(view.longest[run.start + i])
      while piece >= 0 {
        body(piece, Int(view.lengths[piece]), view.scores[piece])
        piece = Int(view.shorter[piece])
      }
    }
    for i in 0..<n { edges(i) { forward[i + $1] = add(forward[i + $1], forward[i] + $2) } }
    for i in (0..<n).reversed() { edges(i) { backward[i] = add(backward[i], backward[i + $1] + $2) } }
    let z = forward[n]
    for i in 0..<n {
      edges(i) { counts[$0] += Double(run.times) * exp(forward[i] + $2 + backward[i + $1] - z) }
    }
    return z
  }

  /// The best path over a stretch of the text, piece by piece from its end (characters after the pieces, by number).
  /// - Parameter excludingWhole: whether a piece over the whole stretch is left out.
  /// - Returns: its log-likelihood.
  mutating func best(_ start: Int, _ n: Int, excludingWhole: Bool, _ body: (Int) -> Void) -> Double {
    if forward.count <= n { forward = [Double](repeating: 0, count: n * 2 + 1) }
    if via.count <= n {
      via = [Int32](repeating: 0, count: n * 2 + 1)
      from = via
    }
    let view = self.view
    let pieces = view.scores.count
    for i in 0...n { forward[i] = -.infinity }
    forward[0] = 0
    let total = forward.withUnsafeMutableBufferPointer { forward in
      via.withUnsafeMutableBufferPointer { via in
        from.withUnsafeMutableBufferPointer { from in
          text.withUnsafeBufferPointer { text in
            for i in 0..<n {
              let number = Int(text[start &+ i])
              let score = forward[i] + view.characters[number]
              if score > forward[i &+ 1], !(excludingWhole && n == 1) {
                forward[i &+ 1] = score
                via[i &+ 1] = Int32(truncatingIfNeeded: pieces &+ number)
                from[i &+ 1] = Int32(truncatingIfNeeded: i)
              }
              var piece = Int(view.longest[start &+ i])
              while piece >= 0 {
                let end = i &+ Int(view.lengths[piece])
                // A piece's own stretch is part of a longer word, whose pieces may reach beyond it.
                if end <= n, !(excludingWhole && end &- i == n) {
                  let score = forward[i] + view.scores[piece]
                  if score > forward[end] {
                    forward[end] = score
                    via[end] = Int32(truncatingIfNeeded: piece)
                    from[end] = Int32(truncatingIfNeeded: i)
                  }
                }
                piece = Int(view.shorter[piece])
              }
            }
          }
          return forward[n]
        }
      }
    }
    guard total > -.infinity else { return total }
    var at = n
    while at > 0 {
      body(Int(via[at]))
      at = Int(from[at])
    }
    return total
  }
}
