extension JSONScanner {
  /// A number: an integer where it is written as one and fits, else the nearest double.
  public mutating func readNumber() throws -> JSON {
    skipSpace()
    let start = offset
    var i = start
    let isNegative = i < count && base[i] == UInt8(ascii: "-")
    if isNegative { i += 1 }
    if options.allowsNonFinite, i < count, base[i] == UInt8(ascii: "N") || base[i] == UInt8(ascii: "I") {
      offset = i
      if take("Infinity") { return .double(isNegative ? -.infinity : .infinity) }
      if !isNegative, take("NaN") { return .double(.nan) }
      offset = start
      throw error(shown(i), expected: "NaN or Infinity")
    }
    let digits = i
    // The value of the digits while it is exact; `overflow` says that it no longer is.
    var mantissa: UInt64 = 0
    var overflow = false
    func accumulate(_ byte: UInt8) {
      let (product, high) = mantissa.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      if high || carry { overflow = true } else { mantissa = sum }
    }
    while i < count, isDigit(i) {
      accumulate(base[i])
      i += 1
    }
    guard i > digits else { throw error(at: i, shown(i), expected: "a digit") }
    guard base[digits] != UInt8(ascii: "0") || i == digits + 1 else {
      throw error(at: digits, "a leading zero", expected: "a number")
    }
    var exponent = 0
    var isInteger = true
    if i < count, base[i] == UInt8(ascii: ".") {
      isInteger = false
      i += 1
      let fraction = i
      while i < count, isDigit(i) {
        accumulate(base[i])
        i += 1
      }
      guard i > fraction else { throw error(at: i, shown(i), expected: "a digit after the point") }
      exponent = fraction - i
    }
    if i < count, base[i] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      i += 1
      var sign = 1
      if i < count, base[i] == UInt8(ascii: "-") || base[i] == UInt8(ascii: "+") {
        sign = base[i] == UInt8(ascii: "-") ? -1 : 1
        i += 1
      }
      let first = i
      var power = 0
      while i < count, isDigit(i) {
        power = min(power * 10 + Int(base[i] - UInt8(ascii: "0")), 1 << 20)
        i += 1
      }
      guard i > first else { throw error(at: i, shown(i), expected: "a digit of the exponent") }
      exponent += sign * power
    }
    offset = i
    if isInteger, !overflow {
      if mantissa <= UInt64(Int.max) { return .int(isNegative ? -Int(mantissa) : Int(mantissa)) }
      if isNegative, mantissa == UInt64(Int.max) + 1 { return .int(Int.min) }
    }
    // Both factors are exact doubles, so their product or quotient is the nearest one (Clinger 1990).
    if !overflow, mantissa <= 1 << 53, abs(exponent) <= 22 {
      let magnitude =
        exponent < 0 ? Double(mantissa) / Self.powersOfTen[-exponent] : Double(mantissa) * Self.powersOfTen[exponent]
      return .double(isNegative ? -magnitude : magnitude)
    }
    let text = String(decoding: UnsafeBufferPointer(start: base + start, count: i - start), as: UTF8.self)
    guard let value = Double(text) else { throw error(at: start, "a number out of range") }
    return .double(value)
  }

  private func isDigit(_ i: Int) -> Bool { base[i] >= UInt8(ascii: "0") && base[i] <= UInt8(ascii: "9") }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}
