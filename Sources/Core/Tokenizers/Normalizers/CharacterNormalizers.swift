/// What normalizers ask of single characters.
enum CharacterTraits {
  static let mark: UInt8 = 1
  static let nonspacingMark: UInt8 = 2
  static let other: UInt8 = 4
  static let space: UInt8 = 8
  static let chinese: UInt8 = 16

  static let table: CodePointTable<UInt8> = {
    var bits: [Int: UInt8] = [:]
    func add(_ ranges: StaticString, _ bit: UInt8) {
      var reader = RangeReader(ranges)
      while let range = reader.next() { for i in range { bits[i, default: 0] |= bit } }
    }
    add(CharacterTables.marks, mark)
    add(CharacterTables.nonspacingMarks, nonspacingMark)
    add(CharacterTables.others, other)
    for scalar in 0..<0x3100 where UnicodeClasses.table[scalar] & UnicodeClasses.space != 0 {
      bits[scalar, default: 0] |= space
    }
    // The blocks as the official library has them; 0x2B920 for 0x2B820 is its own.
    for range in [
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F, 0x2B920...0x2CEAF,
      0x2F800...0x2FA1F,
    ] {
      for i in range { bits[i, default: 0] |= chinese }
    }
    return CodePointTable(bits.map { ($0.key, $0.value) })
  }()

  /// How far the lower-case letter of each code point is; 0: it is that, or has none.
  static let lowercase: CodePointTable<Int32> = {
    var deltas: [(Int, Int32)] = []
    var reader = Base36Reader(CharacterTables.lowercase)
    var at = 0
    while let gap = reader.number() {
      at += gap
      var stride = 1
      var more = 0
      if reader.take(UInt8(ascii: "+")) {
        more = reader.number() ?? 0
      } else if reader.take(UInt8(ascii: "*")) {
        stride = 2
        more = reader.number() ?? 0
      }
      let isDown = reader.separator() == UInt8(ascii: "-")
      let delta = Int32(reader.number() ?? 0)
      for i in 0...more { deltas.append((at + i * stride, isDown ? -delta : delta)) }
    }
    return CodePointTable(deltas)
  }()

  /// The lower-case letter of a character; U+0130 has a second part, U+0307.
  @inline(__always)
  static func lowercased(_ scalar: UInt32) -> UInt32 {
    if scalar == 0x130 { return 0x69 }
    return UInt32(truncatingIfNeeded: Int32(truncatingIfNeeded: scalar) &+ lowercase[scalar])
  }
}

/// A stage that looks at characters one by one.
protocol CharacterNormalizer: Normalizer {
  /// Writes what becomes of a character, the bytes `range`.
  /// - Returns: false where it stays as it is, and nothing was written.
  func change(_ scalar: UInt32, _ range: Range<Int>, _ rewriter: inout AlignedText.Rewriter) -> Bool
  func changes(_ scalar: UInt32) -> Bool
}

extension CharacterNormalizer {
  func normalize(_ text: inout AlignedText) {
    guard let first = text.withBytes({ next($0, from: 0) }) else { return }
    text.rewrite { bytes, rewriter in
      var kept = 0
      var at: Int? = first
      while let i = at {
        let (scalar, length) = decodedScalar(bytes, i)
        rewriter.keep(kept..<i)
        kept = i + length
        if !change(scalar, i..<kept, &rewriter) { rewriter.keep(i..<kept) }
        at = next(bytes, from: kept)
      }
      rewriter.keep(kept..<bytes.count)
    }
  }

  @inline(__always)
  private func next(_ bytes: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
    var i = from
    while i < bytes.count {
      let (scalar, length) = decodedScalar(bytes, i)
      if changes(scalar) { return i }
      i += length
    }
    return nil
  }
}

struct LowercaseNormalizer: CharacterNormalizer {
  func changes(_ scalar: UInt32) -> Bool { scalar == 0x130 || CharacterTraits.lowercase[scalar] != 0 }

  func change(_ scalar: UInt32, _ range: Range<Int>, _ rewriter: inout AlignedText.Rewriter) -> Bool {
    rewriter.write(scalar: CharacterTraits.lowercased(scalar), for: range)
    if scalar == 0x130 { rewriter.write(scalar: 0x307, for: range) }
    return true
  }
}

/// Leaves out combining marks.
struct StripAccentsNormalizer: CharacterNormalizer {
  func changes(_ scalar: UInt32) -> Bool {
    scalar >= 0x300 && CharacterTraits.table[scalar] & CharacterTraits.mark != 0
  }
  func change(_ scalar: UInt32, _ range: Range<Int>, _ rewriter: inout AlignedText.Rewriter) -> Bool { true }
}

/// What the normalization of neural machine translation does beside NFKC: control characters go, other white space
/// becomes spaces.
struct NmtNormalizer: CharacterNormalizer {
  func changes(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 1...0xF where scalar != 0xE, 0xE...0x1F, 0x7F, 0x8F, 0x9F, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581,
      0xFEFF, 0xFFFD:
      true
    default: false
    }
  }

  func change(_ scalar: UInt32, _ range: Range<Int>, _ rewriter: inout AlignedText.Rewriter) -> Bool {
    switch scalar {
    case 9, 0xA, 0xC, 0xD, 0x1680...: rewriter.write(scalar: 0x20, for: range)
    default: break
    }
    return true
  }
}

/// Writes bytes as the letters of ``ByteAlphabet``.
struct ByteLevelNormalizer: CharacterNormalizer {
  func changes(_ scalar: UInt32) -> Bool { scalar < 0x21 || scalar >= 0x7F }

  func change(_ scalar: UInt32, _ range: Range<Int>, _ rewriter: inout AlignedText.Rewriter) -> Bool {
    guard let scalar = Unicode.Scalar(scalar), let encoded = UTF8.encode(scalar) else { return false }
    for byte in encoded { rewriter.write(scalar: UInt32(ByteAlphabet.scalars[Int(byte)]), for: range) }
    return true
  }
}

/// Takes white space from the ends.
struct StripNormalizer: Normalizer {
  let left: Bool
  let right: Bool

  func normalize(_ text: inout AlignedText) {
    let kept = text.withBytes { bytes in
      var start = 0
      var end = bytes.count
      while left, start < end {
        let (scalar, length) = decodedScalar(bytes, start)
        guard isSpace(scalar) else { break }
        start += length
      }
      while right, start < end {
        var before = end - 1
        while before > start, bytes[before] & 0xC0 == 0x80 { before -= 1 }
        guard isSpace(decodedScalar(bytes, before).scalar) else { break }
        end = before
      }
      return start..<end
    }
    guard kept.count < text.count else { return }
    text = text.slice(kept)
  }

  private func isSpace(_ scalar: UInt32) -> Bool {
    UnicodeClasses.table[Int(scalar)] & UnicodeClasses.space != 0
  }
}
