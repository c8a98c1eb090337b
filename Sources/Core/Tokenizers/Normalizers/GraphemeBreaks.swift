/// Boundaries of extended grapheme clusters (UAX #29).
package enum GraphemeBreaks {
  private enum Kind {
    static let other: UInt8 = 0
    static let control: UInt8 = 1
    static let extend: UInt8 = 2
    static let spacingMark: UInt8 = 3
    static let prepend: UInt8 = 4
    static let leading: UInt8 = 5
    static let vowel: UInt8 = 6
    static let trailing: UInt8 = 7
    static let pictograph: UInt8 = 8
    static let consonant: UInt8 = 9
    static let joiner: UInt8 = 10
    static let nonJoiner: UInt8 = 11
    static let regional: UInt8 = 12
    static let syllable: UInt8 = 13
    static let closedSyllable: UInt8 = 14
    static let carriageReturn: UInt8 = 15
    static let lineFeed: UInt8 = 16
    /// Beside any of the others.
    static let linker: UInt8 = 32
  }

  private static let kinds: CodePointTable<UInt8> = {
    var kinds: [Int: UInt8] = [:]
    var reader = RangeReader(GraphemeTables.classes)
    while let range = reader.next() {
      guard reader.numbers.take(UInt8(ascii: ":")), let kind = reader.numbers.number() else { break }
      for i in range { kinds[i] = UInt8(kind) }
    }
    reader = RangeReader(GraphemeTables.linkers)
    while let range = reader.next() { for i in range { kinds[i, default: 0] |= Kind.linker } }
    for i in 0xAC00..<(0xAC00 + 11_172) {
      kinds[i] = (i - 0xAC00) % 28 == 0 ? Kind.syllable : Kind.closedSyllable
    }
    for i in 0x1F1E6...0x1F1FF { kinds[i] = Kind.regional }
    kinds[0x200C] = Kind.nonJoiner
    kinds[0x200D] = Kind.joiner
    kinds[0x0D] = Kind.carriageReturn
    kinds[0x0A] = Kind.lineFeed
    return CodePointTable(kinds.map { ($0.key, $0.value) })
  }()

  /// Whether a character only ever stands alone in its cluster, unless marks follow or a prepended one comes before.
  @inline(__always)
  static func isPlain(_ scalar: UInt32) -> Bool { kinds[scalar] == Kind.other || kinds[scalar] == Kind.consonant }

  /// Whether a character is a cluster where all characters around it are such, too: pictographs need a joiner.
  @inline(__always)
  static func isAlone(_ scalar: UInt32) -> Bool { isPlain(scalar) || kinds[scalar] == Kind.pictograph }

  /// Whether a character belongs to the cluster of the one before it, whatever that is but a control character.
  static func extends(_ scalar: UInt32) -> Bool {
    let kind = kinds[scalar] & 31
    return kind == Kind.extend || kind == Kind.spacingMark || kind == Kind.joiner || kind == Kind.nonJoiner
  }

  /// Whether the character after it, whatever it is but a control character, belongs to its cluster.
  static func isPrepended(_ scalar: UInt32) -> Bool { kinds[scalar] & 31 == Kind.prepend }

  /// Whether a cluster ends before `i` whatever else the text holds: on both sides are well-formed characters that stand
  /// alone, as letters of most scripts and pictographs do. Elsewhere it may end all the same.
  package static func isSure(_ bytes: UnsafeBufferPointer<UInt8>, at i: Int) -> Bool {
    guard i > 0, i < bytes.count, let base = bytes.baseAddress,
      utf8SequenceLength(base + i, remaining: bytes.count - i) > 0, let before = characterStart(base, before: i)
    else { return false }
    return isAlone(decodedScalar(bytes, before).scalar) && isAlone(decodedScalar(bytes, i).scalar)
  }

  /// The end of the cluster that begins at `start`.
  static func end(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var (scalar, length) = decodedScalar(bytes, start)
    var previous = kinds[scalar]
    var i = start + length
    // Of a pictograph with marks after it, of a consonant with linkers; how many regional indicators.
    var isPictograph = previous == Kind.pictograph
    var isConjunct = previous == Kind.consonant
    var hasLinker = false
    var regionals = previous == Kind.regional ? 1 : 0
    while i < bytes.count {
      (scalar, length) = decodedScalar(bytes, i)
      let kind = kinds[scalar]
      let isJoined = joins(previous & 31, kind & 31, isPictograph, isConjunct && hasLinker, regionals)
      guard isJoined else { break }
      switch kind & 31 {
      case Kind.pictograph: isPictograph = true
      case Kind.extend: break
      case Kind.joiner: break
      default: isPictograph = false
      }
      if kind & Kind.linker != 0 {
        hasLinker = isConjunct
      } else if kind & 31 == Kind.consonant {
        isConjunct = true
        hasLinker = false
      } else if kind & 31 != Kind.extend, kind & 31 != Kind.joiner {
        isConjunct = false
      }
      regionals = kind == Kind.regional ? regionals + 1 : 0
      previous = kind
      i += length
    }
    return i
  }

  private static func joins(
    _ before: UInt8, _ after: UInt8, _ isPictograph: Bool, _ isLinked: Bool, _ regionals: Int
  ) -> Bool {
    switch before {
    case Kind.carriageReturn: return after == Kind.lineFeed
    case Kind.lineFeed, Kind.control: return false
    default: break
    }
    switch after {
    case Kind.control, Kind.carriageReturn, Kind.lineFeed: return false
    case Kind.extend, Kind.joiner, Kind.nonJoiner, Kind.spacingMark: return true
    default: break
    }
    if before == Kind.prepend { return true }
    switch after {
    case Kind.leading: return before == Kind.leading
    case Kind.syllable, Kind.closedSyllable: return before == Kind.leading
    case Kind.vowel: return before == Kind.leading || before == Kind.vowel || before == Kind.syllable
    case Kind.trailing:
      return before == Kind.vowel || before == Kind.syllable || before == Kind.trailing || before == Kind.closedSyllable
    case Kind.pictograph: return before == Kind.joiner && isPictograph
    case Kind.consonant: return isLinked
    case Kind.regional: return before == Kind.regional && regionals % 2 == 1
    default: return false
    }
  }
}
