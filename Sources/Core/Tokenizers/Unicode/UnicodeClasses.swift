/// The classes of characters that split patterns ask for, by code point.
enum UnicodeClasses {
  static let letter: UInt8 = 1
  static let number: UInt8 = 2
  static let space: UInt8 = 4
  /// `\w`: letters, marks, digits, connectors.
  static let word: UInt8 = 8
  static let punctuation: UInt8 = 16

  /// One byte of class bits for each code point. Pages that no text touches are never written.
  nonisolated(unsafe) static let table: UnsafePointer<UInt8> = {
    let count = 0x110000
    let table = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    table.initialize(repeating: 0, count: count)
    func mark(_ ranges: StaticString, _ bit: UInt8) {
      var reader = RangeReader(ranges)
      while let range = reader.next() { for i in range where i < count { table[i] |= bit } }
    }
    mark(UnicodeRanges.letters, letter)
    mark(UnicodeRanges.numbers, number)
    mark(UnicodeRanges.words, word)
    mark(UnicodeRanges.punctuation, punctuation)
    for range in [
      0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
      0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ] {
      for i in range { table[i] |= space }
    }
    return UnsafePointer(table)
  }()
}

/// Reads ranges as ``UnicodeRanges`` writes them.
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
