/// What stands for a character where the terminal's character set has only ASCII.
enum ASCIIFallback {
  static func character(for scalar: UInt32) -> Unicode.Scalar {
    if scalar >= 0x20 && scalar < 0x7F { return Unicode.Scalar(UInt8(scalar)) }
    switch scalar {
    case 0x2800...0x28FF: return braille(UInt8(scalar & 0xFF))
    case 0x2581...0x2588: return [".", ".", ":", ":", "=", "+", "#", "#"][Int(scalar - 0x2581)]
    case 0x2589...0x258F: return scalar < 0x258D ? "#" : "|"
    case 0x2590: return "|"
    case 0x2591...0x2593: return [".", ":", "#"][Int(scalar - 0x2591)]
    case 0x2594: return "-"
    case 0x2595: return "|"
    case 0x2596...0x259F: return "#"
    case 0x2500, 0x2501, 0x2504, 0x2505, 0x2508, 0x2509, 0x254C, 0x254D, 0x2550, 0x2574, 0x2576: return "-"
    case 0x2502, 0x2503, 0x2506, 0x2507, 0x250A, 0x250B, 0x254E, 0x254F, 0x2551, 0x2575, 0x2577: return "|"
    case 0x2510...0x257F: return "+"
    case 0x2400...0x2421: return "^"
    case 0xC0...0x17F: return decomposed(scalar)
    default: return table[scalar] ?? "?"
    }
  }

  /// Dots by height: a cell is `'` when only its upper half has dots, `.` or `_` when only its lower half, else `:` or
  /// `#`.
  private static func braille(_ dots: UInt8) -> Unicode.Scalar {
    let upper = dots & 0b0001_1011
    let lower = dots & 0b1110_0100
    if dots == 0 { return " " }
    if dots.nonzeroBitCount > 5 { return "#" }
    if lower == 0 { return upper.nonzeroBitCount > 1 ? "\"" : "'" }
    if upper == 0 { return lower.nonzeroBitCount > 1 ? "_" : "." }
    return dots.nonzeroBitCount > 3 ? "*" : ":"
  }

  /// Latin letters without their accents.
  private static func decomposed(_ scalar: UInt32) -> Unicode.Scalar {
    let bases = [
      "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty",
      "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRr",
      "SsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs",
    ].joined().unicodeScalars
    let place = Int(scalar - 0xC0)
    return place < bases.count ? bases[bases.index(bases.startIndex, offsetBy: place)] : "?"
  }

  private static let table: [UInt32: Unicode.Scalar] = [
    0xA0: " ", 0xAB: "<", 0xAD: "-", 0xB0: "o", 0xB1: "+", 0xB7: ".", 0xBB: ">", 0xD7: "x", 0xF7: "/",
    0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-", 0x2015: "-", 0x2016: "|", 0x2018: "'",
    0x2019: "'", 0x201C: "\"", 0x201D: "\"", 0x2020: "+", 0x2022: "*", 0x2026: "~", 0x2039: "<", 0x203A: ">",
    0x207A: "+",
    0x2190: "<", 0x2191: "^", 0x2192: ">", 0x2193: "v", 0x21B5: "<", 0x21D2: ">", 0x2205: "0", 0x2212: "-",
    0x2215: "/", 0x2217: "*", 0x221E: "8", 0x2225: "|", 0x2248: "~", 0x2260: "!", 0x2264: "<", 0x2265: ">",
    0x23CE: "<", 0x2423: "_", 0x25A0: "#", 0x25A1: "o", 0x25AA: "*", 0x25B2: "^", 0x25B4: "^", 0x25B6: ">",
    0x25B8: ">", 0x25BA: ">", 0x25BC: "v", 0x25BE: "v", 0x25C0: "<", 0x25C2: "<", 0x25C6: "*", 0x25C7: "o",
    0x25CB: "o", 0x25CC: " ", 0x25CF: "*", 0x2605: "*", 0x2606: "*", 0x2713: "v", 0x2714: "v", 0x2715: "x",
    0x2717: "x", 0x2718: "x", 0x276F: ">", 0x27E8: "<", 0x27E9: ">",
  ]
}
