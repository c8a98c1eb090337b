import Core
import Synchronization

/// Several tokenizers on the same text.
public struct CompareState: Sendable {
  public struct Entry: Sendable {
    /// No two entries have the same, whatever they are called.
    public let number: Int
    private static let numbers = Atomic<Int>(0)
    public var name: String
    /// Its file or folder; empty for the one that the text is seen through.
    public var path: String
    public var tokenizer: (any Tokenizer)?
    /// Why it is not there.
    public var problem: String?

    public init(name: String, path: String, tokenizer: (any Tokenizer)? = nil, problem: String? = nil) {
      number = Self.numbers.wrappingAdd(1, ordering: .relaxed).newValue
      self.name = name
      self.path = path
      self.tokenizer = tokenizer
      self.problem = problem
    }
  }

  /// Those beside the one that the text is seen through, in the order they were chosen.
  public var others: [Entry] = []
  /// Of all, that one being the first.
  public var selection = 0
  /// The last that was made; shown is ``TokensState/comparison``.
  fileprivate var made: TokenizerComparison?
  /// What ``made`` is about.
  fileprivate(set) var key = Key(serial: -1, others: [])
  /// The difference that was gone to.
  public var difference: Range<Int>?
  /// Whether the difference is to be brought in sight.
  var seeks = false
  /// The byte at which the first block begins.
  public var top = 0
  /// What was last laid out; kept by ``Frame``.
  var page = ComparePage()

  package struct Key: Sendable, Equatable {
    /// Of the text, which is that of its first tokenizer too.
    var serial: Int
    var others: [Int]
  }

  public init() {}

  public static let most = TokenizerComparison.mostTokenizers

  /// The rows of a comparison from the fewest tokens to the most.
  package static func ranking(_ comparison: TokenizerComparison?) -> [Int] {
    guard let rows = comparison?.rows else { return [] }
    return rows.indices.sorted { (rows[$0].neededTokens, $0) < (rows[$1].neededTokens, $1) }
  }

  /// Rows that need the fewest tokens of the vocabularies of about their size, where there are several sizes.
  static func best(_ comparison: TokenizerComparison) -> Set<Int> {
    let rows = comparison.rows
    guard rows.count > 1 else { return [] }
    let groups = Dictionary(grouping: rows.indices) { sizeClass(rows[$0].vocabularySize) }
    return Set(
      groups.values.compactMap { group in
        group.filter { rows[$0].failure == nil }
          .min { (rows[$0].neededTokens, $0) < (rows[$1].neededTokens, $1) }
      })
  }

  /// Vocabularies are made to sizes like these; the next is twice as large.
  static func sizeClass(_ size: Int) -> Int { [40_000, 80_000, 180_000].firstIndex { size <= $0 } ?? 3 }
}

struct ComparePage: Sendable {
  var blocks: [CompareBlock] = []
  /// The byte after the last block; nil at the end of the text.
  var next: Int?
}

extension TokensState {
  /// All that are compared, the one that the text is seen through first.
  var compared: [CompareState.Entry] {
    [CompareState.Entry(name: tokenizerName, path: tokenizerPath, tokenizer: result.tokenizer)]
      + compare.others.filter { $0.tokenizer != nil }
  }

  package var compareKey: CompareState.Key {
    CompareState.Key(
      serial: result.serial, others: compare.others.filter { $0.tokenizer != nil }.map(\.number))
  }

  /// The comparison, when it is of the text and the tokenizers that are shown; nil while it is being made.
  package var comparison: TokenizerComparison? { compare.key == compareKey ? compare.made : nil }

  /// Takes what was asked for, unless something else is of interest by now.
  package mutating func take(_ comparison: TokenizerComparison, key: CompareState.Key) {
    guard key == compareKey else { return }
    (compare.made, compare.key) = (comparison, key)
  }

  /// Goes to a difference before or after the one last seen.
  mutating func moveDifference(_ step: Int) -> Bool {
    guard let comparison else { return false }
    let found: Int?
    if let here = compare.difference {
      found =
        step > 0
        ? comparison.nextDifference(after: here.lowerBound) : comparison.previousDifference(before: here.lowerBound)
    } else {
      found =
        step > 0
        ? comparison.nextDifference(after: compare.top - 1) : comparison.previousDifference(before: compare.top)
    }
    guard let found else { return false }
    compare.difference = comparison.segments[found].range
    compare.seeks = true
    return true
  }
}
