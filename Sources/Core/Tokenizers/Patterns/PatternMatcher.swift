/// Runs a program over a text at a time. It keeps what it has learned about the program from text to text, so one
/// matcher serves one thread.
///
/// Sets of steps from which a match can be reached become numbered states of a deterministic automaton as they are met.
/// A long text is read backwards twice, first to note the states at the borders of blocks, then block by block, so that
/// memory does not grow with the text.
final class PatternMatcher {
  private let program: PatternProgram
  private let classes: CharacterClasses
  private let words: Int
  private let contexts: Int
  /// How many entries a state has in `transitions`: classes × contexts.
  private let width: Int
  private let mostStates: Int
  private let blockLength: Int

  /// Bits of each state: which steps lead to a match.
  private var bits: [UInt64] = []
  private var stateCount = 0
  private var numbers: [ArraySlice<UInt64>: UInt16] = [:]
  /// State after (before, in the text) a state and a character; 0: not known yet.
  private var transitions: [UInt16] = []
  /// Where a match may be after a character: the start, and what follows a set. By number, their steps.
  private var resumes: [Int] = []
  private var resumeNumbers: [Int: Int] = [:]
  /// By state and resume: 0 not known yet, else what ``resolve(_:_:)`` says.
  private var moves: [UInt16] = []
  /// Where the blocks of the text at hand begin, and its end; the state at the end of each, where there are several.
  private var borders: [Int] = []
  private var saved: [[UInt64]] = []
  /// The state at the end of a text that no condition looks at; 0: not known yet.
  private var endState: UInt16 = 0
  private let lookBehind = LookBehind()
  /// The state at each byte of the block at hand where a character begins, and at its end.
  private var states: [UInt16] = [0]

  private static let matched: UInt16 = 1
  private static let dead: UInt16 = 2

  init(_ program: PatternProgram, _ classes: CharacterClasses, blockLength: Int = 1 << 15) {
    self.program = program
    self.classes = classes
    words = program.steps.count / 64 + 1
    contexts = 1 << program.conditions.count
    width = classes.count * contexts
    resumes = [program.start]
    resumeNumbers = [program.start: 0]
    for step in program.steps {
      guard case .set(_, let next) = step, resumeNumbers[next] == nil else { continue }
      resumeNumbers[next] = resumes.count
      resumes.append(next)
    }
    // Tables of some 8 MB; a block may add as many states as it has characters.
    let bytes = width * 2 + resumes.count * 2 + words * 8 + 64
    mostStates = min(30_000, max(256, (8 << 20) / bytes))
    self.blockLength = min(blockLength, mostStates)
    forgetStates()
  }

  private func forgetStates() {
    endState = 0
    stateCount = 1
    bits = [UInt64](repeating: 0, count: words)
    transitions = [UInt16](repeating: 0, count: width)
    moves = [UInt16](repeating: 0, count: resumes.count)
    numbers.removeAll(keepingCapacity: true)
  }

  // MARK: - Backwards

  /// The number of a state with these bits.
  private func state(_ new: [UInt64]) -> UInt16 {
    if let number = numbers[new[...]] { return number }
    let number = UInt16(stateCount)
    stateCount += 1
    bits += new
    transitions += repeatElement(0, count: width)
    moves += repeatElement(0, count: resumes.count)
    numbers[new[...]] = number
    return number
  }

  /// The steps that lead to a match at a place.
  /// - Parameters:
  ///   - after: the state at the next character; nil at the end of the text.
  ///   - character: the class of the character here.
  ///   - context: which conditions on the text before hold here.
  private func reach(after: UInt16?, _ character: Int, _ context: Int) -> [UInt64] {
    var alive = [UInt64](repeating: 0, count: words)
    func isAlive(_ step: Int) -> Bool { alive[step / 64] >> UInt64(step % 64) & 1 == 1 }
    if let after {
      let base = Int(after) * words
      for (index, step) in program.steps.enumerated() {
        guard case .set(let set, let next) = step, classes.contains(set: set, character),
          bits[base + next / 64] >> UInt64(next % 64) & 1 == 1
        else { continue }
        alive[index / 64] |= 1 << UInt64(index % 64)
      }
    }
    for index in program.order {
      let leads: Bool
      switch program.steps[index] {
      case .match: leads = true
      case .set: continue
      case .fork(let first, let second): leads = isAlive(first) || isAlive(second)
      case .cut(let first, let second, let probe): leads = isAlive(probe) ? isAlive(first) : isAlive(second)
      case .ahead(let start, let isNegated, let next): leads = isAlive(start) != isNegated && isAlive(next)
      case .behind(let condition, let isNegated, let next):
        leads = (context >> condition & 1 == 1) != isNegated && isAlive(next)
      case .textEnd(let next): leads = after == nil && isAlive(next)
      }
      if leads { alive[index / 64] |= 1 << UInt64(index % 64) }
    }
    return alive
  }

