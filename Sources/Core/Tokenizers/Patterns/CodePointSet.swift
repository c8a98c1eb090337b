/// A set of Unicode code points, as ranges.
struct CodePointSet: Hashable, Sendable {
  static let last: UInt32 = 0x10FFFF
  static let all = CodePointSet([0...last])
  static let none = CodePointSet([])

  /// Ascending, neither overlapping nor touching.
  let ranges: [ClosedRange<UInt32>]

  /// - Parameter ranges: in any order.
  init(_ ranges: [ClosedRange<UInt32>]) {
    var result: [ClosedRange<UInt32>] = []
    result.reserveCapacity(ranges.count)
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let end = result.last?.upperBound, range.lowerBound <= end || range.lowerBound == end + 1 {
        if range.upperBound > end { result[result.count - 1] = result[result.count - 1].lowerBound...range.upperBound }
      } else {
        result.append(range)
      }
    }
    self.ranges = result
  }

  init(_ scalar: UInt32) { ranges = [scalar...scalar] }

  /// A table of ``GeneralCategory`` and its like.
  init(table: StaticString) {
    var reader = RangeReader(table)
    var ranges: [ClosedRange<UInt32>] = []
    while let range = reader.next() { ranges.append(UInt32(range.lowerBound)...UInt32(range.upperBound)) }
    self.ranges = ranges
  }

  init(categories: [GeneralCategory]) { self.init(categories.flatMap { CodePointSet(table: $0.ranges).ranges }) }

  var isEmpty: Bool { ranges.isEmpty }

  func contains(_ scalar: UInt32) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= scalar
  }

  func union(_ other: CodePointSet) -> CodePointSet { CodePointSet(ranges + other.ranges) }

  var inverted: CodePointSet {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    if next <= Self.last { result.append(next...Self.last) }
    return CodePointSet(result)
  }

  func intersection(_ other: CodePointSet) -> CodePointSet {
    var result: [ClosedRange<UInt32>] = []
    var (i, j) = (0, 0)
    while i < ranges.count, j < other.ranges.count {
      let low = max(ranges[i].lowerBound, other.ranges[j].lowerBound)
      let high = min(ranges[i].upperBound, other.ranges[j].upperBound)
      if low <= high { result.append(low...high) }
      if ranges[i].upperBound < other.ranges[j].upperBound { i += 1 } else { j += 1 }
    }
    return CodePointSet(result)
  }

  /// With all characters that are equal to one of it but for their case (simple case folding).
  var withAllCases: CodePointSet {
    var found = self
    // A ring has four characters at most.
    for _ in 0..<4 {
      var added: [ClosedRange<UInt32>] = []
      for run in Self.foldingRuns {
        for i in 0..<run.count {
          let scalar = run.first + UInt32(i * run.step)
          let next = UInt32(Int(scalar) + run.delta)
          if found.contains(scalar), !found.contains(next) { added.append(next...next) }
        }
      }
      if added.isEmpty { break }
      found = CodePointSet(found.ranges + added)
    }
    return found
  }

  private struct FoldingRun {
    var first: UInt32
    var count: Int
    var step: Int
    var delta: Int
  }

  /// See ``UnicodeFolding``.
  private static let foldingRuns: [FoldingRun] = {
    var reader = Base36Reader(UnicodeFolding.runs)
    var runs: [FoldingRun] = []
    var at = 0
    while let distance = reader.number() {
      at += distance
      let step = reader.separator() == UInt8(ascii: ",") ? 1 : 2
      let count = reader.number() ?? 0
      let sign = reader.separator() == UInt8(ascii: "+") ? 1 : -1
      runs.append(FoldingRun(first: UInt32(at), count: count, step: step, delta: sign * (reader.number() ?? 0)))
    }
    return runs
  }()
}
