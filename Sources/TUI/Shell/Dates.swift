#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Points of time as people read them in a list.
enum Dates {
  /// `just now`, `5 min ago`, `14:05`, `Mon 14:05`, `2026-11-03`.
  static func ago(_ seconds: Double, now: Double = Double(time(nil))) -> String {
    let age = now - seconds
    if age < 60 { return "just now" }
    if age < 3600 { return "\(Int(age / 60)) min ago" }
    var at = time_t(seconds)
    var parts = tm()
    localtime_r(&at, &parts)
    let clock = Figures.pad(Int(parts.tm_hour)) + ":" + Figures.pad(Int(parts.tm_min))
    if age < 86_400 { return clock }
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    if age < 6 * 86_400, days.indices.contains(Int(parts.tm_wday)) { return days[Int(parts.tm_wday)] + " " + clock }
    return "\(Int(parts.tm_year) + 1900)-" + Figures.pad(Int(parts.tm_mon) + 1) + "-" + Figures.pad(Int(parts.tm_mday))
  }
}
