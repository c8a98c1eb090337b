/// The stages of a tokenizer.json by the names they have there. What is not known is refused by name, since ids would
/// be wrong without it.
struct TokenizerJSONStages {
  let file: String

  func error(_ place: String, _ found: String, expected: String? = nil) -> FormatError {
    FormatError(file: file, place: place, found: found, expected: expected)
  }

  func type(_ stage: JSON, _ place: String) throws -> String {
    guard let type = stage["type"]?.string else { throw error(place, stage.kind, expected: "an object with a type") }
    return type
  }

  func list(_ stage: JSON, _ key: String, _ place: String) throws -> [JSON] {
    guard let list = stage[key]?.array else { throw error("\(place).\(key)", "no list", expected: "an array") }
    return list
  }

  /// The pattern of a Replace or Split stage.
  enum Pattern {
    case literal([UInt8])
    case expression(String)
  }

  func pattern(_ stage: JSON, _ place: String) throws -> Pattern {
    if let text = stage["pattern"]?["String"]?.string, !text.isEmpty { return .literal(Array(text.utf8)) }
    if let text = stage["pattern"]?["Regex"]?.string { return .expression(text) }
    throw error("\(place).pattern", stage["pattern"]?.kind ?? "nothing", expected: "a String or a Regex")
  }
}
