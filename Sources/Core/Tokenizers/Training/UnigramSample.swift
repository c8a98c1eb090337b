/// A short text under a unigram model that is being trained: how the best path cuts it after each round.
struct UnigramSample {
  private struct Word {
    /// Of characters, as the corpus numbers them; 0: not in the vocabulary.
    var numbers: [UInt32]
    var symbols: [TrainingSample.Token]
  }

  private let words: [Word]
  private let longest: Int
  /// Hashes of all stretches of words, to find the few pieces of the model that occur here.
  private let stretches: Set<UInt64>

  /// - Parameter sample: before anything has been applied to it.
  init(_ sample: TrainingSample, _ corpus: PieceCorpus, maximumLength: Int) {
    var numbers: [UInt32: UInt32] = [:]
    for (number, scalar) in corpus.scalars.enumerated().dropFirst() { numbers[scalar] = UInt32(number) }
    words = sample.words.map { word in
      Word(
        numbers: word.map { symbol in
          String(decoding: symbol.written, as: UTF8.self).unicodeScalars.first.flatMap { numbers[$0.value] } ?? 0
        }, symbols: word)
    }
    longest = maximumLength
    var stretches: Set<UInt64> = []
    for word in words {
      for start in word.numbers.indices {
        var hash = Self.seed
        for number in word.numbers[start...].prefix(maximumLength) {
          hash = Self.hash(hash, number)
          stretches.insert(hash)
        }
      }
    }
    self.stretches = stretches
  }

  private static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  private static func hash(_ hash: UInt64, _ number: UInt32) -> UInt64 { ByteHash.mix(hash &+ UInt64(number) &+ 1) }

  /// The tokens of the best path (Viterbi), in order.
  func tokens(_ lattice: PieceLattice, _ corpus: PieceCorpus) -> [TrainingSample.Token] {
    var scores: [UInt64: Double] = [:]
    for piece in 0..<lattice.count {
      let start = Int(lattice.starts[piece])
      var hash = Self.seed
      for number in corpus.text[start..<(start + Int(lattice.lengths[piece]))] { hash = Self.hash(hash, number) }
      if stretches.contains(hash) { scores[hash] = lattice.scores[piece] }
    }
    let unknown = (lattice.characterScores.min() ?? 0) - 10
    return words.flatMap { word in
      path(word) { hash, count, number in
        count > 1 ? scores[hash] : number == 0 ? unknown : lattice.characterScores[Int(number)]
      }
    }
  }

  /// - Parameter score: of a piece, by hash, number of characters, and its first character; nil: there is none.
  private func path(_ word: Word, _ score: (UInt64, Int, UInt32) -> Double?) -> [TrainingSample.Token] {
    let count = word.numbers.count
    var best = [(score: Double, from: Int)](repeating: (-.infinity, 0), count: count + 1)
    best[0].score = 0
    for start in 0..<count {
      var hash = Self.seed
      for end in (start + 1)...min(count, start + longest) {
        hash = Self.hash(hash, word.numbers[end - 1])
        guard let score = score(hash, end - start, word.numbers[start]) else { continue }
        if best[start].score + score > best[end].score { best[end] = (best[start].score + score, start) }
      }
    }
    var tokens: [TrainingSample.Token] = []
    var end = count
    while end > 0 {
      let symbols = word.symbols[best[end].from..<end]
      tokens.append(
        TrainingSample.Token(
          range: word.symbols[best[end].from].range.lowerBound..<word.symbols[end - 1].range.upperBound,
          written: symbols.flatMap(\.written), merge: nil))
      end = best[end].from
    }
    return tokens.reversed()
  }
}
