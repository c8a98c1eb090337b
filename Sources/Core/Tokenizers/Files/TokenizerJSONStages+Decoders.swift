extension TokenizerJSONStages {
  /// The decoders in a row; those of a sequence are laid out flat.
  func decoders(_ stage: JSON?, _ place: String = "decoder") throws -> [any TokenDecoder]? {
    guard var decoders = try list(stage, place) else { return nil }
    var growth = 1
    for decoder in decoders {
      growth *= decoder.growth
      guard growth <= Self.mostGrowth else {
        throw error(
          place, "decoders that make a token \(growth) times as long", expected: "at most \(Self.mostGrowth) times")
      }
    }
    // The first stage gets bytes from a vocabulary that holds them.
    for index in decoders.indices.dropFirst() where decoders[index] is ByteLevelDecoder {
      decoders[index] = ByteLevelDecoder(readsLetters: true)
    }
    return decoders
  }

  /// No decoder of a real vocabulary makes tokens longer.
  private static let mostGrowth = 1 << 12

  private func list(_ stage: JSON?, _ place: String) throws -> [any TokenDecoder]? {
    guard let stage, !stage.isNull else { return nil }
    let type = try type(stage, place)
    switch type {
    case "Sequence":
      return try list(stage, "decoders", place).enumerated().flatMap {
        try list($1, "\(place).decoders[\($0)]") ?? []
      }
    case "ByteLevel": return [ByteLevelDecoder()]
    case "ByteFallback": return [ByteFallbackDecoder()]
    case "Fuse": return [FuseDecoder()]
    case "Strip":
      let content = Array((stage["content"]?.string ?? " ").utf8)
      let limit = 1 << 16
      guard let start = stage["start"]?.int, let stop = stage["stop"]?.int, (0...limit).contains(start),
        (0...limit).contains(stop), !content.isEmpty
      else { throw error(place, "no start and stop", expected: "two numbers from 0 to \(limit)") }
      return [StripDecoder(content: content, start: start, stop: stop)]
    case "Replace":
      let replacement = bytes(stage, "content", default: "")
      switch try pattern(stage, place) {
      case .literal(let literal): return [ReplaceDecoder(literal: literal, replacement: replacement)]
      case .expression(let expression):
        do {
          return [PatternReplaceDecoder(pattern: try SplitPattern(expression), replacement: replacement)]
        } catch {
          throw self.error("\(place).pattern", "\(error)", expected: "a regular expression")
        }
      }
    case "Metaspace":
      let prepends = stage["prepend_scheme"]?.string.map { $0 != "never" } ?? (stage["add_prefix_space"]?.bool ?? true)
      return [
        MetaspaceDecoder(
          replacement: stage["replacement"] == nil
            ? PipelineTokenizer.mark : try character(stage, "replacement", place),
          dropsFirst: prepends)
      ]
    case "WordPiece":
      return [
        WordPieceDecoder(prefix: bytes(stage, "prefix", default: "##"), cleansUp: stage["cleanup"]?.bool ?? true)
      ]
    case "CTC":
      return [
        CTCDecoder(
          padding: bytes(stage, "pad_token", default: "<pad>"),
          delimiter: bytes(stage, "word_delimiter_token", default: "|"), cleansUp: stage["cleanup"]?.bool ?? true)
      ]
    case "BPEDecoder": return [BPEDecoder(suffix: bytes(stage, "suffix", default: "</w>"))]
    default:
      throw error(
        place, "the decoder \(type)",
        expected:
          "one of Sequence, ByteLevel, WordPiece, Metaspace, ByteFallback, Fuse, Strip, Replace, BPEDecoder, CTC")
    }
  }

  private func bytes(_ stage: JSON, _ key: String, default text: String) -> [UInt8] {
    Array((stage[key]?.string ?? text).utf8)
  }
}
