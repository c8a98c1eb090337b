/// A pattern as a nondeterministic automaton whose steps, but for taking a character, form no circle.
///
/// The matcher reads text twice. From its end it finds out, at every place, from which steps a match can be reached at
/// all; then from its start it takes at each fork the first way that can (Frisch & Cardelli 2004). Look-ahead and atomic
/// groups are questions about such reachability, so they cost no more than anything else, and nothing is ever undone.
struct PatternProgram: Sendable {
  enum Step: Sendable {
    case match
    case set(Int, next: Int)
    /// `first` where a match can be reached from it, else `second`.
    case fork(first: Int, second: Int)
    /// `first` where a match can be reached from `probe`, else `second`.
    case cut(first: Int, second: Int, probe: Int)
    case ahead(Int, isNegated: Bool, next: Int)
    /// Goes on where a condition on the text before holds: bit `condition` of a context.
    case behind(condition: Int, isNegated: Bool, next: Int)
    case textEnd(next: Int)
  }

  /// A condition on the text before a place.
  enum Condition: Hashable, Sendable {
    case textStart
    case lineStart
    /// The character before is of a set.
    case character(Int)
    /// A pattern matches backwards from here.
    case mirrored(Int)
  }

  var steps: [Step] = []
  var start = 0
  var sets: [CodePointSet] = []
  var conditions: [Condition] = []
  var mirrored: [PatternProgram] = []
  /// Steps that take no character, each after those it leads to.
  var order: [Int] = []

  /// What a pattern may grow to.
  static let mostSteps = 5000
  static let mostConditions = 6
  static let longestLookBehind = 64

  init(_ node: PatternNode) throws(PatternError) {
    var compiler = PatternCompiler()
    let start = try compiler.compile(node)
    (steps, sets, conditions, mirrored) = (compiler.steps, compiler.sets, compiler.conditions, compiler.mirrored)
    self.start = start
    removeUnreachable()
  }

  /// Keeps what the start leads to, and sorts it.
  private mutating func removeUnreachable() {
    var state = [UInt8](repeating: 0, count: steps.count)
    var finished: [Int] = []
    // Steps wait twice: until seen, and until all that they lead to at the same place is finished.
    var waiting: [(step: Int, isSeen: Bool)] = [(start, false)]
    var later: [Int] = []
    while let (step, isSeen) = waiting.popLast() ?? later.popLast().map({ ($0, false) }) {
      if isSeen {
        finished.append(step)
        continue
      }
      guard state[step] == 0 else { continue }
      state[step] = 1
      waiting.append((step, true))
      switch steps[step] {
      case .match: break
      case .set(_, let next): later.append(next)
      case .fork(let a, let b): waiting += [(a, false), (b, false)]
      case .cut(let a, let b, let probe): waiting += [(a, false), (b, false), (probe, false)]
      case .ahead(let a, _, let next): waiting += [(a, false), (next, false)]
      case .behind(_, _, let next), .textEnd(let next): waiting.append((next, false))
      }
    }
    var number = [Int](repeating: -1, count: steps.count)
    for (index, step) in finished.enumerated() { number[step] = index }
    steps = finished.map { steps[$0].renumbered(number) }
    start = number[start]
    order = steps.indices.filter {
      if case .set = steps[$0] { return false }
      return true
    }
  }
}

extension PatternProgram.Step {
  fileprivate func renumbered(_ number: [Int]) -> Self {
    switch self {
    case .match: .match
    case .set(let set, let next): .set(set, next: number[next])
    case .fork(let a, let b): .fork(first: number[a], second: number[b])
    case .cut(let a, let b, let probe): .cut(first: number[a], second: number[b], probe: number[probe])
    case .ahead(let a, let isNegated, let next): .ahead(number[a], isNegated: isNegated, next: number[next])
    case .behind(let condition, let isNegated, let next):
      .behind(condition: condition, isNegated: isNegated, next: number[next])
    case .textEnd(let next): .textEnd(next: number[next])
    }
  }
}

