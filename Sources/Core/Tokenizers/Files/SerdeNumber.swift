extension JSONScanner {
  /// A number as Rust's serde_json reads it by default, and so Hugging Face's library: as many digits as fit 64 bits,
  /// rounded to a double, and multiplied or divided by a power of ten, rounded again. Where two ways through a
  /// Unigram lattice differ by a last bit, it is that of this reading that decides.
  /// - Returns: nil for what is no number of JSON's.
  /// - Throws: ``FormatError``: no number.
  mutating func readSerdeNumber() throws -> Double? {
    skipSpace()
    let start = offset
    let number = try readNumber()
    // Whole numbers of 64 bits are rounded once.
    guard case .double(let nearest) = number, nearest.isFinite, nearest != 0 else { return number.double }
    var significand: UInt64 = 0
    var exponent = 0
    var isFull = false
    var isFraction = false
    var i = start
    scan: while i < offset {
      let byte = base[i]
      i += 1
      switch byte {
      case UInt8(ascii: "-"): continue
      case UInt8(ascii: "."): (isFraction, isFull) = (true, false)
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        let power = String(decoding: UnsafeBufferPointer(start: base + i, count: offset - i), as: UTF8.self)
        guard let power = Int(power), abs(power) < 1 << 20 else { return nearest }
        exponent += power
        break scan
      default:
        let (tens, isHigh) = significand.multipliedReportingOverflow(by: 10)
        let (next, carries) = tens.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
        isFull = isFull || isHigh || carries
        // Digits that do not fit count for nothing after the point, before it for their place.
        if !isFull { significand = next }
        if isFraction != isFull { exponent += isFraction ? -1 : 1 }
      }
    }
    var magnitude = Double(significand)
    while exponent < -308, magnitude != 0 {
      magnitude /= 1e308
      exponent += 308
    }
    guard exponent <= 308 else { return nearest }
    let power = Self.tens[abs(exponent)]
    magnitude = exponent < 0 ? magnitude / power : magnitude * power
    return base[start] == UInt8(ascii: "-") ? -magnitude : magnitude
  }

  /// 10^0 to 10^308, each the nearest double.
  private static let tens: [Double] = (0...308).map { Double("1e\($0)") ?? .infinity }
}
