import Core

/// Token sequences to train on, in one flat array.
public struct TokenDataset: Sendable {
  private(set) var tokens: [TokenID] = []
  /// Beside the tokens: the token itself, or −100 where it is not learnt. Empty: everything is learnt.
  private(set) var labels: [TokenID] = []
  /// Each is `inputs + 1` tokens: what follows the last input is its target.
  private(set) var sequences: [Range<Int>] = []
  /// Sequences of packed text come after those of rows.
  private(set) var rowSequences = 0

  public init() {}

  public var count: Int { sequences.count }
  public var isEmpty: Bool { sequences.isEmpty }
  /// Input positions of all sequences.
  public var tokenCount: Int { sequences.reduce(0) { $0 + $1.count - 1 } }
  public var supervisedCount: Int {
    sequences.reduce(0) { sum, range in
      sum + (labels.isEmpty ? range.count - 1 : labels[range.dropFirst()].reduce(0) { $0 + ($1 >= 0 ? 1 : 0) })
    }
  }
  public var highestToken: TokenID {
    max(tokens.max() ?? -1, labels.max() ?? -1)
  }

  /// Adds one sequence as it stands, cut at `contextLength` tokens. All rows come before packed text.
  /// - Returns: whether there is something to learn in it; else it is left out.
  @discardableResult
  public mutating func appendRow(ids: [TokenID], labels rowLabels: [TokenID]?, contextLength: Int) -> Bool {
    precondition(rowSequences == sequences.count, "rows come before packed text")
    let count = min(ids.count, contextLength)
    // One token has nothing to predict, and a row without a label teaches nothing.
    guard count >= 2, rowLabels.map({ $0[1..<count].contains { $0 >= 0 } }) ?? true else { return false }
    if rowLabels != nil, labels.isEmpty { labels = tokens }
    let from = tokens.count
    tokens += ids[..<count]
    if let rowLabels {
      labels += rowLabels[..<count].map { $0 < 0 ? -100 : $0 }
    } else if !labels.isEmpty {
      labels += ids[..<count]
    }
    sequences.append(from..<tokens.count)
    rowSequences += 1
    return true
  }

  /// Cuts a stream of tokens into windows of `contextLength` inputs; the target of a window's last input is the first
  /// token of the next.
  public mutating func appendPacked(_ stream: [TokenID], contextLength: Int) {
    let from = tokens.count
    tokens += stream
    if !labels.isEmpty { labels += stream }
    var start = from
    while tokens.count - start >= 2 {
      let end = min(start + contextLength + 1, tokens.count)
      sequences.append(start..<end)
      start = end - 1
    }
  }

  /// Holds out a share: of rows those that the seed draws, of packed text its end.
  public func split(fraction: Double, seed: UInt64) -> (training: TokenDataset, validation: TokenDataset?) {
    func held(_ count: Int) -> Int {
      fraction <= 0 || count < 2 ? 0 : max(1, min(count - 1, Int((Double(count) * fraction).rounded())))
    }
    let packed = sequences.count - rowSequences
    let heldRows = held(rowSequences), heldPacked = held(packed)
    guard heldRows + heldPacked > 0 else { return (self, nil) }
    let order = EpochOrder.permutation(rowSequences, seed: seed ^ 0x5EED_0F_5B11)
    let validationRows = Set(order.prefix(heldRows).map(Int.init))
    var training = self, validation = self
    let cut = sequences.count - heldPacked
    training.sequences = []
    validation.sequences = []
    for (index, sequence) in sequences.enumerated() {
      let isHeld = index < rowSequences ? validationRows.contains(index) : index >= cut
      if isHeld { validation.sequences.append(sequence) } else { training.sequences.append(sequence) }
    }
    training.rowSequences = rowSequences - heldRows
    validation.rowSequences = heldRows
    return (training, validation)
  }

  /// At most so many sequences, spread evenly.
  public func limited(to most: Int) -> TokenDataset {
    guard sequences.count > most, most > 0 else { return self }
    var result = self
    result.sequences = (0..<most).map { sequences[$0 * sequences.count / most] }
    result.rowSequences = 0
    return result
  }

  /// Adds a sequence's inputs and targets to a batch.
  public func append(_ index: Int, to batch: inout Batch) {
    let range = sequences[index]
    batch.append(
      ids: tokens[range.dropLast()], targets: labels.isEmpty ? tokens[range.dropFirst()] : labels[range.dropFirst()])
  }
}

/// The order in which an epoch visits the sequences: a permutation that follows from seed and epoch alone.
public struct EpochOrder: Sendable {
  public let seed: UInt64
  public let shuffle: Bool
  public let count: Int
  private var epoch = -1
  private var order: [Int32] = []

  public init(count: Int, seed: UInt64, shuffle: Bool) {
    self.count = count
    self.seed = seed
    self.shuffle = shuffle
  }

  /// The sequence at a place of an epoch.
  public mutating func sequence(epoch: Int, place: Int) -> Int {
    guard shuffle else { return place }
    if epoch != self.epoch {
      order = Self.permutation(count, seed: seed &+ UInt64(epoch) &* 0x9E37_79B9)
      self.epoch = epoch
    }
    return Int(order[place])
  }

  static func permutation(_ count: Int, seed: UInt64) -> [Int32] {
    var random = RandomGenerator(seed: seed)
    var order = (0..<Int32(count)).map { $0 }
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, Int(random.next() % UInt64(i + 1)))
    }
    return order
  }
}
