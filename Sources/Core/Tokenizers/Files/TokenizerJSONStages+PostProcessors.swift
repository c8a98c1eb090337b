extension TokenizerJSONStages {
  func postProcessor(_ stage: JSON?, _ place: String = "post_processor") throws -> (any PostProcessor)? {
    guard let stage, !stage.isNull else { return nil }
    let type = try type(stage, place)
    switch type {
    // It only changes offsets, and ours are exact.
    case "ByteLevel": return nil
    case "Sequence":
      let stages = try list(stage, "processors", place).enumerated().compactMap {
        try postProcessor($1, "\(place).processors[\($0)]")
      }
      return PostProcessorSequence(stages: stages)
    case "TemplateProcessing": return try template(stage, place)
    case "BertProcessing", "RobertaProcessing":
      guard let cls = stage["cls"]?[1]?.int, let sep = stage["sep"]?[1]?.int else {
        throw error(place, "no cls and sep", expected: "[token, id] each")
      }
      return TemplatePostProcessor(prefix: [try tokenID(cls, place)], suffix: [try tokenID(sep, place)])
    default:
      throw error(
        place, "the post-processor \(type)",
        expected: "one of Sequence, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing")
    }
  }

  private func template(_ stage: JSON, _ place: String) throws -> TemplatePostProcessor {
    var result = TemplatePostProcessor()
    var isAfterText = false
    for (index, piece) in try list(stage, "single", place).enumerated() {
      let place = "\(place).single[\(index)]"
      if piece["Sequence"] != nil {
        isAfterText = true
      } else if let name = piece["SpecialToken"]?["id"]?.string {
        guard let ids = stage["special_tokens"]?[name]?["ids"]?.array else {
          throw error(place, "the special token \(name)", expected: "one of its special_tokens")
        }
        for id in ids {
          guard let id = id.int else { throw error(place, id.kind, expected: "an id") }
          if isAfterText {
            result.suffix.append(try tokenID(id, place))
          } else {
            result.prefix.append(try tokenID(id, place))
          }
        }
      } else {
        throw error(place, piece.kind, expected: "a Sequence or a SpecialToken")
      }
    }
    return result
  }

  private func tokenID(_ id: Int, _ place: String) throws -> TokenID {
    guard id >= 0, id <= Vocabulary.maximumID else {
      throw error(place, "id \(id)", expected: "0 to \(Vocabulary.maximumID)")
    }
    return TokenID(id)
  }
}
