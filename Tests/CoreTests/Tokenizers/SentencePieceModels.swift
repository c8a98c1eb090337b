import Core
import Foundation
import TestSupport

/// Writes small SentencePiece models: Protocol Buffers' wire format by hand.
struct SentencePieceModelWriter {
  enum Kind: UInt8 { case normal = 1, unknown, control, userDefined, unused, byte }

  /// 1 unigram, 2 BPE, 3 word, 4 char.
  var type: UInt8
  var hasBytes = false
  var isSuffix = false
  var addsDummyPrefix = true
  var removesExtraSpaces = true

  static let pieces: [(String, Float, Kind)] = [
    ("<unk>", 0, .unknown), ("<s>", 0, .control), ("</s>", 0, .control), ("▁", -3, .normal), ("▁a", -2.5, .normal),
    ("a", -4, .normal), ("b", -4.25, .normal), ("ab", -3.5, .normal), ("▁ab", -4.5, .normal), ("c", -5, .normal),
    ("<x>", 0, .userDefined), ("bc", -4, .unused), ("é", -6, .normal), ("ca", -4.75, .normal),
  ]

  var bytes: [UInt8] {
    var pieces = Self.pieces
    if hasBytes {
      let names = (0..<256).map {
        "<0x" + String($0 >> 4, radix: 16).uppercased() + String($0 & 15, radix: 16).uppercased() + ">"
      }
      pieces.insert(contentsOf: names.map { ($0, Float(0), Kind.byte) }, at: 3)
    }
    var result: [UInt8] = []
    for (text, score, kind) in pieces {
      var piece = Self.field(1, Array(text.utf8)) + [2 << 3 | 5]
      withUnsafeBytes(of: score.bitPattern.littleEndian) { piece += $0 }
      result += Self.field(1, piece + [3 << 3, kind.rawValue])
    }
    let training = [3 << 3, type] + Self.flag(24, isSuffix) + Self.flag(35, hasBytes)
    result += Self.field(2, training)
    result += Self.field(3, Self.flag(3, addsDummyPrefix) + Self.flag(4, removesExtraSpaces) + Self.flag(5, true))
    return result
  }

  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [number << 3 | 2]
    var count = content.count
    while count >= 128 {
      result.append(UInt8(count & 127) | 128)
      count >>= 7
    }
    return result + [UInt8(count)] + content
  }

  private static func flag(_ number: Int, _ value: Bool) -> [UInt8] {
    let key = number << 3
    let bytes = key < 128 ? [UInt8(key)] : [UInt8(key & 127) | 128, UInt8(key >> 7)]
    return bytes + [value ? 1 : 0]
  }

  func load() throws -> any Tokenizer { try Self.load(bytes) }

  static func load(_ bytes: [UInt8], named name: String = "m.model") throws -> any Tokenizer {
    let folder = TemporaryFolder()
    let path = folder.file(name)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try TokenizerLoader.load(path: path)
  }
}
