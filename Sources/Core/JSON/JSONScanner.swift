/// Reads JSON text front to back without building values: the way to read large vocabularies straight into tables.
///
/// Strict as RFC 8259 has it: well-formed UTF-8, no trailing commas, no comments. Nesting is limited. A `\u` escape
/// that is half of a surrogate pair stands for no character and is read as U+FFFD.
public struct JSONScanner {
  public struct Options: Sendable {
    /// Whether bare `NaN`, `Infinity` and `-Infinity` are numbers, as Python writes them.
    public var allowsNonFinite: Bool
    public var maximumDepth: Int

    public init(allowsNonFinite: Bool = false, maximumDepth: Int = 256) {
      self.allowsNonFinite = allowsNonFinite
      self.maximumDepth = maximumDepth
    }
  }

  /// What the next value is, told by its first byte.
  public enum Kind: Sendable { case object, array, string, number, bool, null }

  let base: UnsafePointer<UInt8>
  let count: Int
  /// For messages.
  public let file: String
  public let options: Options
  /// The next byte to be read.
  public internal(set) var offset = 0
  private var depth = 0
  /// Whether the container just entered has had no element yet.
  private var isFirst = false
  private let scratch = Scratch()

  /// - Parameters:
  ///   - bytes: must outlive the scanner. A byte order mark at the start is skipped.
  ///   - at: where to begin: a value that another scanner has skipped.
  public init(_ bytes: UnsafeRawBufferPointer, file: String, options: Options = Options(), at: Int = 0) {
    base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? Self.nothing
    count = bytes.count
    self.file = file
    self.options = options
    offset = min(max(0, at), count)
    if offset == 0, count >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { offset = 3 }
  }

