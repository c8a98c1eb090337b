extension TokenizerJSONStages {
  func normalizer(_ stage: JSON?, _ place: String = "normalizer") throws -> (any Normalizer)? {
    guard let stage, !stage.isNull else { return nil }
    let type = try type(stage, place)
    switch type {
    case "Sequence":
      let stages = try list(stage, "normalizers", place).enumerated().compactMap {
        try normalizer($1, "\(place).normalizers[\($0)]")
      }
      return NormalizerSequence(stages: stages)
    case "Prepend": return PrependNormalizer(prefix: Array((stage["prepend"]?.string ?? "").utf8))
    case "Replace":
      let replacement = Array((stage["content"]?.string ?? "").utf8)
      switch try pattern(stage, place) {
      case .literal(let literal): return ReplaceNormalizer(literal: literal, replacement: replacement)
      case .expression(let expression):
        return PatternReplaceNormalizer(
          pattern: try splitPattern(expression, "\(place).pattern"), replacement: replacement)
      }
    case "NFC": return UnicodeNormalizer(form: .composed)
    case "NFD": return UnicodeNormalizer(form: .decomposed)
    case "NFKC": return UnicodeNormalizer(form: .compatibilityComposed)
    case "NFKD": return UnicodeNormalizer(form: .compatibilityDecomposed)
    case "Lowercase": return LowercaseNormalizer()
    case "StripAccents": return StripAccentsNormalizer()
    case "Strip":
      return StripNormalizer(left: stage["strip_left"]?.bool ?? true, right: stage["strip_right"]?.bool ?? true)
    case "Nmt": return NmtNormalizer()
    case "ByteLevel": return ByteLevelNormalizer()
    case "BertNormalizer", "Bert":
      let lowercases = stage["lowercase"]?.bool ?? true
      return BertNormalizer(
        cleansText: stage["clean_text"]?.bool ?? true,
        separatesChinese: stage["handle_chinese_chars"]?.bool ?? true,
        stripsAccents: stage["strip_accents"]?.bool ?? lowercases, lowercases: lowercases)
    case "Precompiled": return try precompiled(stage, place)
    default:
      throw error(
        place, "the normalizer \(type)",
        expected: "one of Sequence, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Replace, Prepend, "
          + "Precompiled, BertNormalizer, Nmt, ByteLevel")
    }
  }

  private func precompiled(_ stage: JSON, _ place: String) throws -> (any Normalizer)? {
    let key = "\(place).precompiled_charsmap"
    guard let text = stage["precompiled_charsmap"]?.string else {
      throw error(key, stage["precompiled_charsmap"]?.kind ?? "nothing", expected: "rules in base64")
    }
    guard !text.isEmpty else { return nil }
    guard let blob = Self.decodeBase64(text) else { throw error(key, "no base64") }
    guard let charsmap = blob.withUnsafeBytes({ Charsmap($0) }) else {
      throw error(key, "damaged rules", expected: "a length, a double array of that length, and texts")
    }
    return PrecompiledNormalizer(charsmap: charsmap)
  }

  /// RFC 4648, with padding.
  /// By letter; -1: it is none.
  private static let base64: [Int8] = {
    var values = [Int8](repeating: -1, count: 256)
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, letter) in letters.utf8.enumerated() { values[Int(letter)] = Int8(value) }
    return values
  }()

  private static func decodeBase64(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count / 4 * 3)
    var bits: UInt32 = 0
    var count = 0
    var padding = 0
    let base64 = base64
    for byte in text.utf8 {
      let value = base64[Int(byte)]
      if value < 0 {
        guard byte == UInt8(ascii: "=") else { return nil }
        padding += 1
        continue
      }
      guard padding == 0 else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 1
      guard count % 4 == 0 else { continue }
      result.append(UInt8(truncatingIfNeeded: bits >> 16))
      result.append(UInt8(truncatingIfNeeded: bits >> 8))
      result.append(UInt8(truncatingIfNeeded: bits))
    }
    guard (count + padding) % 4 == 0, padding < 3 else { return nil }
    switch count % 4 {
    case 2: result.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3:
      result.append(UInt8(truncatingIfNeeded: bits >> 10))
      result.append(UInt8(truncatingIfNeeded: bits >> 2))
    case 1: return nil
    default: break
    }
    return result
  }
}