/// Makes a program from a parsed pattern, from its end to its start.
struct PatternCompiler {
  /// What comes after a node, in each of the copies that are made of it at once.
  private struct Next {
    var steps: [Int]
    /// Where a repeat is left out, since its turn took nothing: what comes then is in `steps`, and here what comes once
    /// a character has been taken.
    var afterCharacter: [Int]?
    /// Whether the copies beyond the first are to go where the first one's matches go.
    var isCut = false
  }

  private(set) var steps: [PatternProgram.Step] = [.match]
  private(set) var sets: [CodePointSet] = []
  private(set) var conditions: [PatternProgram.Condition] = []
  private(set) var mirrored: [PatternProgram] = []
  private var setNumbers: [CodePointSet: Int] = [:]
  private var conditionNumbers: [PatternProgram.Condition: Int] = [:]
  private var work = 0

  fileprivate init() {}

  fileprivate mutating func compile(_ node: PatternNode) throws(PatternError) -> Int {
    try compile(node, Next(steps: [0]))[0]
  }

  private mutating func emit(_ step: PatternProgram.Step) throws(PatternError) -> Int {
    guard steps.count < PatternProgram.mostSteps else {
      throw PatternError("a pattern of more than \(PatternProgram.mostSteps) steps")
    }
    steps.append(step)
    return steps.count - 1
  }

  private mutating func number(_ set: CodePointSet) -> Int {
    if let number = setNumbers[set] { return number }
    sets.append(set)
    setNumbers[set] = sets.count - 1
    return sets.count - 1
  }

  private mutating func compile(_ node: PatternNode, _ next: Next) throws(PatternError) -> [Int] {
    work += 1
    guard work <= 8 * PatternProgram.mostSteps else {
      throw PatternError("a pattern of more than \(PatternProgram.mostSteps) steps")
    }
    switch node {
    case .set(let set):
      let number = number(set)
      return try each(next.afterCharacter ?? next.steps) { .set(number, next: $0) }
    case .sequence(let nodes):
      guard let consumed = next.afterCharacter else {
        var next = next
        for node in nodes.reversed() { next.steps = try compile(node, next) }
        return next.steps
      }
      // Both ways at once: nothing taken before a node, and something.
      var taken = Next(steps: consumed, isCut: next.isCut)
      var untaken = next
      for (index, node) in nodes.enumerated().reversed() {
        untaken.afterCharacter = taken.steps
        untaken.steps = try compile(node, untaken)
        if index > 0 { taken.steps = try compile(node, taken) }
      }
      return untaken.steps
    case .choice(let nodes):
      var alternatives: [[Int]] = []
      for node in nodes { alternatives.append(try compile(node, next)) }
      var result = alternatives[nodes.count - 1]
      for alternative in alternatives.dropLast().reversed() {
        result = try fork(first: alternative, second: result, isCut: next.isCut)
      }
      return result
    case .repetition(let inner, let least, let most, .possessive):
      return try compile(.atomic(.repetition(inner, least: least, most: most, .greedy)), next)
    case .repetition(let inner, let least, let most, let greed):
      return try repetition(inner, least, most, greed, next)
    case .atomic(let inner):
      if inner.isWithoutChoice { return try compile(inner, next) }
      let copies = Next(
        steps: [0] + next.steps, afterCharacter: next.afterCharacter.map { [0] + $0 }, isCut: true)
      return Array(try compile(inner, copies).dropFirst())
    case .lookAhead(let inner, let isNegated):
      let start = try compile(inner, Next(steps: [0]))[0]
      return try each(next.steps) { .ahead(start, isNegated: isNegated, next: $0) }
    case .lookBehind(let inner, let isNegated):
      let condition = try condition(behind: inner)
      return try each(next.steps) { .behind(condition: condition, isNegated: isNegated, next: $0) }
    case .textStart:
      let condition = try condition(.textStart)
      return try each(next.steps) { .behind(condition: condition, isNegated: false, next: $0) }
    case .lineStart:
      let condition = try condition(.lineStart)
      return try each(next.steps) { .behind(condition: condition, isNegated: false, next: $0) }
    case .textEnd: return try each(next.steps) { .textEnd(next: $0) }
    }
  }

