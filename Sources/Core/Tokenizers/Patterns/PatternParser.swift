/// What stands in a pattern that cannot be used, and why.
public struct PatternError: Error, CustomStringConvertible, Equatable {
  /// What was found, with its place: "a back-reference at character 7".
  public let found: String
  public var description: String { found }

  init(_ what: String, at place: Int? = nil) { found = place.map { "\(what) at character \($0 + 1)" } ?? what }
}

/// Parses a regular expression to a ``PatternNode``.
struct PatternParser {
  private struct Options {
    var ignoresCase = false
    var dotTakesLineFeeds = false
    /// `^` and `$` at every line (Rust; in Oniguruma they always are).
    var isMultiline = false
    var isExtended = false
    /// Lazy and greedy change places (Rust).
    var isSwapped = false
  }

  let dialect: SplitPattern.Dialect
  let scalars: [UInt32]
  var at = 0
  private var options = Options()
  private var depth = 0

  /// Groups may stand inside each other this deep.
  static let deepest = 100
  static let longestPattern = 1 << 16
  /// Oniguruma's own limit.
  static let mostRepeats = 100_000

  private init(_ text: String, _ dialect: SplitPattern.Dialect) {
    scalars = text.unicodeScalars.map(\.value)
    self.dialect = dialect
  }

  static func parse(_ text: String, dialect: SplitPattern.Dialect) throws(PatternError) -> PatternNode {
    guard text.utf8.count <= longestPattern else { throw PatternError("a pattern of \(text.utf8.count) bytes") }
    var parser = PatternParser(text, dialect)
    let node = try parser.alternatives()
    guard parser.at == parser.scalars.count else { throw PatternError("a group that closes twice", at: parser.at) }
    return node
  }

  var ignoresCase: Bool { options.ignoresCase }

  // MARK: - Characters

  var isAtEnd: Bool { at >= scalars.count }

  func peek(_ ahead: Int = 0) -> UInt32 { at + ahead < scalars.count ? scalars[at + ahead] : 0 }

  func isNext(_ text: StaticString) -> Bool {
    for i in 0..<text.utf8CodeUnitCount {
      guard at + i < scalars.count, scalars[at + i] == UInt32(text.utf8Start[i]) else { return false }
    }
    return true
  }

  mutating func take(_ text: StaticString) -> Bool {
    guard isNext(text) else { return false }
    at += text.utf8CodeUnitCount
    return true
  }

  mutating func takeName(until end: Character) throws(PatternError) -> String {
    let start = at
    var name = ""
    while !isAtEnd, name.count < 64 {
      guard let scalar = Unicode.Scalar(scalars[at]) else { break }
      at += 1
      if Character(scalar) == end { return name }
      name.unicodeScalars.append(scalar)
    }
    throw PatternError("a name without its end", at: start)
  }

  // MARK: - Structure