  nonisolated(unsafe) private static let nothing = UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))

  // MARK: - Structure

  public mutating func peek() throws -> Kind {
    skipSpace()
    guard offset < count else { throw error("the text ends", expected: "a value") }
    switch base[offset] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "N"), UInt8(ascii: "I"): if options.allowsNonFinite { return .number } else { fallthrough }
    default: throw error(shown(offset), expected: "a value")
    }
  }

  public mutating func beginObject() throws { try begin(UInt8(ascii: "{"), "an object") }
  public mutating func beginArray() throws { try begin(UInt8(ascii: "["), "an array") }

  private mutating func begin(_ byte: UInt8, _ what: String) throws {
    skipSpace()
    guard offset < count, base[offset] == byte else { throw error(shown(offset), expected: what) }
    guard depth < options.maximumDepth else {
      throw error("nested deeper than \(options.maximumDepth) levels")
    }
    offset += 1
    depth += 1
    isFirst = true
  }

  /// The key of the next member, or nil after the last one (the object is then closed). Its value must be read next.
  /// The bytes are valid until the next call.
  public mutating func nextKey() throws -> UnsafeBufferPointer<UInt8>? {
    guard try nextElement(closing: UInt8(ascii: "}"), what: "a comma or }") else { return nil }
    guard offset < count, base[offset] == UInt8(ascii: "\"") else {
      throw error(shown(offset), expected: "a key in quotes")
    }
    let key = try readString()
    skipSpace()
    guard offset < count, base[offset] == UInt8(ascii: ":") else { throw error(shown(offset), expected: "a colon") }
    offset += 1
    return key
  }

  /// Whether the array has another value, which must be read next; at its end the array is closed.
  public mutating func nextElement() throws -> Bool {
    try nextElement(closing: UInt8(ascii: "]"), what: "a comma or ]")
  }

  private mutating func nextElement(closing: UInt8, what: String) throws -> Bool {
    skipSpace()
    guard offset < count else { throw error("the text ends", expected: what) }
    if base[offset] == closing {
      offset += 1
      depth -= 1
      isFirst = false
      return false
    }
    if !isFirst {
      guard base[offset] == UInt8(ascii: ",") else { throw error(shown(offset), expected: what) }
      offset += 1
      skipSpace()
      guard offset < count, base[offset] != closing else {
        throw error(shown(offset), expected: "a value after the comma")
      }
    }
    isFirst = false
    return true
  }

  /// - Throws: where anything but white space is left.
  public mutating func finish() throws {
    skipSpace()
    guard offset == count else { throw error(shown(offset), expected: "the end of the text") }
  }

  // MARK: - Values

  public mutating func readBool() throws -> Bool {
    skipSpace()
    if take("true") { return true }
    if take("false") { return false }
    throw error(shown(offset), expected: "true or false")
  }

  public mutating func readNull() throws {
    skipSpace()
    guard take("null") else { throw error(shown(offset), expected: "null") }
  }

  /// Reads over one value of any kind, checked like any other.
  public mutating func skip() throws {
    switch try peek() {
    case .null: try readNull()
    case .bool: _ = try readBool()
    case .string: _ = try readString()
    case .number: _ = try readNumber()
    case .array:
      try beginArray()
      while try nextElement() { try skip() }
    case .object:
      try beginObject()
      while try nextKey() != nil { try skip() }
    }
  }

  /// The UTF-8 bytes of a string, valid until the next call: in place where nothing is escaped.
  public mutating func readString() throws -> UnsafeBufferPointer<UInt8> {
    skipSpace()
    guard offset < count, base[offset] == UInt8(ascii: "\"") else { throw error(shown(offset), expected: "a string") }
    let start = offset + 1
    var i = start
    while i < count {
      let byte = base[i]
      if byte == UInt8(ascii: "\"") {
        offset = i + 1
        return UnsafeBufferPointer(start: base + start, count: i - start)
      }
      if byte == UInt8(ascii: "\\") { return try readEscapedString(from: start, at: i) }
      if byte < 0x20 { throw error(at: i, shown(i), expected: "an escape for this control character") }
      i += byte < 0x80 ? 1 : try sequenceLength(at: i)
    }
    throw error(at: start - 1, "a string without end", expected: "a closing quote")
  }

  private mutating func readEscapedString(from start: Int, at first: Int) throws -> UnsafeBufferPointer<UInt8> {
    scratch.removeAll()
    scratch.append(contentsOf: UnsafeBufferPointer(start: base + start, count: first - start))
    var i = first
    while i < count {
      let byte = base[i]
      switch byte {
      case UInt8(ascii: "\""):
        offset = i + 1
        return scratch.bytes
      case UInt8(ascii: "\\"): i = try readEscape(at: i)
      case ..<0x20: throw error(at: i, shown(i), expected: "an escape for this control character")
      case ..<0x80:
        scratch.append(byte)
        i += 1
      default:
        let length = try sequenceLength(at: i)
        scratch.append(contentsOf: UnsafeBufferPointer(start: base + i, count: length))
        i += length
      }
    }
    throw error(at: start - 1, "a string without end", expected: "a closing quote")
  }

  /// Appends what the escape at `at` stands for; returns the offset after it.
  private mutating func readEscape(at: Int) throws -> Int {
    guard at + 1 < count else { throw error(at: at, "the text ends", expected: "an escape") }
    switch base[at + 1] {
    case UInt8(ascii: "n"): scratch.append(0x0A)
    case UInt8(ascii: "t"): scratch.append(0x09)
    case UInt8(ascii: "r"): scratch.append(0x0D)
    case UInt8(ascii: "b"): scratch.append(0x08)
    case UInt8(ascii: "f"): scratch.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scratch.append(base[at + 1])
    case UInt8(ascii: "u"):
      let unit = try readHex(at: at + 2)
      var scalar = unit
      var end = at + 6
      if unit >= 0xD800, unit < 0xE000 {
        scalar = 0xFFFD
        if unit < 0xDC00, end + 1 < count, base[end] == UInt8(ascii: "\\"), base[end + 1] == UInt8(ascii: "u") {
          let low = try readHex(at: end + 2)
          if low >= 0xDC00, low < 0xE000 {
            scalar = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            end += 6
          }
        }
      }
      if let encoded = Unicode.Scalar(scalar).flatMap(UTF8.encode) { for byte in encoded { scratch.append(byte) } }
      return end
    default: throw error(at: at, "an escape of " + shown(at + 1), expected: #"one of \" \\ \/ \b \f \n \r \t \u"#)
    }
    return at + 2
  }

  private func readHex(at: Int) throws -> UInt32 {
    guard at + 4 <= count else { throw error(at: at, "the text ends", expected: "four hexadecimal digits") }
    var value: UInt32 = 0
    for i in at..<(at + 4) {
      switch base[i] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(base[i] - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(base[i] - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(base[i] - UInt8(ascii: "A") + 10)
      default: throw error(at: i, shown(i), expected: "a hexadecimal digit")
      }
    }
    return value
  }

  /// Length of the well-formed UTF-8 sequence (not ASCII) at `at`.
  private func sequenceLength(at: Int) throws -> Int {
    let length = utf8SequenceLength(base + at, remaining: count - at)
    guard length > 0 else { throw error(at: at, "bytes that are not UTF-8", expected: "UTF-8 text") }
    return length
  }

  // MARK: - Bytes

  @inline(__always) mutating func skipSpace() {
    while offset < count {
      let byte = base[offset]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      offset += 1
    }
  }

  mutating func take(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard count - offset >= length else { return false }
    for i in 0..<length where base[offset + i] != word.utf8Start[i] { return false }
    offset += length
    return true
  }

  /// An error at the present place.
  public func error(_ found: String, expected: String? = nil) -> FormatError {
    error(at: offset, found, expected: expected)
  }

  func error(at: Int, _ found: String, expected: String? = nil) -> FormatError {
    var line = 1
    for i in 0..<min(at, count) where base[i] == 0x0A { line += 1 }
    return FormatError(file: file, place: "line \(line), byte \(at)", found: found, expected: expected)
  }

  func shown(_ at: Int) -> String {
    guard at < count else { return "the text ends" }
    let byte = base[at]
    if byte > 0x20, byte < 0x7F { return "'\(Unicode.Scalar(byte))'" }
    return "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }
}

/// Bytes at a place that stays theirs until more are added: where a string without its escapes is put together.
private final class Scratch {
  private var base = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)
  private var capacity = 64
  private var count = 0

  deinit { base.deallocate() }

  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

  func removeAll() { count = 0 }

  func append(_ byte: UInt8) {
    reserve(1)
    base[count] = byte
    count += 1
  }

  func append(contentsOf source: UnsafeBufferPointer<UInt8>) {
    guard let start = source.baseAddress else { return }
    reserve(source.count)
    (base + count).update(from: start, count: source.count)
    count += source.count
  }

  private func reserve(_ more: Int) {
    guard count + more > capacity else { return }
    capacity = max(capacity * 2, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
  }
}

/// Length of the well-formed UTF-8 sequence at `pointer` (Unicode, table 3-7), or 0.
@inline(__always)
func utf8SequenceLength(_ pointer: UnsafePointer<UInt8>, remaining: Int) -> Int {
  func continues(_ i: Int) -> Bool { pointer[i] & 0xC0 == 0x80 }
  switch pointer[0] {
  case 0..<0x80: return 1
  case 0xC2..<0xE0: return remaining >= 2 && continues(1) ? 2 : 0
  case 0xE0..<0xF0:
    guard remaining >= 3, continues(1), continues(2) else { return 0 }
    if pointer[0] == 0xE0, pointer[1] < 0xA0 { return 0 }
    if pointer[0] == 0xED, pointer[1] > 0x9F { return 0 }
    return 3
  case 0xF0..<0xF5:
    guard remaining >= 4, continues(1), continues(2), continues(3) else { return 0 }
    if pointer[0] == 0xF0, pointer[1] < 0x90 { return 0 }
    if pointer[0] == 0xF4, pointer[1] > 0x8F { return 0 }
    return 4
  default: return 0
  }
}
