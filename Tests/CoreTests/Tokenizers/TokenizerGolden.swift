import Core
import TestSupport

/// One line of a golden file: what the official library makes of a text.
struct GoldenEncoding {
  var text: String
  var ids: [TokenID]
  var tokens: [String]?
  /// In characters (scalars) of the text.
  var offsets: [Range<Int>]?
  var idsWithSpecial: [TokenID]?
  var decoded: String?

  static func load(_ name: String) throws -> [GoldenEncoding]? {
    guard let data = Fixtures.data("golden/\(name).jsonl") else { return nil }
    return try data.split(separator: 0x0A).map { line in
      let json = try JSON.parse(line)
      func ids(_ key: String) -> [TokenID]? { json[key]?.array?.compactMap { $0.int.map { TokenID($0) } } }
      return GoldenEncoding(
        text: json["text"]?.string ?? "", ids: ids("ids") ?? [],
        tokens: json["tokens"]?.array?.compactMap(\.string),
        offsets: json["offsets"]?.array?.compactMap { pair in
          guard let from = pair[0]?.int, let to = pair[1]?.int else { return nil }
          return from..<to
        }, idsWithSpecial: ids("ids_with_special"), decoded: json["decoded"]?.string)
    }
  }

  /// Where each character of the text begins, in bytes, and its end.
  var byteOffsets: [Int] {
    var offsets = [0]
    for scalar in text.unicodeScalars { offsets.append(offsets[offsets.count - 1] + UTF8.width(scalar)) }
    return offsets
  }
}

/// The vectors that llama.cpp keeps beside its vocabularies: texts, and the ids of each.
struct VocabularyVectors {
  var texts: [[UInt8]]
  var ids: [[TokenID]]

  static func load(_ path: String) -> VocabularyVectors? {
    guard let texts = Fixtures.data(path + ".inp"), let ids = Fixtures.data(path + ".out") else { return nil }
    let separator = Array("\n__ggml_vocab_test__\n".utf8)
    var parts: [[UInt8]] = [[]]
    var i = 0
    let bytes = Array(texts)
    while i < bytes.count {
      if bytes[i] == 0x0A, bytes[i...].starts(with: separator) {
        parts.append([])
        i += separator.count
      } else {
        parts[parts.count - 1].append(bytes[i])
        i += 1
      }
    }
    let lines = String(decoding: ids, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    return VocabularyVectors(
      texts: parts, ids: lines.map { $0.split(separator: " ").compactMap { TokenID($0) } })
  }
}

extension Tokenizer {
  func encodeBytes(_ bytes: [UInt8], addSpecialTokens: Bool = false, parseSpecialTokens: Bool = true) throws -> Encoding
  {
    try bytes.withUnsafeBufferPointer {
      try encode(utf8: $0, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens)
    }
  }
}
