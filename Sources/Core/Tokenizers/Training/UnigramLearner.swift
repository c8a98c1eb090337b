#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A unigram model while it is trained.
struct UnigramLearner {
  private let corpus: PieceCorpus
  private let options: TokenizerTrainingOptions
  private let pass: UnigramPass
  private let threads: ThreadPool
  fileprivate(set) var lattice: PieceLattice
  fileprivate var minimumScore = 0.0
  fileprivate var steps = 0
  fileprivate var prunings = 0
  fileprivate(set) var stepsSincePruning = 0
  /// The mean log-likelihood of a character so far, taken off to keep numbers near one.
  fileprivate var scale = 2.0

  init(_ corpus: PieceCorpus, _ options: TokenizerTrainingOptions, _ threads: ThreadPool) {
    self.corpus = corpus
    self.options = options
    self.threads = threads
    let length = options.maximumPieceLength
    lattice = PieceLattice(
      corpus, SubstringTree(corpus, depth: length + 1, threads: threads), maximumLength: length,
      limit: options.seedSize)
    pass = UnigramPass(corpus, threads: threads)
  }

  /// The derivative of the logarithm of the gamma function, by its asymptotic series (Abramowitz & Stegun 6.3.18).
  static func digamma(_ x: Double) -> Double {
    var x = x
    var result = 0.0
    while x < 10 {
      result -= 1 / x
      x += 1
    }
    let r = 1 / (x * x)
    return result + log(x) - 0.5 / x - r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240))))
  }

  /// One round of EM. Pieces expected less than half a time go; the others get the logarithm of their share under a
  /// sparse prior (Liang & Klein 2007): digamma in place of the logarithm.
  mutating func step() -> TokenizerTrainingEvent.Round {
    let expected = pass.expectation(lattice, charactersInLog: scale)
    let counts = expected.counts
    let pieces = lattice.count
    func isKept(_ i: Int) -> Bool { counts[i] >= 0.5 && (i < pieces || corpus.counts[i - pieces] > 0) }
    var sum = 0.0
    for i in counts.indices where isKept(i) { sum += counts[i] }
    let total = Self.digamma(sum)
    let scores = (0..<pieces).map { isKept($0) ? Self.digamma(counts[$0]) - total : nil }
    var lowest = Double.infinity
    for case let score? in scores { lowest = min(lowest, score) }
    for number in lattice.characterScores.indices.dropFirst() {
      let i = pieces + number
      lattice.characterIsPiece[number] = isKept(i)
      guard isKept(i) else { continue }
      lattice.characterScores[number] = Self.digamma(counts[i]) - total
      lowest = min(lowest, lattice.characterScores[number])
    }
    minimumScore = lowest
    // What has no piece is passed as something unknown is.
    for number in lattice.characterScores.indices where !lattice.characterIsPiece[number] {
      lattice.characterScores[number] = lowest - 10
    }
    lattice.update(scores)
    scale = max(0.5, min(12, -expected.logLikelihood / Double(max(1, corpus.symbols))))
    defer {
      steps += 1
      stepsSincePruning += 1
    }
    return round(steps, isPruning: false, expected.logLikelihood / Double(max(1, corpus.words)), symbols: 0)
  }

  /// Drops the pieces whose loss lowers the likelihood least, as it would if their best substitutes took their places.
  /// - Parameter wanted: pieces that are left at least.
  mutating func prune(to wanted: Int) -> TokenizerTrainingEvent.Round {
    let paths = pass.bestPaths(lattice)
    let counts = paths.counts
    let substitutes = substitutes()
    let sum = counts.reduce(0, +)
    let logSum = log(sum)
    let words = Double(max(1, corpus.words))
    var kept = [Bool](repeating: false, count: lattice.count)
    var candidates: [(piece: Int, loss: Double)] = []
    var left = lattice.characterIsPiece.reduce(0) { $0 + ($1 ? 1 : 0) }
    for piece in 0..<lattice.count where counts[piece] > 0 {
      let others = substitutes[piece]
      // Where another path is better than the piece itself, it can go.
      guard !others.isEmpty else { continue }
      let count = counts[piece]
      let score = log(count) - logSum
      let logSumWithout = log(sum + count * Double(others.count - 1))
      let without = others.reduce(0.0) { $0 + log(counts[Int($1)] + count) - logSumWithout }
      candidates.append((piece, count / words * (score - without)))
    }
    let target = max(wanted, Int(options.shrinkingFactor * Double(lattice.pieces)))
    candidates.sort { $0.loss != $1.loss ? $0.loss > $1.loss : $0.piece < $1.piece }
    for candidate in candidates {
      if left >= target { break }
      kept[candidate.piece] = true
      left += 1
    }
    let scores = lattice.scores
    lattice.update(kept.indices.map { kept[$0] ? scores[$0] : nil })
    defer {
      prunings += 1
      stepsSincePruning = 0
    }
    return round(prunings, isPruning: true, .nan, symbols: paths.tokens)
  }

  /// What each piece would be written as without it: the best path of other pieces; empty where that is better than the
  /// piece.
  private func substitutes() -> [[Int32]] {
    let lattice = self.lattice
    let corpus = self.corpus
    let result = SubstituteList(lattice.count)
    lattice.withView { view in
      threads.parallelFor(lattice.count, grain: 1024) { range in
        var walker = LatticeWalker(view, corpus, scale: 0)
        for piece in range {
          var path: [Int32] = []
          let score = walker.best(Int(lattice.starts[piece]), Int(lattice.lengths[piece]), excludingWhole: true) {
            path.append(Int32($0))
          }
          if score <= lattice.scores[piece] { result[piece] = path }
        }
      }
    }
    return result.values
  }

  private final class SubstituteList: @unchecked Sendable {
    private let pointer: UnsafeMutablePointer<[Int32]>
    private let count: Int

    init(_ count: Int) {
      self.count = count
      pointer = .allocate(capacity: max(1, count))
      pointer.initialize(repeating: [], count: count)
    }

    deinit {
      pointer.deinitialize(count: count)
      pointer.deallocate()
    }

    subscript(i: Int) -> [Int32] {
      get { pointer[i] }
      set { pointer[i] = newValue }
    }

    var values: [[Int32]] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  }

  private func round(_ index: Int, isPruning: Bool, _ likelihood: Double, symbols: Int) -> TokenizerTrainingEvent.Round
  {
    // The most probable pieces, found without sorting all of them.
    var best: [(piece: Int, score: Double)] = []
    for piece in 0..<lattice.count {
      let score = lattice.scores[piece]
      if best.count == 24, score <= best[23].score { continue }
      best.insert((piece, score), at: best.firstIndex { $0.score < score } ?? best.count)
      if best.count > 24 { best.removeLast() }
    }
    return TokenizerTrainingEvent.Round(
      index: index, isPruning: isPruning, pieces: lattice.pieces, logLikelihood: likelihood, symbols: symbols,
      best: best.map { (corpus.spelled(Int(lattice.starts[$0.piece]), Int(lattice.lengths[$0.piece])), $0.score) })
  }

  /// The final pieces by score: all characters, then the most probable others.
  func finish(_ size: Int) -> [(piece: [UInt8], score: Double)] {
    var result: [(piece: [UInt8], score: Double)] = []
    var penalty = 0.0
    // Numbers of characters are in the order of how often they occur: the rarer, the less they lose nothing by it.
    for number in lattice.characterScores.indices.dropFirst() {
      let written = utf8Bytes(corpus.scalars[number])
      if lattice.characterIsPiece[number] {
        result.append((written, lattice.characterScores[number]))
      } else {
        result.append((written, minimumScore + penalty))
        penalty += 0.0001
      }
    }
    let order = (0..<lattice.count).sorted {
      lattice.scores[$0] != lattice.scores[$1] ? lattice.scores[$0] > lattice.scores[$1] : $0 < $1
    }
    for piece in order.prefix(max(0, size - result.count)) {
      result.append(
        (corpus.spelled(Int(lattice.starts[piece]), Int(lattice.lengths[piece])), lattice.scores[piece]))
    }
    return result.sorted { $0.score != $1.score ? $0.score > $1.score : $0.piece.lexicographicallyPrecedes($1.piece) }
  }
}