  private mutating func each(
    _ next: [Int], _ step: (Int) -> PatternProgram.Step
  ) throws(PatternError) -> [Int] {
    var result: [Int] = []
    for next in next { result.append(try emit(step(next))) }
    return result
  }

  private mutating func fork(first: [Int], second: [Int], isCut: Bool) throws(PatternError) -> [Int] {
    var result: [Int] = []
    for i in first.indices { result.append(try emit(forkStep(first, second, i, isCut))) }
    return result
  }

  private func forkStep(_ first: [Int], _ second: [Int], _ i: Int, _ isCut: Bool) -> PatternProgram.Step {
    isCut && i > 0
      ? .cut(first: first[i], second: second[i], probe: first[0]) : .fork(first: first[i], second: second[i])
  }

  private mutating func repetition(
    _ inner: PatternNode, _ least: Int, _ most: Int?, _ greed: PatternNode.Greed, _ next: Next
  ) throws(PatternError) -> [Int] {
    if let consumed = next.afterCharacter {
      // What is left of the repeat once its turn has taken something.
      func rest(_ taken: Int) -> PatternNode {
        .repetition(inner, least: max(0, least - taken), most: most.map { $0 - taken }, greed)
      }
      guard most != 0 else { return next.steps }
      // The first turn; where it takes nothing, so do all others.
      let later = try compile(rest(1), Next(steps: consumed, isCut: next.isCut))
      let turn = try compile(inner, Next(steps: next.steps, afterCharacter: later, isCut: next.isCut))
      return least > 0 ? turn : try fork(turn, next.steps, greed, next.isCut)
    }
    var result: [Int]
    var copies = least
    if let most {
      result = next.steps
      for _ in 0..<(most - least) {
        let turn = try compile(inner, Next(steps: result, isCut: next.isCut))
        result = try fork(turn, next.steps, greed, next.isCut)
      }
    } else {
      // The head of the loop is there before its body, which leads to it.
      var head: [Int] = []
      for _ in next.steps { head.append(try emit(.match)) }
      let isNullable = inner.isNullable
      let turn = try compile(
        inner, Next(steps: isNullable ? next.steps : head, afterCharacter: isNullable ? head : nil, isCut: next.isCut))
      let (first, second) = greed == .lazy ? (next.steps, turn) : (turn, next.steps)
      for i in head.indices { steps[head[i]] = forkStep(first, second, i, next.isCut) }
      result = head
      if least > 0, !isNullable {
        result = turn
        copies -= 1
      }
    }
    let after = next
    for _ in 0..<copies {
      var next = after
      next.steps = result
      result = try compile(inner, next)
    }
    return result
  }

  private mutating func fork(
    _ turn: [Int], _ next: [Int], _ greed: PatternNode.Greed, _ isCut: Bool
  ) throws(PatternError) -> [Int] {
    greed == .lazy
      ? try fork(first: next, second: turn, isCut: isCut) : try fork(first: turn, second: next, isCut: isCut)
  }

  // MARK: - Conditions on the text before

  private mutating func condition(_ condition: PatternProgram.Condition) throws(PatternError) -> Int {
    if let number = conditionNumbers[condition] { return number }
    guard conditions.count < PatternProgram.mostConditions else {
      throw PatternError("more than \(PatternProgram.mostConditions) different look-behinds")
    }
    conditions.append(condition)
    conditionNumbers[condition] = conditions.count - 1
    return conditions.count - 1
  }

  private mutating func condition(behind node: PatternNode) throws(PatternError) -> Int {
    if case .set(let set) = node { return try condition(.character(number(set))) }
    guard let longest = node.longest, longest <= PatternProgram.longestLookBehind else {
      throw PatternError("a look-behind of more than \(PatternProgram.longestLookBehind) characters")
    }
    guard let mirror = node.mirrored else { throw PatternError("a look-behind with look-around or a cut in it") }
    mirrored.append(try PatternProgram(mirror))
    return try condition(.mirrored(mirrored.count - 1))
  }
}