  /// The states of `low..<high` and at `high`, where `last` is; returns that at `low`.
  private func readBackwards(_ text: UnsafeBufferPointer<UInt8>, _ low: Int, _ high: Int, from last: UInt16) -> UInt16 {
    if states.count <= high - low { states = [UInt16](repeating: 0, count: high - low + 1) }
    guard let base = text.baseAddress else {
      states[0] = last
      return last
    }
    states[high - low] = last
    return classes.withTables { pageNumbers, pages in
      var state = last
      var at = high
      while at > low {
        // Learning a transition may move the tables.
        let learns = states.withUnsafeMutableBufferPointer { states -> Int? in
          transitions.withUnsafeBufferPointer { transitions -> Int? in
            while at > low {
              var (start, character) = character(base, before: at, pageNumbers, pages)
              if contexts > 1 { character = character * contexts + context(text, start, pageNumbers, pages) }
              let next = transitions[Int(state) * width + character]
              if next == 0 { return character }
              state = next
              at = start
              states[at - low] = next
            }
            return nil
          }
        }
        if let learns {
          let next = self.state(reach(after: state, learns / contexts, learns % contexts))
          transitions[Int(state) * width + learns] = next
        }
      }
      return state
    }
  }

  // MARK: - Conditions on the text before

  private func context(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ pageNumbers: UnsafePointer<UInt16>, _ pages: UnsafePointer<UInt16>
  ) -> Int {
    guard let base = text.baseAddress else { return context(text, at, previous: nil) }
    guard at > 0 else { return context(text, at, previous: nil) }
    let scalar = LookBehind.scalar(base, LookBehind.before(base, at), at)
    return context(text, at, previous: Int(pages[Int(pageNumbers[scalar >> 8]) << 8 | scalar & 0xFF]))
  }

  private func context(_ text: UnsafeBufferPointer<UInt8>, _ at: Int, previous: Int?) -> Int {
    var result = 0
    for (index, condition) in program.conditions.enumerated() {
      let holds =
        switch condition {
        case .textStart: at == 0
        case .lineStart: at == 0 || at < text.count && text[at - 1] == 0x0A
        case .character(let set): previous.map { classes.contains(set: set, $0) } ?? false
        case .mirrored(let number): lookBehind.matches(program.mirrored[number], text, endingAt: at)
        }
      if holds { result |= 1 << index }
    }
    return result
  }

  // MARK: - Forwards

  /// The next of several texts that holds a match, which reading backwards alone tells.
  /// - Parameters:
  ///   - arena: the texts, one behind the other.
  ///   - starts: where each begins, and the end of the last.
  /// - Returns: the number of texts where there is none; empty texts do not count.
  func nextMatch(
    in arena: UnsafeBufferPointer<UInt8>, _ starts: UnsafeBufferPointer<UInt32>, from first: Int
  ) -> Int {
    let count = starts.count - 1
    guard contexts == 1, let base = arena.baseAddress else {
      return (first..<count).first { number in
        var isFound = false
        let text = UnsafeBufferPointer(rebasing: arena[Int(starts[number])..<Int(starts[number + 1])])
        if !text.isEmpty { forEachMatch(in: text) { _ in isFound = true } }
        return isFound
      } ?? count
    }
    let (resumeCount, width) = (resumes.count, width)
    var number = first
    var at = first < count ? Int(starts[first + 1]) : 0
    if endState == 0 { endState = state(reach(after: nil, 0, 0)) }
    var state = endState
    return classes.withTables { pageNumbers, pages in
      while number < count {
        var unknown = 0
        // Learning may move the tables.
        let answer = transitions.withUnsafeBufferPointer { transitions in
          moves.withUnsafeBufferPointer { moves -> Answer in
            while number < count {
              let start = Int(starts[number])
              while start < Int(starts[number + 1]) {
                let move = moves[Int(state) * resumeCount]
                if move == 0 { return .learnsMove }
                if move != Self.dead { return .found }
                guard at > start else { break }
                let (before, character) = character(base, before: at, pageNumbers, pages)
                let next = transitions[Int(state) * width + character]
                if next == 0 {
                  unknown = character
                  return .learnsState
                }
                state = next
                at = before
              }
              number += 1
              at = number < count ? Int(starts[number + 1]) : 0
              state = endState
            }
            return .none
          }
        }
        switch answer {
        case .found: return number
        case .none: return count
        case .learnsMove: moves[Int(state) * resumeCount] = resolve(Int(state), 0)
        case .learnsState:
          guard stateCount <= mostStates else {
            // Begins with this text again.
            forgetStates()
            endState = self.state(reach(after: nil, 0, 0))
            (at, state) = (Int(starts[number + 1]), endState)
            continue
          }
          let next = self.state(reach(after: state, unknown, 0))
          transitions[Int(state) * width + unknown] = next
          state = next
          at = LookBehind.before(base, at)
        }
      }
      return count
    }
  }

  private enum Answer { case found, none, learnsMove, learnsState }

