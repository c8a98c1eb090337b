#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Numbers as people read them in little room.
public enum Figures {
  /// `12`, `8 412`, `1 204 331`: thousands set apart by a space.
  public static func grouped(_ n: Int) -> String {
    let digits = Array(String(n.magnitude))
    var text = n < 0 ? "-" : ""
    for (i, d) in digits.enumerated() {
      if i > 0, (digits.count - i) % 3 == 0 { text.append(" ") }
      text.append(d)
    }
    return text
  }

  /// A fixed number of decimals.
  public static func fixed(_ x: Double, _ decimals: Int) -> String {
    guard x.isFinite else { return x.isNaN ? "NaN" : x > 0 ? "∞" : "-∞" }
    guard abs(x) < 1e15 else { return scientific(x) }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(x) * scale).rounded()
    let whole = (scaled / scale).rounded(.down)
    var text = x < 0 && scaled > 0 ? "-" : ""
    text += String(Int(whole))
    if decimals > 0 {
      let part = String(Int(scaled - whole * scale))
      text += "." + String(repeating: "0", count: max(0, decimals - part.count)) + part
    }
    return text
  }

  /// `4.8e-5`.
  public static func scientific(_ x: Double, decimals: Int = 1) -> String {
    guard x.isFinite, x != 0 else { return x == 0 ? "0" : fixed(x, 0) }
    var mantissa = abs(x)
    var exponent = 0
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    if fixed(mantissa, decimals).hasPrefix("10") {
      mantissa = 1
      exponent += 1
    }
    return (x < 0 ? "-" : "") + fixed(mantissa, decimals) + "e\(exponent)"
  }

  /// A value with as many digits as tell it apart from those beside it: as `label` writes it where that is enough.
  public static func apart(_ x: Double, from others: [Double], unit: String = "", label: (Double) -> String = short)
    -> String
  {
    let others = others.filter { $0 != x && $0.isFinite }
    func isAlone(_ write: (Double) -> String) -> Bool { others.allSatisfy { write($0) != write(x) } }
    if !x.isFinite || isAlone(label) { return label(x) }
    if x == x.rounded(), others.allSatisfy({ $0 == $0.rounded() }), abs(x) < 1e15 { return grouped(Int(x)) + unit }
    // Beyond 17 digits no two numbers are alike.
    for digits in 3...17 {
      let write: (Double) -> String = { value in
        let size = abs(x)
        if size < 0.001 || size >= 1e9 { return scientific(value, decimals: digits - 1) }
        var whole = 0
        while size >= powers[whole + 1] { whole += 1 }
        return fixed(value, max(0, digits - whole))
      }
      if isAlone(write) { return write(x) + unit }
    }
    return label(x)
  }

  private static let powers: [Double] = [0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

  /// About three significant digits, whatever the size.
  public static func short(_ x: Double) -> String {
    guard x.isFinite else { return fixed(x, 0) }
    switch abs(x) {
    case 0: return "0"
    case ..<0.001: return scientific(x)
    case ..<0.1: return fixed(x, 4)
    case ..<10: return fixed(x, 2)
    case ..<100: return fixed(x, 1)
    case ..<10_000: return fixed(x, 0)
    case ..<1_000_000: return fixed(x / 1000, 1) + "k"
    case ..<1_000_000_000: return fixed(x / 1_000_000, 1) + "M"
    default: return scientific(x)
    }
  }

  /// `0.8 s`, `42 s`, `3m12s`, `2h05m`, `3d4h`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "–" }
    if seconds < 10 { return fixed(seconds, seconds < 0.1 ? 2 : 1) + " s" }
    let s = Int(min(seconds, 1e12).rounded())
    if s < 60 { return "\(s) s" }
    if s < 3600 { return "\(s / 60)m\(pad(s % 60))s" }
    if s < 86_400 { return "\(s / 3600)h\(pad(s / 60 % 60))m" }
    return "\(s / 86_400)d\(s / 3600 % 24)h"
  }

  static func pad(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }

  /// `812 MB`, `1.2 GB`.
  public static func bytes(_ n: Int) -> String {
    let x = Double(n)
    if x >= 1e9 { return fixed(x / 1e9, 1) + " GB" }
    if x >= 1e6 { return fixed(x / 1e6, 0) + " MB" }
    if x >= 1e3 { return fixed(x / 1e3, 0) + " kB" }
    return "\(n) B"
  }

  static func exponential(_ x: Double) -> Double { exp(x) }

  /// `1 token`, `5 tokens`.
  public static func count(_ n: Int, _ word: String) -> String { "\(grouped(n)) \(word)\(n == 1 ? "" : "s")" }
}
