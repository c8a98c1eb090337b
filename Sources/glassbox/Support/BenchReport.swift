import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Figures of one benchmark with their median and spread.
struct BenchReport {
  var name: String
  var unit: String
  var runs: [Double]
  var threads: Int
  var settings: JSONObject = [:]

  var median: Double {
    let sorted = runs.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  func print(json: Bool) {
    let low = runs.min() ?? .nan
    let high = runs.max() ?? .nan
    if json {
      let object: JSON = [
        "name": .string(name), "unit": .string(unit), "median": .double(median), "min": .double(low),
        "max": .double(high), "runs": .array(runs.map { .double($0) }), "threads": .int(threads),
        "cpu": .string(Self.cpu), "settings": .object(settings),
      ]
      StandardOutput.write(object.serialized() + "\n")
    } else {
      StandardOutput.write(
        "\(name): \(Figure.fixed(median, 2)) \(unit) "
          + "(\(Figure.fixed(low, 2)) … \(Figure.fixed(high, 2)) over \(runs.count), \(threads) threads)\n")
    }
  }

  /// What the processor calls itself.
  static var cpu: String {
    #if canImport(Darwin)
      var size = 0
      sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
      var bytes = [UInt8](repeating: 0, count: size)
      sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0)
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #else
      let lines = try? LineReader("/proc/cpuinfo")
      while let line = try? lines?.next() {
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") {
          return String(text[text.index(after: colon)...].drop { $0 == " " })
        }
      }
      return "unknown"
    #endif
  }
}
