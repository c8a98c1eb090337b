extension JSON {
  /// Writes JSON text: members in their order, control characters escaped, other characters as they are; floats with
  /// nine digits, doubles with as many as tell them apart, non-finite ones as `NaN`, `Infinity`, `-Infinity`.
  ///
  /// Values can be written whole, or piece by piece without a tree:
  /// ```swift
  /// var writer = JSON.Writer()
  /// writer.object { writer in
  ///   writer.member("ids", .array(ids))
  ///   writer.member("logits") { writer in writer.array(logits) { $0.write(.float($1)) } }
  /// }
  /// ```
  public struct Writer {
    public private(set) var bytes: [UInt8] = []
    private let indent: Int?
    private let sink: (([UInt8]) -> Void)?
    private var depth = 0
    private var needsComma = false

    /// - Parameters:
    ///   - indent: spaces a level, one member a line; nil for one line with `", "` and `": "`.
    ///   - sink: gets the text in parts as it grows, so that a long one takes no memory; ``bytes`` then holds what it has
    ///     not got yet.
    public init(indent: Int? = nil, sink: (([UInt8]) -> Void)? = nil) {
      self.indent = indent
      self.sink = sink
    }

    public var string: String { String(decoding: bytes, as: UTF8.self) }

    public mutating func write(_ value: JSON) {
      switch value {
      case .null: append("null")
      case .bool(let value): append(value ? "true" : "false")
      case .int(let value): write(value)
      case .double(let value): write(value)
      case .float(let value): write(value)
      case .string(let value): write(value)
      case .array(let values): array(values) { $0.write($1) }
      case .object(let object):
        self.object { writer in
          for (key, value) in object.members { writer.member(key, value) }
        }
      }
    }

    public mutating func object(_ body: (inout Writer) throws -> Void) rethrows {
      try container(UInt8(ascii: "{"), UInt8(ascii: "}")) { try body(&$0) }
    }

    public mutating func member(_ key: String, _ value: JSON) { member(key) { $0.write(value) } }

    /// A member whose value `body` writes, exactly one.
    public mutating func member(_ key: String, _ body: (inout Writer) throws -> Void) rethrows {
      separate()
      write(key)
      bytes.append(UInt8(ascii: ":"))
      bytes.append(UInt8(ascii: " "))
      try body(&self)
      needsComma = true
    }

    public mutating func array<S: Sequence>(_ values: S, _ body: (inout Writer, S.Element) throws -> Void) rethrows {
      try container(UInt8(ascii: "["), UInt8(ascii: "]")) { writer in
        for value in values {
          writer.separate()
          try body(&writer, value)
          writer.needsComma = true
        }
      }
    }

    /// Ends a line, for JSON lines.
    public mutating func newline() {
      bytes.append(0x0A)
      needsComma = false
    }

    public mutating func removeAll() {
      bytes.removeAll(keepingCapacity: true)
      needsComma = false
    }

    private mutating func container(_ open: UInt8, _ close: UInt8, _ body: (inout Writer) throws -> Void) rethrows {
      bytes.append(open)
      let outer = needsComma
      needsComma = false
      depth += 1
      defer {
        depth -= 1
        if needsComma { breakLine() }
        bytes.append(close)
        needsComma = outer
      }
      try body(&self)
    }

    private mutating func separate() {
      if let sink, bytes.count >= 1 << 16 {
        sink(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
      if needsComma {
        bytes.append(UInt8(ascii: ","))
        if indent == nil { bytes.append(UInt8(ascii: " ")) }
      }
      breakLine()
    }

    private mutating func breakLine() {
      guard let indent else { return }
      bytes.append(0x0A)
      bytes.append(contentsOf: repeatElement(0x20, count: indent * depth))
    }

    // MARK: - Scalars

    /// What could steer a terminal or reorder a line is escaped, so that JSON may be looked at as it is: controls (also
    /// C1, which terminals obey, too), directional marks, embeddings, overrides and isolates, line and paragraph
    /// separators.
    public mutating func write(_ value: String) {
      bytes.append(UInt8(ascii: "\""))
      var value = value
      value.withUTF8 { text in
        var plain = 0  // Where what is not yet written begins.
        var at = 0
        while at < text.count {
          let byte = text[at]
          if byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            at += 1
            continue
          }
          let (scalar, length) = Self.escaped(text, at)
          guard length > 0 else {
            at += 1
            continue
          }
          bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain..<at]))
          escape(scalar)
          at += length
          plain = at
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[plain...]))
      }
      bytes.append(UInt8(ascii: "\""))
    }

    /// The scalar at a place and its bytes, where it has to be escaped; else 0 bytes.
    private static func escaped(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> (scalar: UInt16, length: Int) {
      let byte = text[at]
      switch byte {
      case ..<0x80: return (UInt16(byte), 1)
      case 0xC2 where text[at + 1] < 0xA0: return (UInt16(text[at + 1]), 2)
      case 0xD8 where text[at + 1] == 0x9C: return (0x061C, 2)
      case 0xE2:
        let (second, third) = (text[at + 1], text[at + 2])
        let isMark = second == 0x80 && (0x8E...0x8F ~= third || 0xA8...0xAE ~= third)
        let isIsolate = second == 0x81 && 0xA6...0xA9 ~= third
        return isMark || isIsolate ? (0x2000 | UInt16(second & 0x3F) << 6 | UInt16(third & 0x3F), 3) : (0, 0)
      default: return (0, 0)
      }
    }

    private mutating func escape(_ scalar: UInt16) {
      switch scalar {
      case 0x22: append("\\\"")
      case 0x5C: append("\\\\")
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      default:
        append("\\u")
        for shift in [12, 8, 4, 0] as [UInt16] { bytes.append(Self.hexadecimal(UInt8(scalar >> shift & 15))) }
      }
    }

    public mutating func write(_ value: Double) {
      if value.isFinite {
        bytes.append(contentsOf: value.description.utf8)
      } else {
        append(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
      }
    }

    /// Nine significant digits, which tell all float32 values apart.
    public mutating func write(_ value: Float) {
      guard value.isFinite else { return write(Double(value)) }
      bytes.append(contentsOf: Decimal.digits(Double(value), significant: 9))
    }

    public mutating func write(_ value: Int) {
      // A sign and nineteen digits.
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
        var rest = value.magnitude
        var at = 20
        repeat {
          at -= 1
          digits[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        } while rest > 0
        if value < 0 {
          at -= 1
          digits[at] = UInt8(ascii: "-")
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[at...]))
      }
    }

    private mutating func append(_ text: StaticString) {
      bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
      digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
  }

  /// The value as text.
  /// - Parameter indent: spaces a level; nil for one line.
  public func serialized(indent: Int? = nil) -> String {
    var writer = Writer(indent: indent)
    writer.write(self)
    return writer.string
  }
}

