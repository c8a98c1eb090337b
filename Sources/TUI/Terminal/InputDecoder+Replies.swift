/// What terminals send that is no key: answers to questions (of a program before us, or hidden in a text that was shown)
/// come as strings between an introducer and a terminator, in any portions.
extension InputDecoder {
  /// Longest escape sequence taken for one of a keyboard.
  static let longest = 64

  enum Swallowed {
    case nothing
    /// Up to ST or BEL.
    case string
    /// A control sequence, up to its final byte.
    case sequence
  }

  /// The second byte of ESC `]` (OSC), `P` (DCS), `_` (APC), `^` (PM), `X` (SOS).
  static func isStringIntroducer(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"): true
    default: false
    }
  }

  /// Whether a string begins so, rather than a key with Alt before another key.
  static func beginsString(_ introducer: UInt8, _ byte: UInt8) -> Bool {
    switch introducer {
    case UInt8(ascii: "]"): 0x30...0x39 ~= byte || "lLI".utf8.contains(byte)
    case UInt8(ascii: "P"): 0x21...0x3F ~= byte
    default: 0x21...0x7E ~= byte
    }
  }

  /// Whether bytes that come at once after a lone ESC are what that ESC began: nobody types them so fast. Of the strings
  /// only those that no word begins like.
  static func isRestOfSequence(_ new: some Collection<UInt8>) -> Bool {
    guard new.count > 2, let first = new.first else { return false }
    let second = new[new.index(after: new.startIndex)]
    switch first {
    case UInt8(ascii: "["): return 0x30...0x3F ~= second
    case UInt8(ascii: "_"): return second == UInt8(ascii: "G")
    case UInt8(ascii: "]"), UInt8(ascii: "P"): return beginsString(first, second)
    default: return false
    }
  }

  /// Throws away what belongs to a string or a sequence; true when it has ended.
  mutating func swallow(isFinal: Bool) -> Bool {
    while position < bytes.count {
      let byte = bytes[position]
      if swallowed == .sequence, byte >= 0x40 {
        if byte < 0x7F { position += 1 }
        swallowed = .nothing
        return true
      }
      switch byte {
      case 0x1B:
        // ST in two bytes; any other sequence ends the string and counts.
        guard position + 1 < bytes.count else { return false }
        if bytes[position + 1] == UInt8(ascii: "\\") { position += 2 }
        swallowed = .nothing
        return true
      case 0x07, 0x18, 0x1A:
        position += 1
        swallowed = .nothing
        return true
      case ..<0x20, 0x7F:
        // No answer holds a control character: that is a key, and the end never came.
        swallowed = .nothing
        return true
      case 0xC2 where position + 1 == bytes.count: return false
      case 0xC2 where bytes[position + 1] == 0x9C:
        // ST in one character.
        position += 2
        swallowed = .nothing
        return true
      default: position += 1
      }
    }
    return false
  }

  /// C1 controls, which come as two bytes of UTF-8, are ESC and a letter.
  mutating func spellControl() {
    guard bytes[position] == 0xC2, position + 1 < bytes.count, 0x80...0x9F ~= bytes[position + 1] else { return }
    bytes[position + 1] -= 0x40
    bytes[position] = 0x1B
  }
}
