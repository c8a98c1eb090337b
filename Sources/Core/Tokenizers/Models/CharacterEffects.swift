import Synchronization

/// What a normalizer and a pre-tokenizer do with one character, whatever stands beside it.
struct CharacterEffect: RawRepresentable {
  enum Kind: UInt8 {
    /// Becomes characters within a word.
    case letters
    /// Ends a word and vanishes.
    case boundary
    /// Becomes a word of its own.
    case isolated
    /// Vanishes.
    case dropped
    /// Anything else: the stages must see it where it stands.
    case intricate
  }

  /// From the lowest byte: kind, count of bytes, up to six bytes.
  let rawValue: UInt64

  @inline(__always) init(rawValue: UInt64) { self.rawValue = rawValue }

  init(_ kind: Kind, _ bytes: [UInt8] = []) {
    var value = UInt64(kind.rawValue) | UInt64(bytes.count) << 8
    for (index, byte) in bytes.enumerated() { value |= UInt64(byte) << UInt64(16 + 8 * index) }
    rawValue = value
  }

  @inline(__always) var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: rawValue)) ?? .intricate }
  @inline(__always) var count: Int { Int(truncatingIfNeeded: rawValue >> 8 & 0xFF) }
  @inline(__always) func byte(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: rawValue >> UInt64(truncatingIfNeeded: 16 &+ 8 &* index))
  }
}

/// The effects of all characters, by blocks of 128 that are found out when they are first asked for.
final class CharacterEffects: Sendable {
  static let blocks = 0x110000 >> 7
  private static let longest = 6

  private let normalizer: any Normalizer
  private let preTokenizer: any PreTokenizer
  private struct Block: @unchecked Sendable { let effects: UnsafeMutablePointer<UInt64> }
  private let known = Mutex<[Int: Block]>([:])

  init(_ normalizer: any Normalizer, _ preTokenizer: any PreTokenizer) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
  }

  deinit { known.withLock { for block in $0.values { block.effects.deallocate() } } }

  /// The raw values of 128 effects, valid as long as this object lives.
  func block(_ index: Int) -> UnsafePointer<UInt64> {
    let block = known.withLock { known in
      if let block = known[index] { return block }
      let block = Block(effects: find(index))
      known[index] = block
      return block
    }
    return UnsafePointer(block.effects)
  }

  /// Sends each character through the stages between two letters, all of them in one text.
  private func find(_ index: Int) -> UnsafeMutablePointer<UInt64> {
    let effects = UnsafeMutablePointer<UInt64>.allocate(capacity: 128)
    effects.initialize(repeating: CharacterEffect(.intricate).rawValue, count: 128)
    var text: [UInt8] = []
    /// By byte of the text: which character it belongs to, and whether it is one of the letters around it.
    var owners: [(character: Int, isFrame: Bool)] = []
    for offset in 0..<128 {
      guard let scalar = Unicode.Scalar(UInt32(index << 7 | offset)) else { continue }
      let bytes = Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      text += [UInt8(ascii: "a")] + bytes + Array("a ".utf8)
      owners.append((offset, true))
      owners += repeatElement((character: offset, isFrame: false), count: bytes.count)
      owners += repeatElement((character: offset, isFrame: true), count: 2)
    }
    text.withUnsafeBufferPointer { bytes in
      var section = AlignedText(bytes)
      normalizer.normalize(&section)
      var pieces = PieceText(section)
      preTokenizer.split(&pieces)
      /// By character: its pieces, without the frame, and how many letters of the frame are in each.
      var found: [[(bytes: [UInt8], frame: Int)]] = Array(repeating: [], count: 128)
      pieces.text.withBytes { bytes in
        for piece in pieces.pieces {
          var own: [UInt8] = []
          var frame = 0
          var character = 0
          for at in piece.range {
            let owner = owners[pieces.text.source(at..<(at + 1)).lowerBound]
            character = owner.character
            if owner.isFrame { frame += 1 } else { own.append(bytes[at]) }
          }
          found[character].append((own, frame))
        }
      }
      for character in 0..<128 { effects[character] = Self.effect(found[character]).rawValue }
    }
    return effects
  }

  private static func effect(_ pieces: [(bytes: [UInt8], frame: Int)]) -> CharacterEffect {
    let bytes = pieces.flatMap(\.bytes)
    guard bytes.count <= longest, !mayMove(bytes) else { return CharacterEffect(.intricate) }
    switch pieces.map(\.frame) {
    case [2]: return bytes.isEmpty ? CharacterEffect(.dropped) : CharacterEffect(.letters, bytes)
    case [1, 1]: return bytes.isEmpty ? CharacterEffect(.boundary) : CharacterEffect(.intricate)
    case [1, 0, 1]:
      let isAlone = pieces[0].bytes.isEmpty && pieces[2].bytes.isEmpty
      return isAlone ? CharacterEffect(.isolated, bytes) : CharacterEffect(.intricate)
    default: return CharacterEffect(.intricate)
    }
  }

  /// Whether a character is a combining mark whose place among others depends on them.
  private static func mayMove(_ bytes: [UInt8]) -> Bool {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.contains { Composition.tables.classes[$0.value] != 0 }
  }
}
