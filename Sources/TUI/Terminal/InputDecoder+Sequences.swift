/// The meaning of complete sequences.
extension InputDecoder {
  /// Numbers between semicolons, each up to its first colon; an empty one is 1, one that is no number ends the list.
  static func parameters(_ body: some Collection<UInt8>) -> [Int] {
    if body.isEmpty { return [] }
    var result: [Int] = []
    for part in body.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false) {
      let digits = part.prefix { $0 != UInt8(ascii: ":") }
      if digits.isEmpty {
        result.append(1)
        continue
      }
      guard digits.count <= 8, let value = Int(String(decoding: digits, as: UTF8.self)) else { break }
      result.append(value)
    }
    return result
  }

  static func modifiers(_ parameter: Int) -> Modifiers {
    let bits = max(0, parameter - 1)
    var result: Modifiers = []
    if bits & 1 != 0 { result.insert(.shift) }
    if bits & 2 != 0 || bits & 32 != 0 { result.insert(.alt) }
    if bits & 4 != 0 { result.insert(.control) }
    return result
  }

  /// `CSI 1 ; modifiers LETTER` and `SS3 LETTER`.
  static func key(letter: UInt8, parameters: [Int], isSS3: Bool) -> Key? {
    let modifiers = modifiers(parameters.count > 1 ? parameters[1] : isSS3 ? parameters.first ?? 1 : 1)
    let code: Key.Code
    switch letter {
    case UInt8(ascii: "A"): code = .up
    case UInt8(ascii: "B"): code = .down
    case UInt8(ascii: "C"): code = .right
    case UInt8(ascii: "D"): code = .left
    case UInt8(ascii: "H"): code = .home
    case UInt8(ascii: "F"): code = .end
    case UInt8(ascii: "P")...UInt8(ascii: "S"): code = .function(Int(letter - UInt8(ascii: "P")) + 1)
    case UInt8(ascii: "Z"): return Key(.tab, modifiers.union(.shift))
    case UInt8(ascii: "M") where isSS3: code = .enter
    case UInt8(ascii: "I") where isSS3: code = .tab
    case UInt8(ascii: "j")...UInt8(ascii: "y") where isSS3:
      // The keypad in application mode.
      code = .character(Character(Unicode.Scalar(letter - 0x40)))
    default: return nil
    }
    return Key(code, modifiers)
  }

  /// `CSI number ; modifiers ~`, `CSI 27 ; modifiers ; code ~` (modifyOtherKeys) and `CSI code ; modifiers u`.
  static func key(numbered values: [Int], final: UInt8, raw: some Collection<UInt8>) -> Key? {
    guard let first = values.first else { return nil }
    let modifiers = modifiers(values.count > 1 ? values[1] : 1)
    if final == UInt8(ascii: "u") {
      // `modifiers:3` is a key let go.
      let parts = raw.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      if parts.count > 1, parts[1].suffix(2).elementsEqual(Array(":3".utf8)) { return nil }
      return key(code: first, modifiers)
    }
    if first == 27 && values.count == 3 { return key(code: values[2], modifiers) }
    let numbered: [Int: Key.Code] = [
      1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end, 11: .function(1),
      12: .function(2), 13: .function(3), 14: .function(4), 15: .function(5), 17: .function(6), 18: .function(7),
      19: .function(8), 20: .function(9), 21: .function(10), 23: .function(11), 24: .function(12), 25: .function(13),
      26: .function(14), 28: .function(15), 29: .function(16), 31: .function(17), 32: .function(18),
      33: .function(19), 34: .function(20),
    ]
    return numbered[first].map { Key($0, modifiers) }
  }

  /// A key by its Unicode number, or a number of the private area that the kitty protocol gives keys without one.
  private static func key(code: Int, _ modifiers: Modifiers) -> Key? {
    switch code {
    case 9: return Key(.tab, modifiers)
    case 13, 57414: return Key(.enter, modifiers)
    case 27: return Key(.escape, modifiers)
    case 8, 127: return Key(.backspace, modifiers)
    case 57399...57408: return Key(Character(Unicode.Scalar(UInt8(code - 57399 + 0x30))), modifiers)
    case 57344...63743, ..<32: return nil
    default:
      guard let scalar = UInt32(exactly: code).flatMap({ Unicode.Scalar($0) }) else { return nil }
      let character = Character(scalar)
      if modifiers.contains(.control) { return Key(character.lowercased().first ?? character, modifiers) }
      // Shift is already in the character that it makes.
      guard modifiers.contains(.shift) else { return Key(character, modifiers) }
      let upper = character.uppercased()
      return Key(upper.count == 1 ? Character(upper) : character, modifiers.subtracting(.shift))
    }
  }

  /// A mouse report; `x` and `y` count from 1.
  static func mouse(code: Int, x: Int, y: Int, isRelease: Bool) -> MouseEvent? {
    guard x >= 1, y >= 1, code >= 0 else { return nil }
    var modifiers: Modifiers = []
    if code & 4 != 0 { modifiers.insert(.shift) }
    if code & 8 != 0 { modifiers.insert(.alt) }
    if code & 16 != 0 { modifiers.insert(.control) }
    let place = Point(x - 1, y - 1)
    if code & 64 != 0 {
      let kinds: [MouseEvent.Kind] = [.wheelUp, .wheelDown, .wheelLeft, .wheelRight]
      return MouseEvent(kinds[code & 3], at: place, modifiers)
    }
    let buttons: [MouseEvent.Button] = [.left, .middle, .right, .none]
    let button = buttons[code & 3]
    if code & 32 != 0 { return MouseEvent(button == .none ? .move : .drag, button, at: place, modifiers) }
    return MouseEvent(isRelease ? .release : .press, button, at: place, modifiers)
  }
}
