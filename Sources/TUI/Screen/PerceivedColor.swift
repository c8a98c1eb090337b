#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A colour in CIELAB (CIE 15, D65), where distances are about as large as they look.
struct PerceivedColor: Equatable {
  var lightness: Double
  var a: Double
  var b: Double

  /// - Parameter color: sRGB, 0 … 255 each.
  init(_ color: (red: Int, green: Int, blue: Int)) {
    let (red, green, blue) = (Self.linear(color.red), Self.linear(color.green), Self.linear(color.blue))
    let x = Self.root((0.412_456_4 * red + 0.357_576_1 * green + 0.180_437_5 * blue) / 0.950_47)
    let y = Self.root(0.212_672_9 * red + 0.715_152_2 * green + 0.072_175_0 * blue)
    let z = Self.root((0.019_333_9 * red + 0.119_192 * green + 0.950_304_1 * blue) / 1.088_83)
    (lightness, a, b) = (116 * y - 16, 500 * (x - y), 200 * (y - z))
  }

  /// ΔE of 1976: from some 2 on a difference is seen, from 10 on at a glance.
  func difference(_ other: PerceivedColor) -> Double {
    let (l, a, b) = (lightness - other.lightness, a - other.a, b - other.b)
    return (l * l + a * a + b * b).squareRoot()
  }

  /// Relative luminance, 0 … 1, of which WCAG makes its contrast.
  static func luminance(_ color: (red: Int, green: Int, blue: Int)) -> Double {
    0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
  }

  private static func linear(_ channel: Int) -> Double {
    let value = Double(channel) / 255
    return value <= 0.040_45 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }

  private static func root(_ value: Double) -> Double {
    value > 216.0 / 24389 ? cbrt(value) : (24389.0 / 27 * value + 16) / 116
  }
}
