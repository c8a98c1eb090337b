#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The classes of characters that split patterns ask for, by code point.
enum UnicodeClasses {
  /// `\p{L}`
  static let letter: UInt8 = 1
  /// `\p{N}`
  static let number: UInt8 = 2
  /// `\s`
  static let space: UInt8 = 4
  /// `\w` of Rust's regex: letters, marks, digits, connectors and joiners.
  static let word: UInt8 = 8
  /// `\p{P}`
  static let punctuation: UInt8 = 16
  /// What may begin a word: `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`.
  static let upper: UInt8 = 32
  /// What may go on in a word: `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`.
  static let lower: UInt8 = 64
  /// `\p{S}`
  static let symbol: UInt8 = 128

  /// One byte of class bits for each code point. Pages that no class touches are never written.
  nonisolated(unsafe) static let table: UnsafePointer<UInt8> = {
    // Memory from calloc is zero without having been touched; where there is none, nothing can go on.
    let table = calloc(0x110000, 1)!.assumingMemoryBound(to: UInt8.self)
    func mark(_ ranges: StaticString, _ bits: UInt8) {
      var reader = RangeReader(ranges)
      while let range = reader.next() {
        let first = table + range.lowerBound
        for i in 0..<range.count { first[i] |= bits }
      }
    }
    for category in GeneralCategory.allCases where bits(category) != 0 { mark(category.ranges, bits(category)) }
    mark(UnicodeProperties.otherWord, word)
    for range in CodePointSet.space.ranges { for i in range { table[Int(i)] |= space } }
    for joiner in 0x200C...0x200D { table[joiner] |= word }
    return UnsafePointer(table)
  }()

  private static func bits(_ category: GeneralCategory) -> UInt8 {
    switch category {
    case .lu, .lt: letter | word | upper
    case .ll: letter | word | lower
    case .lm, .lo: letter | word | upper | lower
    case .mn, .mc, .me: word | upper | lower
    case .nd, .nl: number | word
    case .no: number
    case .pc: punctuation | word
    case .pd, .ps, .pe, .pi, .pf, .po: punctuation
    case .sm, .sc, .sk, .so: symbol
    case .zs, .zl, .zp, .cc, .cf, .co: 0
    }
  }
}

/// Reads ranges as ``GeneralCategory`` writes them.
struct RangeReader {
  var numbers: Base36Reader
  private var at = 0

  init(_ text: StaticString) { numbers = Base36Reader(text) }

  mutating func next() -> ClosedRange<Int>? {
    guard let gap = numbers.number() else { return nil }
    let start = at + gap
    let extra = numbers.take(UInt8(ascii: "+")) ? numbers.number() ?? 0 : 0
    at = start + extra + 1
    return start...(start + extra)
  }
}

/// Reads numbers in base 36, separated by single characters.
struct Base36Reader {
  private let base: UnsafePointer<UInt8>
  private let count: Int
  private var offset = 0

  init(_ text: StaticString) {
    base = text.utf8Start
    count = text.utf8CodeUnitCount
  }

  /// The next number, after any spaces.
  mutating func number() -> Int? {
    while offset < count, base[offset] == 0x20 { offset += 1 }
    var value: Int?
    while offset < count {
      switch base[offset] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = (value ?? 0) * 36 + Int(base[offset] - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = (value ?? 0) * 36 + Int(base[offset] - UInt8(ascii: "a")) + 10
      default: return value
      }
      offset += 1
    }
    return value
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard offset < count, base[offset] == byte else { return false }
    offset += 1
    return true
  }

  /// The byte that comes next; 0 at the end.
  func peek() -> UInt8 { offset < count ? base[offset] : 0 }

  /// The separator before the next number.
  mutating func separator() -> UInt8 {
    guard offset < count else { return 0 }
    defer { offset += 1 }
    return base[offset]
  }
}
