extension TokenizerJSONStages {
  private static let longest = 1 << 24

  func truncation(_ section: JSON?) throws -> Truncation? {
    guard let section, !section.isNull else { return nil }
    let length = try count(section, "max_length", "truncation")
    return Truncation(
      maximumLength: length, strategy: try named(section, "strategy", "truncation", .longestFirst),
      direction: try named(section, "direction", "truncation", .right))
  }

  func padding(_ section: JSON?) throws -> Padding? {
    guard let section, !section.isNull else { return nil }
    var length = Padding.Length.longest
    if let strategy = section["strategy"], strategy.object != nil {
      length = .fixed(try count(strategy, "Fixed", "padding.strategy"))
    } else if let name = section["strategy"]?.string, name != "BatchLongest" {
      throw error("padding.strategy", name, expected: "BatchLongest or Fixed")
    }
    func optional(_ key: String) throws -> Int? {
      guard let value = section[key], !value.isNull else { return nil }
      return try count(section, key, "padding")
    }
    let id = try tokenID(
      try optional("pad_id") ?? 0, of: section["pad_token"]?.string ?? "padding", "padding.pad_id")
    return Padding(
      length: length, multiple: try optional("pad_to_multiple_of"),
      direction: try named(section, "direction", "padding", .right), id: id,
      typeID: Int32(try optional("pad_type_id") ?? 0))
  }

  private func count(_ section: JSON, _ key: String, _ place: String) throws -> Int {
    guard let value = section[key]?.int, (0...Self.longest).contains(value) else {
      throw error("\(place).\(key)", section[key]?.kind ?? "nothing", expected: "a number from 0 to \(Self.longest)")
    }
    return value
  }

  private func named<Name: RawRepresentable<String>>(
    _ section: JSON, _ key: String, _ place: String, _ usual: Name
  ) throws -> Name {
    guard let value = section[key], !value.isNull else { return usual }
    guard let text = value.string, let name = Name(rawValue: text) else {
      throw error("\(place).\(key)", value.string ?? value.kind, expected: "a name such as \(usual.rawValue)")
    }
    return name
  }
}
