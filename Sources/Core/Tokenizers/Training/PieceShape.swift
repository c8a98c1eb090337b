/// What decides whether SentencePiece lets two pieces be one: their length, where `▁` stands, and their scripts.
struct PieceShape: Sendable {
  struct Rules: Sendable {
    var maximumLength = 16
  }

  /// Of the first and the last character that has a script of its own; 0: none has.
  private var first: UInt8 = 0
  private var last: UInt8 = 0
  private var hasMark = false
  private var length = 0
  private var maximumLength: Int
  private(set) var isAllowed = true

  init(_ piece: [UInt8], _ rules: Rules) {
    maximumLength = rules.maximumLength
    for scalar in String(decoding: piece, as: UTF8.self).unicodeScalars {
      length += 1
      if scalar.value == WordReader.mark {
        if length > 1 { isAllowed = false }
        hasMark = true
        continue
      }
      let script = PieceScript.of(scalar.value)
      guard script != PieceScript.inherited, script != 0 else { continue }
      if first == 0 { first = script }
      if last != 0, last != script { isAllowed = false }
      last = script
    }
    if length > maximumLength || length == 0 { isAllowed = false }
  }

  /// The shape of both, one after the other.
  func joined(_ other: PieceShape) -> PieceShape {
    var result = self
    result.length += other.length
    result.isAllowed =
      isAllowed && other.isAllowed && !other.hasMark && result.length <= maximumLength
      && (last == 0 || other.first == 0 || last == other.first)
    if first == 0 { result.first = other.first }
    if other.last != 0 { result.last = other.last }
    return result
  }
}

/// Scripts as SentencePiece tells them apart: kana and Han are one.
enum PieceScript {
  static let inherited: UInt8 = 255

  /// By code point; 0: none.
  private static let table: ScalarTable<UInt8> = {
    let table = ScalarTable<UInt8>(0, size: 0x110000)
    var next: UInt8 = 1
    for (name, ranges) in UnicodeScriptTable.entries {
      let script: UInt8
      switch "\(name)" {
      case "Inherited": script = inherited
      case "Hiragana", "Katakana", "Han": script = 1
      default:
        next += 1
        script = next
      }
      var reader = RangeReader(ranges)
      while let range = reader.next() { for i in range where i < 0x110000 { table[UInt32(i)] = script } }
    }
    table[0x30FC] = 1
    return table
  }()

  static func of(_ scalar: UInt32) -> UInt8 { table[min(scalar, 0x10FFFF)] }
}
