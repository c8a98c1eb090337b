/// Overlap of a text with a reference (Lin 2004).
public struct Rouge: Sendable, Equatable {
  public var recall: Double
  public var precision: Double
  public var f1: Double { Rouge.f(recall, precision, beta: 1) }

  public init(recall: Double, precision: Double) {
    self.recall = recall
    self.precision = precision
  }

  /// F-measure with recall weighted β times as much as precision.
  public func f(beta: Double) -> Double { Rouge.f(recall, precision, beta: beta) }

  private static func f(_ recall: Double, _ precision: Double, beta: Double) -> Double {
    let weight = beta * beta
    let denominator = recall + weight * precision
    return denominator > 0 ? (1 + weight) * recall * precision / denominator : 0
  }

  /// ROUGE-N: n-grams in common, each counted as often as it stands in both.
  public static func n<Word: Hashable>(_ n: Int, reference: [Word], output: [Word]) -> Rouge {
    guard n > 0 else { return Rouge(recall: 0, precision: 0) }
    func grams(_ words: [Word]) -> [ArraySlice<Word>: Int] {
      guard words.count >= n else { return [:] }
      var counts = [ArraySlice<Word>: Int]()
      for i in 0...(words.count - n) { counts[words[i..<i + n], default: 0] += 1 }
      return counts
    }
    let wanted = grams(reference)
    let given = grams(output)
    let common = given.reduce(0) { $0 + min($1.value, wanted[$1.key] ?? 0) }
    return Rouge(common: common, reference: reference.count - n + 1, output: output.count - n + 1)
  }

  /// ROUGE-L: the longest common subsequence.
  public static func l<Word: Hashable>(reference: [Word], output: [Word]) -> Rouge {
    Rouge(
      common: longestCommonSubsequence(reference, output), reference: reference.count, output: output.count)
  }

  private init(common: Int, reference: Int, output: Int) {
    recall = reference > 0 ? Double(common) / Double(reference) : 0
    precision = output > 0 ? Double(common) / Double(output) : 0
  }

  /// Length of the longest common subsequence; memory is linear in the shorter side.
  public static func longestCommonSubsequence<Word: Hashable>(_ a: [Word], _ b: [Word]) -> Int {
    let (long, short) = a.count >= b.count ? (a, b) : (b, a)
    var row = [Int](repeating: 0, count: short.count + 1)
    for x in long {
      var diagonal = 0
      for (j, y) in short.enumerated() {
        let above = row[j + 1]
        row[j + 1] = x == y ? diagonal + 1 : max(above, row[j])
        diagonal = above
      }
    }
    return row[short.count]
  }

  /// Words as ROUGE counts them: lower case, letters and digits only.
  public static func words(_ text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
  }
}
