/// A parsed regular expression.
indirect enum PatternNode: Sendable {
  enum Greed: Sendable { case greedy, lazy, possessive }

  case set(CodePointSet)
  case sequence([PatternNode])
  /// Alternatives, the first that leads to a match counts.
  case choice([PatternNode])
  /// `most`: nil for any number.
  case repetition(PatternNode, least: Int, most: Int?, Greed)
  /// What it has matched first is not reconsidered.
  case atomic(PatternNode)
  case lookAhead(PatternNode, isNegated: Bool)
  case lookBehind(PatternNode, isNegated: Bool)
  case textStart
  case textEnd
  /// At the start of the text, or after a line feed that does not end it.
  case lineStart

  static let empty = PatternNode.sequence([])

  /// Whether it can match without taking a character.
  var isNullable: Bool {
    switch self {
    case .set: false
    case .sequence(let nodes): nodes.allSatisfy(\.isNullable)
    case .choice(let nodes): nodes.contains(where: \.isNullable)
    case .repetition(let node, let least, _, _): least == 0 || node.isNullable
    case .atomic(let node): node.isNullable
    case .lookAhead, .lookBehind, .textStart, .textEnd, .lineStart: true
    }
  }

  /// Whether it can match in one way only.
  var isWithoutChoice: Bool {
    switch self {
    case .set, .lookAhead, .lookBehind, .textStart, .textEnd, .lineStart, .atomic: true
    case .sequence(let nodes): nodes.allSatisfy(\.isWithoutChoice)
    case .choice: false
    case .repetition(let node, let least, let most, _): most == least && node.isWithoutChoice
    }
  }

  /// The most characters that a match can have; nil where there is no limit, or none below a million.
  var longest: Int? {
    switch self {
    case .set: return 1
    case .sequence(let nodes):
      var sum = 0
      for node in nodes {
        guard let length = node.longest, sum + length < 1_000_000 else { return nil }
        sum += length
      }
      return sum
    case .choice(let nodes):
      var most = 0
      for node in nodes {
        guard let length = node.longest else { return nil }
        most = max(most, length)
      }
      return most
    case .repetition(let node, _, let most, _):
      guard let most, let length = node.longest, length * most < 1_000_000 else { return nil }
      return length * most
    case .atomic(let node): return node.longest
    case .lookAhead, .lookBehind, .textStart, .textEnd, .lineStart: return 0
    }
  }

  /// Mirrored, so that it matches backwards; nil where it holds what cannot be mirrored.
  var mirrored: PatternNode? {
    switch self {
    case .set, .textStart, .lineStart: return self
    case .sequence(let nodes):
      let parts = nodes.reversed().compactMap(\.mirrored)
      return parts.count == nodes.count ? .sequence(parts) : nil
    case .choice(let nodes):
      let parts = nodes.compactMap(\.mirrored)
      return parts.count == nodes.count ? .choice(parts) : nil
    case .repetition(let node, let least, let most, .greedy), .repetition(let node, let least, let most, .lazy):
      return node.mirrored.map { .repetition($0, least: least, most: most, .greedy) }
    case .repetition, .atomic, .lookAhead, .lookBehind, .textEnd: return nil
    }
  }
}
