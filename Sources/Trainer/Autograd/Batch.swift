import Core

/// Sequences of one forward pass, laid end to end without padding.
public struct Batch: Sendable, Equatable {
  /// Input tokens of all sequences.
  public var ids: [TokenID] = []
  /// What each position should predict; negative: not supervised.
  public var targets: [TokenID] = []
  /// Where each sequence begins, and the end of the last.
  public var starts: [Int] = [0]

  public init() {}

  /// - Parameter sequences: inputs and their targets, of equal length.
  public init(_ sequences: [(ids: [TokenID], targets: [TokenID])]) {
    for sequence in sequences { append(ids: sequence.ids[...], targets: sequence.targets[...]) }
  }

  public mutating func append(ids new: ArraySlice<TokenID>, targets newTargets: ArraySlice<TokenID>) {
    precondition(new.count == newTargets.count, "one target a position")
    guard !new.isEmpty else { return }
    ids += new
    targets += newTargets
    starts.append(ids.count)
  }

  public mutating func removeAll() {
    ids.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    starts.append(0)
  }

  public var tokenCount: Int { ids.count }
  public var sequenceCount: Int { starts.count - 1 }
  public var supervisedCount: Int { targets.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) } }
  public var longestSequence: Int { (0..<sequenceCount).reduce(0) { max($0, starts[$1 + 1] - starts[$1]) } }
}