  /// Up to the end of the group.
  private mutating func alternatives() throws(PatternError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw PatternError("groups more than \(Self.deepest) deep", at: at) }
    let outer = options
    defer { options = outer }
    var branches: [PatternNode] = []
    repeat { branches.append(try branch()) } while take("|")
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func branch() throws(PatternError) -> PatternNode {
    var nodes: [PatternNode] = []
    while !isAtEnd, !isNext("|"), !isNext(")") {
      if options.isExtended, skipSpace() { continue }
      guard let node = try atom() else { continue }
      nodes.append(try repeated(node))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// In extended patterns white space and comments say nothing.
  private mutating func skipSpace() -> Bool {
    if peek() == UInt32(UInt8(ascii: "#")) {
      while !isAtEnd, peek() != 0x0A { at += 1 }
      return true
    }
    guard [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D].contains(peek()) else { return false }
    at += 1
    return true
  }

  /// One thing that can be repeated; nil for what only sets options, and for comments.
  private mutating func atom() throws(PatternError) -> PatternNode? {
    let place = at
    let scalar = scalars[at]
    at += 1
    switch scalar {
    case UInt32(UInt8(ascii: "(")): return try group()
    case UInt32(UInt8(ascii: "[")): return .set(try characterClass())
    case UInt32(UInt8(ascii: ".")): return dot
    case UInt32(UInt8(ascii: "^")):
      return dialect == .oniguruma ? .lineStart : options.isMultiline ? Self.rustLineStart : .textStart
    case UInt32(UInt8(ascii: "$")): return dialect == .oniguruma || options.isMultiline ? Self.lineEnd : .textEnd
    case UInt32(UInt8(ascii: "\\")): return try escape()
    case UInt32(UInt8(ascii: "*")), UInt32(UInt8(ascii: "+")), UInt32(UInt8(ascii: "?")):
      throw PatternError("a repeat of nothing", at: place)
    default: return literal(scalar)
    }
  }

  private static let lineFeed = PatternNode.set(CodePointSet(0x0A))
  private static let lineEnd = PatternNode.choice([.textEnd, .lookAhead(lineFeed, isNegated: false)])
  private static let rustLineStart = PatternNode.choice([.textStart, .lookBehind(lineFeed, isNegated: false)])

  private var dot: PatternNode { .set(options.dotTakesLineFeeds ? .all : CodePointSet(0x0A).inverted) }

  func literal(_ scalar: UInt32) -> PatternNode { .set(cased(CodePointSet(scalar))) }

  func cased(_ set: CodePointSet) -> CodePointSet { options.ignoresCase ? set.withAllCases : set }

  // MARK: - Groups

  private mutating func group() throws(PatternError) -> PatternNode? {
    let place = at - 1
    guard take("?") else { return try closed(place) { $0 } }
    if take(":") { return try closed(place) { $0 } }
    if take(">") { return try closed(place) { .atomic($0) } }
    if take("=") { return try closed(place) { .lookAhead($0, isNegated: false) } }
    if take("!") { return try closed(place) { .lookAhead($0, isNegated: true) } }
    if take("<=") { return try closed(place) { .lookBehind($0, isNegated: false) } }
    if take("<!") { return try closed(place) { .lookBehind($0, isNegated: true) } }
    if take("#") {
      while !isAtEnd, !isNext(")") { at += 1 }
      guard take(")") else { throw PatternError("a comment without its end", at: place) }
      return nil
    }
    if isNext("P=") || isNext("P>") { throw PatternError("a back-reference or call by name", at: place) }
    if take("P<") || take("<") {
      _ = try takeName(until: ">")
      return try closed(place) { $0 }
    }
    if take("'") {
      _ = try takeName(until: "'")
      return try closed(place) { $0 }
    }
    if isNext("(") { throw PatternError("a condition", at: place) }
    if isNext("~") { throw PatternError("an absent operator", at: place) }
    if isNext("R") || isNext("&") || (0x30...0x39).contains(peek()) { throw PatternError("a recursion", at: place) }
    return try optionGroup(place)
  }

  private mutating func closed(
    _ place: Int, _ wrap: (PatternNode) -> PatternNode
  ) throws(PatternError) -> PatternNode {
    let inner = try alternatives()
    guard take(")") else { throw PatternError("a group without its end", at: place) }
    return wrap(inner)
  }

  /// `(?i)`, `(?i-m:…)`.
  private mutating func optionGroup(_ place: Int) throws(PatternError) -> PatternNode? {
    var new = options
    var isOn = true
    while !isAtEnd {
      let letter = peek()
      at += 1
      switch letter {
      case UInt32(UInt8(ascii: "-")): isOn = false
      case UInt32(UInt8(ascii: "i")): new.ignoresCase = isOn
      case UInt32(UInt8(ascii: "x")): new.isExtended = isOn
      case UInt32(UInt8(ascii: "m")):
        if dialect == .oniguruma { new.dotTakesLineFeeds = isOn } else { new.isMultiline = isOn }
      case UInt32(UInt8(ascii: "s")) where dialect == .rust: new.dotTakesLineFeeds = isOn
      case UInt32(UInt8(ascii: "u")) where dialect == .rust && isOn: break
      case UInt32(UInt8(ascii: "U")) where dialect == .rust: new.isSwapped = isOn
      case UInt32(UInt8(ascii: ":")):
        let outer = options
        options = new
        defer { options = outer }
        return try closed(place) { $0 }
      case UInt32(UInt8(ascii: ")")):
        options = new
        // Ruby's syntax takes what follows, with its alternatives, as a group of its own.
        return dialect == .oniguruma ? try alternatives() : nil
      default: throw PatternError("the unknown group option \(Self.text(letter))", at: at - 1)
      }
    }
    throw PatternError("a group without its end", at: place)
  }

  static func text(_ scalar: UInt32) -> String { Unicode.Scalar(scalar).map { "\"\($0)\"" } ?? "?" }

  // MARK: - Repeats

  private mutating func repeated(_ node: PatternNode) throws(PatternError) -> PatternNode {
    var node = node
    while !isAtEnd {
      if options.isExtended, skipSpace() { continue }
      let place = at
      var least = 0
      var most: Int?
      var isInterval = false
      if take("*") {
      } else if take("+") {
        least = 1
      } else if take("?") {
        most = 1
      } else if isNext("{"), let (low, high) = try interval() {
        (least, most, isInterval) = (low, high, true)
      } else {
        return node
      }
      if let most, most < least { throw PatternError("a repeat of at least \(least) and at most \(most)", at: place) }
      var greed = PatternNode.Greed.greedy
      // In Ruby's syntax `a{2}?` and `a{2,3}+` are repeats of repeats.
      if !(isInterval && dialect == .oniguruma && most == least), take("?") {
        greed = .lazy
      } else if !(isInterval && dialect == .oniguruma), take("+") {
        greed = .possessive
      }
      if options.isSwapped, greed != .possessive { greed = greed == .lazy ? .greedy : .lazy }
      node = .repetition(node, least: least, most: most, greed)
    }
    return node
  }

  /// `{2}`, `{2,}`, `{2,4}`, `{,4}`; nil (and nothing taken) for braces that are text.
  private mutating func interval() throws(PatternError) -> (Int, Int?)? {
    let place = at
    at += 1
    let low = number()
    var high = low
    let hasComma = take(",")
    if hasComma { high = number() }
    guard take("}"), low != nil || hasComma && high != nil else {
      at = place
      return nil
    }
    guard low ?? 0 <= Self.mostRepeats, high ?? 0 <= Self.mostRepeats else {
      throw PatternError("a repeat of more than \(Self.mostRepeats)", at: place)
    }
    return (low ?? 0, high)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while (0x30...0x39).contains(peek()), !isAtEnd {
      value = min((value ?? 0) * 10 + Int(peek() - 0x30), Self.mostRepeats + 1)
      at += 1
    }
    return value
  }
}
