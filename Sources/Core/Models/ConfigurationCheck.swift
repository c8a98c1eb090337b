extension ModelConfiguration {
  /// Refuses sizes that no model has, so that a damaged file neither overflows a product nor asks for absurd memory.
  /// - Throws: ``FormatError``.
  func check(file: String) throws {
    func within(_ value: Int, _ limit: Int, _ what: String) throws {
      guard value > 0, value <= limit else {
        throw FormatError(file: file, place: what, found: "\(value)", expected: "1 to \(limit)")
      }
    }
    try within(vocabularySize, 1 << 24, "vocabulary size")
    try within(hiddenSize, 1 << 17, "hidden size")
    try within(intermediateSize, 1 << 19, "intermediate size")
    try within(layers, 1 << 12, "number of layers")
    try within(heads, 1 << 12, "number of attention heads")
    try within(keyValueHeads, 1 << 12, "number of key/value heads")
    try within(headDimension, 1 << 13, "head size")
    try within(contextLength, Int(Int32.max), "context length")
    guard heads % keyValueHeads == 0 else {
      throw FormatError(
        file: file, place: "attention heads", found: "\(heads) heads on \(keyValueHeads) key/value heads",
        expected: "a whole multiple")
    }
    guard normEpsilon.isFinite, normEpsilon >= 0 else {
      throw FormatError(file: file, place: "norm epsilon", found: "\(normEpsilon)", expected: "a small number")
    }
    for rope in [rope, localRope].compactMap({ $0 }) {
      guard rope.base.isFinite, rope.base > 0, rope.dimensions > 0, rope.dimensions % 2 == 0,
        rope.dimensions <= headDimension
      else {
        throw FormatError(
          file: file, place: "rotary embedding", found: "base \(rope.base) over \(rope.dimensions) dimensions",
          expected: "a base above 0 and an even number of at most \(headDimension)")
      }
    }
  }
}
