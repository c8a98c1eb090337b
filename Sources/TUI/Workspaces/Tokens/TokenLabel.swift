import Core

/// How bytes of a text or of a token are written on the screen.
enum TokenLabel {
  /// Text with its spaces and controls made visible, or its bytes where they are not whole characters or nothing would
  /// be seen of them.
  static func of(_ bytes: some Collection<UInt8>, spaces: Bool = true) -> String {
    let bytes = Array(bytes)
    guard String(validating: bytes, as: UTF8.self) != nil else { return hexadecimal(bytes) }
    let (label, cells, _) = bytes.withUnsafeBufferPointer { text($0, spaces: spaces) }
    return cells == 0 && !bytes.isEmpty ? hexadecimal(bytes) : label
  }

  /// - Parameter bytes: whole characters.
  /// - Returns: the label, its cells, and whether a line of the text ends in it.
  static func text(_ bytes: UnsafeBufferPointer<UInt8>, spaces: Bool) -> (label: String, cells: Int, endsLine: Bool) {
    var plain = true
    var hasSpace = false
    for byte in bytes {
      if byte < 0x20 || byte >= 0x7F { plain = false }
      if byte == 0x20 { hasSpace = true }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    if plain { return (spaces && hasSpace ? text.replacing(" ", with: "·") : text, bytes.count, false) }
    var label = ""
    label.reserveCapacity(bytes.count + 8)
    var endsLine = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case " ": label += spaces ? "·" : " "
      case "\n":
        label += spaces ? "↵" : " "
        endsLine = true
      case "\t": label += spaces ? "→ " : "  "
      case "\u{A0}": label += spaces ? "⍽" : " "
      case "\r": label += "␍"
      default: label.unicodeScalars.append(scalar)
      }
    }
    label = SafeText.clean(label, keepingNewlines: false)
    return (label, TextWidth.of(label), endsLine)
  }

  static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    var text = "‹" + bytes.prefix(16).map(byte).joined(separator: "·")
    if bytes.count > 16 { text += "…" }
    return text + "›"
  }

  static func byte(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count < 2 ? "0" + digits : digits
  }

  /// As a vocabulary writes a token, made safe to show.
  static func written(_ text: String) -> String { SafeText.clean(text, keepingNewlines: false) }
}
