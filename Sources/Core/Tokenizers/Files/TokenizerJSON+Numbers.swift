/// Numbers as the official library reads them. Its parser (serde_json without `float_roundtrip`) takes the digits as an
/// integer of 64 bits, rounds that, and divides by a power of ten, so the last bit may differ from the nearest number's.
/// Which of two ways with all but equal scores is the best may hang on it.
enum OfficialNumber {
  private static let powers = (0...308).map { Double("1e\($0)") ?? .infinity }

  /// - Parameter text: a number in JSON's grammar, white space before it allowed.
  static func double(_ text: some Collection<UInt8>) -> Double {
    var significand: UInt64 = 0
    var exponent = 0
    var isFull = false
    var isFraction = false
    var isNegative = false
    var written: (digits: Int, isNegative: Bool)?
    for byte in text {
      switch byte {
      case UInt8(ascii: "-"): if written == nil { isNegative = true } else { written?.isNegative = true }
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"): written = (0, false)
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let digit = UInt64(byte - UInt8(ascii: "0"))
        if let digits = written?.digits {
          written?.digits = min(digits * 10 + Int(digit), 1 << 30)
          continue
        }
        let (product, high) = significand.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(digit)
        isFull = isFull || high || carry
        if !isFull { significand = sum }
        // Digits that have no room count by their place alone.
        if isFraction != isFull { exponent += isFraction ? -1 : 1 }
      default: continue
      }
    }
    if let written { exponent += written.isNegative ? -written.digits : written.digits }
    var value = Double(significand)
    while exponent < -308, value != 0 {
      value /= 1e308
      exponent += 308
    }
    if value != 0 {
      value = exponent < 0 ? value / powers[-exponent] : exponent <= 308 ? value * powers[exponent] : .infinity
    }
    return isNegative ? -value : value
  }
}