/// A model between two rounds, for a checkpoint.
struct UnigramState {
  /// Where each piece stands in the text that the counted words make, and its score.
  var pieces: [(start: UInt32, length: UInt8, score: Double)] = []
  var characters: [(score: Double, isPiece: Bool)] = []
  var minimumScore = 0.0
  var scale = 0.0
  var steps = 0
  var prunings = 0
  var stepsSincePruning = 0

  init() {}

  init(json: JSON) {
    minimumScore = json["minimum_score"]?.double ?? 0
    scale = json["scale"]?.double ?? 2
    steps = json["steps"]?.int ?? 0
    prunings = json["prunings"]?.int ?? 0
    stepsSincePruning = json["steps_since_pruning"]?.int ?? 0
  }

  var json: JSON {
    [
      "minimum_score": .double(minimumScore), "scale": .double(scale), "steps": .int(steps),
      "prunings": .int(prunings), "steps_since_pruning": .int(stepsSincePruning),
    ]
  }
}

extension UnigramLearner {
  var state: UnigramState {
    var state = UnigramState()
    state.pieces = (0..<lattice.count).map { (lattice.starts[$0], lattice.lengths[$0], lattice.scores[$0]) }
    state.characters = lattice.characterScores.indices.map {
      (lattice.characterScores[$0], lattice.characterIsPiece[$0])
    }
    (state.minimumScore, state.scale) = (minimumScore, scale)
    (state.steps, state.prunings, state.stepsSincePruning) = (steps, prunings, stepsSincePruning)
    return state
  }

  /// - Throws: ``FormatError`` for the state of other words.
  mutating func restore(_ state: UnigramState) throws {
    func fail() -> FormatError {
      FormatError(file: "the checkpoint", found: "pieces that its words do not hold", expected: "a whole checkpoint")
    }
    guard state.characters.count == lattice.characterScores.count else { throw fail() }
    var scores: [UInt64: Double] = [:]
    for piece in state.pieces { scores[UInt64(piece.start) << 8 | UInt64(piece.length)] = piece.score }
    let kept = (0..<lattice.count).map { scores[UInt64(lattice.starts[$0]) << 8 | UInt64(lattice.lengths[$0])] }
    guard kept.reduce(0, { $0 + ($1 == nil ? 0 : 1) }) == state.pieces.count else { throw fail() }
    lattice.update(kept)
    lattice.characterScores = state.characters.map(\.score)
    lattice.characterIsPiece = state.characters.map(\.isPiece)
    (minimumScore, scale) = (state.minimumScore, state.scale)
    (steps, prunings, stepsSincePruning) = (state.steps, state.prunings, state.stepsSincePruning)
  }
}
