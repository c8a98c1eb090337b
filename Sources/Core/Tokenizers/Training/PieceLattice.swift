#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The pieces of a unigram model under training, and every piece that each place of the corpus begins with: the longest
/// one, and from each the next shorter one. Single characters are apart: they begin everywhere.
struct PieceLattice {
  /// Pieces of more than one character.
  private(set) var scores: [Double] = []
  private(set) var lengths: [UInt8] = []
  private(set) var starts: [UInt32] = []
  private var shorter: [Int32] = []
  private var longest: [Int32]
  /// Of single characters, by number.
  var characterScores: [Double]
  /// Whether a character is a piece at present. One that is not is passed at a high price.
  var characterIsPiece: [Bool]

  var count: Int { scores.count }
  var pieces: Int { scores.count + characterIsPiece.reduce(0) { $0 + ($1 ? 1 : 0) } }

  /// The seed: the substrings that write most characters, at most `limit`, with the logarithms of their shares.
  init(_ corpus: PieceCorpus, _ tree: SubstringTree, maximumLength: Int, limit: Int) {
    let shapes = corpus.scalars.map { $0 == WordReader.mark ? PieceLattice.mark : PieceScript.of($0) }
    var candidates: [(score: Int, node: Int32)] = []
    for node in tree.lengths.indices where tree.lengths[node] >= 2 && Int(tree.lengths[node]) <= maximumLength {
      let start = Int(tree.starts[node])
      let length = Int(tree.lengths[node])
      guard tree.counts[node] >= 2, Self.isPiece(corpus.text[start..<(start + length)], shapes) else { continue }
      candidates.append((tree.counts[node] * length, Int32(node)))
    }
    candidates.sort { $0.score != $1.score ? $0.score > $1.score : $0.node < $1.node }
    let kept = candidates.prefix(max(0, limit - corpus.scalars.count + 1))
    let total =
      Double(kept.reduce(0) { $0 + $1.score }) + Double(corpus.counts.reduce(0, +))
    longest = tree.longest
    characterScores = corpus.counts.map { log(Double(max(1, $0))) - log(total) }
    characterIsPiece = corpus.counts.indices.map { $0 > 0 }
    // Pieces are numbered in the order of the tree.
    var numbers = [Int32](repeating: -1, count: tree.lengths.count)
    for entry in kept { numbers[Int(entry.node)] = 0 }
    for node in numbers.indices where numbers[node] >= 0 {
      numbers[node] = Int32(scores.count)
      scores.append(log(Double(tree.counts[node] * Int(tree.lengths[node]))) - log(total))
      lengths.append(tree.lengths[node])
      starts.append(tree.starts[node])
    }
    func nearest(_ node: Int32) -> Int32 {
      var node = node
      while node >= 0, numbers[Int(node)] < 0 { node = tree.parents[Int(node)] }
      return node < 0 ? -1 : numbers[Int(node)]
    }
    shorter = [Int32](repeating: -1, count: scores.count)
    for node in numbers.indices where numbers[node] >= 0 {
      shorter[Int(numbers[node])] = nearest(tree.parents[node])
    }
    for i in longest.indices { longest[i] = nearest(longest[i]) }
  }

  private static let mark: UInt8 = 254

  /// Whether SentencePiece would have it; see ``PieceShape``.
  private static func isPiece(_ numbers: ArraySlice<UInt32>, _ shapes: [UInt8]) -> Bool {
    var script: UInt8 = 0
    var isFirst = true
    for number in numbers {
      let shape = shapes[Int(number)]
      if shape == mark {
        guard isFirst else { return false }
      } else if shape != 0, shape != PieceScript.inherited {
        guard script == 0 || script == shape else { return false }
        script = shape
      }
      isFirst = false
    }
    return true
  }

  /// Drops pieces and gives those kept their scores.
  /// - Parameter new: a score for each piece; nil drops it.
  mutating func update(_ new: [Double?]) {
    var numbers = [Int32](repeating: -1, count: scores.count)
    var kept: Int32 = 0
    for i in new.indices {
      guard let score = new[i] else { continue }
      numbers[i] = kept
      scores[Int(kept)] = score
      lengths[Int(kept)] = lengths[i]
      starts[Int(kept)] = starts[i]
      kept += 1
    }
    if Int(kept) < scores.count {
      let old = shorter
      func nearest(_ piece: Int32) -> Int32 {
        var piece = piece
        while piece >= 0, numbers[Int(piece)] < 0 { piece = old[Int(piece)] }
        return piece < 0 ? -1 : numbers[Int(piece)]
      }
      for i in longest.indices where longest[i] >= 0 { longest[i] = nearest(longest[i]) }
      for i in new.indices where numbers[i] >= 0 { shorter[Int(numbers[i])] = nearest(old[i]) }
      scores.removeLast(scores.count - Int(kept))
      lengths.removeLast(lengths.count - Int(kept))
      starts.removeLast(starts.count - Int(kept))
      shorter.removeLast(shorter.count - Int(kept))
    }
  }

  /// Walks over the lattice with plain pointers.
  func withView<T>(_ body: (View) -> T) -> T {
    scores.withUnsafeBufferPointer { scores in
      lengths.withUnsafeBufferPointer { lengths in
        shorter.withUnsafeBufferPointer { shorter in
          longest.withUnsafeBufferPointer { longest in
            characterScores.withUnsafeBufferPointer { characters in
              body(
                View(
                  scores: scores, lengths: lengths, shorter: shorter, longest: longest, characters: characters))
            }
          }
        }
      }
    }
  }

  struct View: @unchecked Sendable {
    let scores: UnsafeBufferPointer<Double>
    let lengths: UnsafeBufferPointer<UInt8>
    let shorter: UnsafeBufferPointer<Int32>
    let longest: UnsafeBufferPointer<Int32>
    let characters: UnsafeBufferPointer<Double>
  }
}
