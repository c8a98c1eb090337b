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
      guard case .literal(let literal) = try pattern(stage, place) else {
        throw error(place, "a Replace by regular expression", expected: "one by a text, the only kind supported so far")
      }
      return ReplaceNormalizer(literal: literal, replacement: Array((stage["content"]?.string ?? "").utf8))
    case "NFC": return CanonicalNormalizer(composes: true)
    case "NFD": return CanonicalNormalizer(composes: false)
    default:
      throw error(
        place, "the normalizer \(type)",
        expected: "one of Sequence, Prepend, Replace, NFC, NFD, which are supported so far")
    }
  }
}
