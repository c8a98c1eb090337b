extension PatternParser {
  /// What follows a backslash outside of classes.
  mutating func escape() throws(PatternError) -> PatternNode {
    let place = at - 1
    guard !isAtEnd else { throw PatternError("a backslash at the end") }
    switch Unicode.Scalar(scalars[at]) {
    case "A": return assertion(.textStart)
    case "z": return assertion(.textEnd)
    case "Z":
      let lineFeed = PatternNode.set(CodePointSet(0x0A))
      return assertion(.choice([.textEnd, .lookAhead(.sequence([lineFeed, .textEnd]), isNegated: false)]))
    case "b": return assertion(wordBorder(isNegated: false))
    case "B": return assertion(wordBorder(isNegated: true))
    case "R":
      let ends = PatternNode.set(CodePointSet([0x0A...0x0D, 0x85...0x85, 0x2028...0x2029]))
      let pair = PatternNode.sequence([.set(CodePointSet(0x0D)), .set(CodePointSet(0x0A))])
      return assertion(.atomic(.choice([pair, ends])))
    case "N": return assertion(.set(CodePointSet(0x0A).inverted))
    case "O": return assertion(.set(.all))
    case "G": throw PatternError("\\G, the end of the match before,", at: place)
    case "K": throw PatternError("\\K, a start of the match that is moved,", at: place)
    case "X": throw PatternError("\\X, a grapheme,", at: place)
    case "k": throw PatternError("a back-reference", at: place)
    case "g": throw PatternError("a call of a group", at: place)
    case .some("1"..."9"): throw PatternError("a back-reference", at: place)
    // Only here, and below U+0100, Oniguruma's words have the numbers that are no digits.
    case "w": return assertion(.set(word))
    case "W": return assertion(.set(word.inverted))
    default: return .set(try escapedSet(place))
    }
  }

  private mutating func assertion(_ node: PatternNode) -> PatternNode {
    at += 1
    return node
  }

  private var word: CodePointSet {
    switch dialect {
    case .oniguruma: CodePointSet.word.union(CodePointSet([0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE]))
    case .rust: classWord
    }
  }

  private var classWord: CodePointSet {
    dialect == .oniguruma ? .word : CodePointSet.word.union(CodePointSet([0x200C...0x200D]))
  }

  private func wordBorder(isNegated: Bool) -> PatternNode {
    let word = PatternNode.set(word)
    func at(before: Bool, after: Bool) -> PatternNode {
      .sequence([.lookBehind(word, isNegated: !before), .lookAhead(word, isNegated: !after)])
    }
    return .choice([at(before: true, after: isNegated), at(before: false, after: !isNegated)])
  }

  /// A set or a character after a backslash, as it may also stand in a class. `at` is behind the backslash.
  mutating func escapedSet(_ place: Int) throws(PatternError) -> CodePointSet {
    switch Unicode.Scalar(scalars[at]) {
    case "s": return named(.space)
    case "S": return named(CodePointSet.space.inverted)
    case "d": return named(.decimalDigits)
    case "D": return named(CodePointSet.decimalDigits.inverted)
    case "h": return named(.hexadecimalDigits)
    case "H": return named(CodePointSet.hexadecimalDigits.inverted)
    case "w": return named(classWord)
    case "W": return named(classWord.inverted)
    case "p", "P": return try property(place)
    default: return cased(CodePointSet(try escapedScalar(place)))
    }
  }

  private mutating func named(_ set: CodePointSet) -> CodePointSet {
    at += 1
    return set
  }

  /// `\p{…}`, `\P{…}`, `\p{^…}`, `\pL`.
  private mutating func property(_ place: Int) throws(PatternError) -> CodePointSet {
    var isNegated = peek() == UInt32(UInt8(ascii: "P"))
    at += 1
    var name: String
    if take("{") {
      name = try takeName(until: "}")
    } else {
      guard !isAtEnd, let letter = Unicode.Scalar(peek()) else { throw PatternError("\\p without a name", at: place) }
      name = String(letter)
      at += 1
    }
    if name.hasPrefix("^") {
      name.removeFirst()
      isNegated.toggle()
    }
    if let range = name.range(of: "!=") {
      name.replaceSubrange(range, with: "=")
      isNegated.toggle()
    }
    name = name.replacingFirst(":", with: "=")
    guard let set = CodePointSet.property(name) else {
      throw PatternError("the character property \(name), which is not known,", at: place)
    }
    // Oniguruma leaves properties as they are where case does not count.
    let folded = dialect == .rust ? cased(set) : set
    return isNegated ? folded.inverted : folded
  }

  /// A single character after a backslash.
  mutating func escapedScalar(_ place: Int) throws(PatternError) -> UInt32 {
    let scalar = scalars[at]
    at += 1
    switch Unicode.Scalar(scalar) {
    case "n": return 0x0A
    case "t": return 0x09
    case "r": return 0x0D
    case "f": return 0x0C
    case "v": return 0x0B
    case "a": return 0x07
    case "e" where dialect == .oniguruma: return 0x1B
    case "0" where dialect == .oniguruma: return digits(radix: 8, most: 2) ?? 0
    case "c" where dialect == .oniguruma:
      guard !isAtEnd else { break }
      at += 1
      return scalars[at - 1] & 0x1F
    case "x", "u":
      let isBraced = take("{")
      let value = digits(radix: 16, most: isBraced ? 8 : scalar == UInt32(UInt8(ascii: "x")) ? 2 : 4)
      guard let value, value <= CodePointSet.last, !isBraced || take("}") else {
        throw PatternError("an escape that is no character", at: place)
      }
      return value
    default:
      let isLetter = (0x41...0x5A).contains(scalar) || (0x61...0x7A).contains(scalar)
      if isLetter || (0x30...0x39).contains(scalar) {
        throw PatternError("the unknown escape \\\(Unicode.Scalar(scalar).map { String($0) } ?? "")", at: place)
      }
      return scalar
    }
    throw PatternError("an escape without its end", at: place)
  }

  private mutating func digits(radix: UInt32, most: Int) -> UInt32? {
    var value: UInt32?
    for _ in 0..<most {
      guard !isAtEnd, let scalar = Unicode.Scalar(peek()), scalar.isASCII,
        let digit = Character(scalar).hexDigitValue, digit < radix
      else { break }
      value = (value ?? 0) << (radix == 16 ? 4 : 3) | UInt32(digit)
      at += 1
    }
    return value
  }

  // MARK: - Classes

  /// What follows `[`, up to and with its `]`.
  mutating func characterClass(depth: Int = 0) throws(PatternError) -> CodePointSet {
    let place = at - 1
    guard depth < Self.deepest else { throw PatternError("classes more than \(Self.deepest) deep", at: place) }
    let isNegated = take("^")
    var result: CodePointSet?
    var part: [ClosedRange<UInt32>] = []
    var isFirst = true
    /// The character before, where a range may begin with it.
    var start: UInt32?
    while true {
      guard !isAtEnd else { throw PatternError("a class without its end", at: place) }
      if !isFirst || dialect == .oniguruma && !hasLaterEnd, take("]") { break }
      if take("&&") {
        let set = cased(CodePointSet(part))
        result = result.map { $0.intersection(set) } ?? set
        part = []
        start = nil
        continue
      }
      isFirst = false
      if take("[") {
        start = nil
        if let set = try posixClass() ?? nil {
          part += set.ranges
        } else {
          part += try characterClass(depth: depth + 1).ranges
        }
        continue
      }
      if isNext("-"), let low = start, peek(1) != UInt32(UInt8(ascii: "]")) {
        at += 1
        start = nil
        let highPlace = at
        if isNext("[") || isNext("&&") || isEscapedSet {
          part.append(0x2D...0x2D)
          continue
        }
        let high = try classScalar()
        guard low <= high else { throw PatternError("a range that ends before it begins", at: highPlace) }
        part.append(low...high)
        continue
      }
      if isEscapedSet {
        start = nil
        at += 1
        part += try escapedSet(at - 1).ranges
        continue
      }
      let scalar = try classScalar()
      start = scalar
      part.append(scalar...scalar)
    }
    var set = cased(CodePointSet(part))
    if let result { set = result.intersection(set) }
    return isNegated ? set.inverted : set
  }

  /// Whether the class goes on after a `]` that stands first in it.
  private var hasLaterEnd: Bool { scalars[min(at + 1, scalars.count)...].contains(UInt32(UInt8(ascii: "]"))) }

  /// Whether a set such as `\s` stands here.
  private var isEscapedSet: Bool {
    guard isNext("\\"), let letter = Unicode.Scalar(peek(1)) else { return false }
    return "sSdDhHwWpP".unicodeScalars.contains(letter)
  }

  private mutating func classScalar() throws(PatternError) -> UInt32 {
    guard !isAtEnd else { throw PatternError("a class without its end") }
    guard take("\\") else {
      at += 1
      return scalars[at - 1]
    }
    guard !isAtEnd else { throw PatternError("a backslash at the end") }
    if take("b") { return 0x08 }
    return try escapedScalar(at - 1)
  }

  /// `:alpha:]`, behind its first bracket; nil where none stands here.
  private mutating func posixClass() throws(PatternError) -> CodePointSet?? {
    guard isNext(":") else { return nil }
    let place = at
    at += 1
    let isNegated = take("^")
    guard let name = try? takeName(until: ":"), take("]") else {
      at = place
      return nil
    }
    guard var set = CodePointSet.posix(name) else { throw PatternError("the unknown class [:\(name):]", at: place) }
    // Rust's are those of ASCII.
    if dialect == .rust, name == "word" {
      set = CodePointSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    } else if dialect == .rust {
      set = set.intersection(CodePointSet([0...0x7F]))
    }
    return isNegated ? set.inverted : set
  }
}

extension String {
  fileprivate func replacingFirst(_ character: Character, with other: Character) -> String {
    guard let index = firstIndex(of: character) else { return self }
    var copy = self
    copy.replaceSubrange(index...index, with: String(other))
    return copy
  }

  fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
