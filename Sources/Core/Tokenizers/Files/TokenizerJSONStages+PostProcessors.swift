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
    case "TemplateProcessing":
      return TemplatePostProcessor(
        single: try template(stage, "single", place) ?? [.text(isSecond: false, type: 0)],
        pair: try template(stage, "pair", place) ?? TemplatePiece.plainPair)
    case "BertProcessing", "RobertaProcessing":
      guard let cls = stage["cls"]?[1]?.int, let sep = stage["sep"]?[1]?.int else {
        throw error(place, "no cls and sep", expected: "[token, id] each")
      }
      let start = try tokenID(cls, of: stage["cls"]?[0]?.string ?? "cls", place)
      let end = try tokenID(sep, of: stage["sep"]?[0]?.string ?? "sep", place)
      return type == "BertProcessing"
        ? TemplatePostProcessor.bert(start: start, end: end) : TemplatePostProcessor.roberta(start: start, end: end)
    default:
      throw error(
        place, "the post-processor \(type)",
        expected: "one of Sequence, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing")
    }
  }

  /// The pieces of one template; nil where it is not given.
  private func template(_ stage: JSON, _ key: String, _ place: String) throws -> [TemplatePiece]? {
    guard let value = stage[key], !value.isNull else { return nil }
    var pieces: [TemplatePiece] = []
    for (index, piece) in try list(stage, key, place).enumerated() {
      let place = "\(place).\(key)[\(index)]"
      if let sequence = piece["Sequence"] {
        let isSecond = sequence["id"]?.string == "B"
        guard !isSecond || key == "pair" else { throw error(place, "the second text", expected: "the first alone") }
        pieces.append(.text(isSecond: isSecond, type: try typeID(sequence, place)))
      } else if let token = piece["SpecialToken"], let name = token["id"]?.string {
        guard let ids = stage["special_tokens"]?[name]?["ids"]?.array else {
          throw error(place, "the special token \(name)", expected: "one of its special_tokens")
        }
        let type = try typeID(token, place)
        for id in ids {
          guard let id = id.int else { throw error(place, id.kind, expected: "an id") }
          pieces.append(.token(try tokenID(id, of: name, place), type: type))
        }
      } else {
        throw error(place, piece.kind, expected: "a Sequence or a SpecialToken")
      }
    }
    let texts = pieces.count { $0.isText }
    guard key == "pair" || texts == 1 else {
      throw error("\(place).\(key)", "a template with the text \(texts) times", expected: "one with it once")
    }
    return pieces
  }

  private func typeID(_ piece: JSON, _ place: String) throws -> Int32 {
    guard let given = piece["type_id"], !given.isNull else { return 0 }
    guard let type = given.int.flatMap({ Int32(exactly: $0) }), type >= 0 else {
      throw error("\(place).type_id", given.kind, expected: "a whole number from 0")
    }
    return type
  }
}