/// Decimal notation of numbers, the same in every locale.
enum Decimal {
  /// A finite value rounded to at most `significant` digits, in positional notation where that is short.
  static func digits(_ value: Double, significant: Int) -> [UInt8] {
    // The shortest text that gives the value back holds all the digits that matter; here it is only cut and rounded.
    var digits: [UInt8] = []
    var exponent = 0
    var pointSeen = false
    var text = Array(value.description.utf8)[...]
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { text = text.dropFirst() }
    for (position, byte) in text.enumerated() {
      if byte == UInt8(ascii: ".") {
        pointSeen = true
      } else if byte == UInt8(ascii: "e") {
        exponent += Int(String(decoding: text.dropFirst(position + 1), as: UTF8.self)) ?? 0
        break
      } else {
        if !digits.isEmpty || byte != UInt8(ascii: "0") { digits.append(byte - UInt8(ascii: "0")) }
        if pointSeen { exponent -= 1 }
      }
    }
    if digits.count > significant {
      exponent += digits.count - significant
      let roundsUp = digits[significant] >= 5
      digits.removeSubrange(significant...)
      if roundsUp {
        var i = significant - 1
        while i >= 0, digits[i] == 9 {
          digits[i] = 0
          i -= 1
        }
        if i >= 0 {
          digits[i] += 1
        } else {
          digits.insert(1, at: 0)
        }
      }
    }
    while let last = digits.last, last == 0 {
      digits.removeLast()
      exponent += 1
    }
    let sign: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
    guard !digits.isEmpty else { return sign + Array("0.0".utf8) }
    let text10 = digits.map { $0 + UInt8(ascii: "0") }
    let point = text10.count + exponent
    if point > 16 || point < -4 {
      let mantissa = [text10[0]] + [UInt8(ascii: ".")] + (text10.count > 1 ? Array(text10[1...]) : [UInt8(ascii: "0")])
      return sign + mantissa + Array("e\(point - 1)".utf8)
    }
    if point <= 0 { return sign + Array("0.".utf8) + [UInt8](repeating: UInt8(ascii: "0"), count: -point) + text10 }
    if exponent >= 0 {
      return sign + text10 + [UInt8](repeating: UInt8(ascii: "0"), count: exponent) + Array(".0".utf8)
    }
    return sign + text10[..<point] + [UInt8(ascii: ".")] + text10[point...]
  }
}