  /// Where the character before `at` begins, and its class.
  @inline(__always)
  private func character(
    _ base: UnsafePointer<UInt8>, before at: Int, _ pageNumbers: UnsafePointer<UInt16>, _ pages: UnsafePointer<UInt16>
  ) -> (start: Int, number: Int) {
    let lead = Int(base[at - 1])
    if lead < 0x80 { return (at - 1, Int(pages[lead])) }
    let start = LookBehind.before(base, at)
    let scalar = LookBehind.scalar(base, start, at)
    return (start, Int(pages[Int(pageNumbers[scalar >> 8]) << 8 | scalar & 0xFF]))
  }

  /// What a match does at a place: it is done there, or it takes the character and goes on from a resume (plus 3).
  private func resolve(_ state: Int, _ resume: Int) -> UInt16 {
    let base = state * words
    func isAlive(_ step: Int) -> Bool { bits[base + step / 64] >> UInt64(step % 64) & 1 == 1 }
    var step = resumes[resume]
    guard isAlive(step) else { return Self.dead }
    while true {
      switch program.steps[step] {
      case .match: return Self.matched
      case .set(_, let next): return UInt16(resumeNumbers[next] ?? 0) + 3
      case .fork(let first, let second): step = isAlive(first) ? first : second
      case .cut(let first, let second, let probe): step = isAlive(probe) ? first : second
      case .ahead(_, _, let next), .behind(_, _, let next), .textEnd(let next): step = next
      }
    }
  }

  /// All matches in order, none overlapping, as the iterators of the official libraries find them: an empty match at
  /// the end of the match before does not count.
  func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
    let count = text.count
    if stateCount > mostStates { forgetStates() }
    // From the end of the text to its start.
    // The end of a text without conditions is the same every time.
    var last = contexts == 1 && endState > 0 ? endState : 0
    if last == 0 {
      last = state(reach(after: nil, 0, contexts > 1 ? classes.withTables { context(text, count, $0, $1) } : 0))
      endState = last
    }
    guard count > blockLength else {
      borders.removeAll(keepingCapacity: true)
      borders.append(0)
      borders.append(count)
      _ = readBackwards(text, 0, count, from: last)
      return goForwards(text, body)
    }
    borders = [count]
    var low = count
    while low > 0 {
      low = max(0, low - blockLength)
      if let base = text.baseAddress { while low > 0, base[low] & 0xC0 == 0x80 { low -= 1 } }
      borders.append(low)
    }
    borders.reverse()
    saved.removeAll()
    for block in stride(from: borders.count - 2, through: 0, by: -1) {
      let lastBits = Array(bits[(Int(last) * words)..<((Int(last) + 1) * words)])
      saved.append(lastBits)
      if stateCount > mostStates {
        forgetStates()
        last = state(lastBits)
      }
      last = readBackwards(text, borders[block], borders[block + 1], from: last)
    }
    saved.reverse()
    goForwards(text, body)
  }

  /// From the start of the text to its end, where the first block has been read.
  private func goForwards(_ text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
    let count = text.count
    var block = 0
    var at = 0
    var previousEnd = -1
    while at <= count {
      var resume = 0
      var start = at
      var isFound = false
      while true {
        while at >= borders[block + 1], at < count {
          block += 1
          if stateCount > mostStates { forgetStates() }
          _ = readBackwards(text, borders[block], borders[block + 1], from: state(saved[block]))
        }
        let learns = walk(text, &at, &start, &resume, borders[block], min(borders[block + 1], count), &isFound)
        if isFound { break }
        guard let learns else {
          if at >= count { return }
          continue
        }
        moves[learns.state * resumes.count + learns.resume] = resolve(learns.state, learns.resume)
      }
      if at == start, start == previousEnd {
        // Look again behind the next character.
        guard at < count else { return }
        at += 1
        while at < count, text[at] & 0xC0 == 0x80 { at += 1 }
        continue
      }
      previousEnd = at
      body(start..<at)
    }
  }

  /// Goes on through the block at hand until a match is done (`isFound`), a move is not known (returned), or the block
  /// ends (nil).
  @inline(__always)
  private func walk(
    _ text: UnsafeBufferPointer<UInt8>, _ at: inout Int, _ start: inout Int, _ resume: inout Int, _ low: Int,
    _ high: Int,
    _ isFound: inout Bool
  ) -> (state: Int, resume: Int)? {
    let resumeCount = resumes.count
    let count = text.count
    return states.withUnsafeBufferPointer { states in
      moves.withUnsafeBufferPointer { moves in
        while true {
          let state = Int(states[at - low])
          let move = moves[state * resumeCount + resume]
          if move == Self.matched {
            isFound = true
            return nil
          }
          if move == 0 { return (state, resume) }
          if at >= count {
            at = count
            return nil
          }
          at += 1
          if let base = text.baseAddress { while at < count, base[at] & 0xC0 == 0x80 { at += 1 } }
          if move == Self.dead { start = at } else { resume = Int(move) - 3 }
          if at >= high, high < count { return nil }
        }
      }
    }
  }
}
