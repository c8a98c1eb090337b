/// Numbers for people, without Foundation.
enum Figure {
  /// With a fixed number of decimals.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
    guard abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard abs(value) * scale < 9e18 else { return "\(value)" }
    let scaled = Int64((abs(value) * scale).rounded())
    let whole = scaled / Int64(scale)
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let rest = String(scaled % Int64(scale))
    return "\(sign)\(whole)." + String(repeating: "0", count: decimals - rest.count) + rest
  }

  /// "3m12s", "1h04m".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let s = Int(seconds.rounded())
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    if s < 60 { return "\(s)s" }
    if s < 3600 { return "\(s / 60)m\(two(s % 60))s" }
    return "\(s / 3600)h\(two(s / 60 % 60))m"
  }

  /// "1.4M", "12.3k".
  static func short(_ count: Int) -> String {
    let value = Double(count)
    if count >= 1_000_000_000 { return fixed(value / 1e9, 2) + "B" }
    if count >= 1_000_000 { return fixed(value / 1e6, 1) + "M" }
    if count >= 10_000 { return fixed(value / 1e3, 1) + "k" }
    return String(count)
  }

  /// "98.4 MB".
  static func bytes(_ count: Int) -> String {
    let value = Double(count)
    if count >= 1_000_000_000 { return fixed(value / 1e9, 2) + " GB" }
    if count >= 1_000_000 { return fixed(value / 1e6, 1) + " MB" }
    if count >= 1000 { return fixed(value / 1e3, 1) + " kB" }
    return "\(count) B"
  }
}
