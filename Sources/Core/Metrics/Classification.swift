/// What a classifier got right, label by label.
public struct Classification: Sendable, Equatable {
  public struct Label: Sendable, Equatable {
    public var name: String
    public var truePositives = 0
    public var falsePositives = 0
    public var falseNegatives = 0

    public var precision: Double { ratio(truePositives, truePositives + falsePositives) }
    public var recall: Double { ratio(truePositives, truePositives + falseNegatives) }
    public var f1: Double { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

    private func ratio(_ a: Int, _ b: Int) -> Double { b > 0 ? Double(a) / Double(b) : 0 }
  }

  /// In alphabetical order.
  public var labels: [Label]
  public var correct: Int
  public var count: Int

  /// Compares predictions with the labels they should have been, pair by pair.
  public init(expected: some Sequence<String>, predicted: some Sequence<String>) {
    var byName = [String: Label]()
    correct = 0
    count = 0
    for (want, got) in zip(expected, predicted) {
      count += 1
      if want == got {
        correct += 1
        byName[want, default: Label(name: want)].truePositives += 1
      } else {
        byName[want, default: Label(name: want)].falseNegatives += 1
        byName[got, default: Label(name: got)].falsePositives += 1
      }
    }
    labels = byName.values.sorted { $0.name < $1.name }
  }

  public var accuracy: Double { count > 0 ? Double(correct) / Double(count) : 0 }
  /// The mean of the labels' F1, each label counting the same.
  public var macroF1: Double {
    labels.isEmpty ? 0 : labels.reduce(0) { $0 + $1.f1 } / Double(labels.count)
  }
}
