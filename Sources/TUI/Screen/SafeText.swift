/// Text of unknown origin (model output, data, file names) made harmless to show: nothing in the result can steer a
/// terminal or reorder a line, and everything hidden becomes visible.
public enum SafeText {
  /// Explicit directional embeddings, overrides and isolates, which can make text read as what it is not.
  static func isBidirectionalControl(_ scalar: UInt32) -> Bool {
    0x202A...0x202E ~= scalar || 0x2066...0x2069 ~= scalar || scalar == 0x200E || scalar == 0x200F || scalar == 0x061C
  }

  private static func isUnsafe(_ scalar: UInt32) -> Bool {
    if scalar < 0x20 || scalar >= 0x7F && scalar < 0xA0 { return true }
    return isBidirectionalControl(scalar) || scalar == 0x2028 || scalar == 0x2029 || scalar & 0xFFFE == 0xFFFE
  }

  /// The text with control characters as their pictures (␛, ␀), C1 controls, directional overrides and noncharacters in
  /// hexadecimal (‹9B›, ‹202E›), and tabs as spaces up to the next multiple of `tabWidth` cells. Line ends stay (CR LF
  /// as one LF), unless `keepingNewlines` is false: then they are ␊.
  public static func clean(
    _ text: some StringProtocol, tabWidth: Int = 4, keepingNewlines: Bool = true
  ) -> String {
    if text.unicodeScalars.allSatisfy({ !isUnsafe($0.value) || (keepingNewlines && $0 == "\n") }) {
      return String(text)
    }
    var result = ""
    var column = 0
    var line = ""
    var scalars = text.unicodeScalars.makeIterator()
    var ahead = scalars.next()
    while let scalar = ahead {
      ahead = scalars.next()
      if keepingNewlines && scalar == "\r" && ahead == "\n" { continue }
      if scalar == "\n" && keepingNewlines {
        result += line + "\n"
        line = ""
        column = 0
      } else if scalar == "\t" {
        // Only here does the column matter, so only here is it counted.
        column += TextWidth.of(line)
        let spaces = max(1, tabWidth) - column % max(1, tabWidth)
        result += line + String(repeating: " ", count: spaces)
        line = ""
        column += spaces
      } else if isUnsafe(scalar.value) {
        line += symbol(for: scalar.value)
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
    return result + line
  }

  /// The text for the clipboard and for files that are pasted from: as it is, tabs and line ends included (CR LF and CR
  /// as LF), without what could steer a terminal or hide what a line says: control characters, and directional
  /// embeddings, overrides and isolates.
  public static func copyable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var wasReturn = false
    for scalar in text.unicodeScalars {
      let value = scalar.value
      let isLineFeed = value == 0x0A
      if isLineFeed && wasReturn {
        wasReturn = false
        continue
      }
      wasReturn = value == 0x0D
      if wasReturn {
        result.append("\n")
      } else if isLineFeed || value == 0x09 {
        result.append(scalar)
      } else if value >= 0x20 && !(0x7F...0x9F ~= value) && !(0x202A...0x202E ~= value) && !(0x2066...0x2069 ~= value) {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// Bytes as text: what is UTF-8 as above, what is not as hexadecimal bytes (‹FF›).
  public static func clean(bytes: some Collection<UInt8>, tabWidth: Int = 4, keepingNewlines: Bool = true) -> String {
    var result = ""
    var decoder = UTF8.ForwardParser()
    var position = bytes.startIndex
    var source = bytes.makeIterator()
    while true {
      switch decoder.parseScalar(from: &source) {
      case .valid(let encoded):
        position = bytes.index(position, offsetBy: encoded.count)
        result.unicodeScalars.append(UTF8.decode(encoded))
      case .error(let length):
        for _ in 0..<length {
          result += "‹" + hexadecimal(UInt32(bytes[position])) + "›"
          position = bytes.index(after: position)
        }
      case .emptyInput:
        return clean(result, tabWidth: tabWidth, keepingNewlines: keepingNewlines)
      }
    }
  }

  /// How one unsafe scalar is shown.
  static func symbol(for scalar: UInt32) -> String {
    if scalar < 0x20, let picture = Unicode.Scalar(0x2400 + scalar) { return String(Character(picture)) }
    if scalar == 0x7F { return "␡" }
    return "‹" + hexadecimal(scalar) + "›"
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return digits.count < 2 ? "0" + digits : digits
  }
}
