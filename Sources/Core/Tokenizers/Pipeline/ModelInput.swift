/// An encoding as a model takes it: one text or two, with special tokens, cut or filled to a length.
public struct ModelInput: Sendable, Equatable {
  public var ids: [TokenID] = []
  /// The kind of each position (BERT's segment).
  public var typeIDs: [Int32] = []
  /// 0 at positions that only fill up the length, else 1.
  public var attentionMask: [UInt8] = []
  /// UTF-8 byte ranges of the text that the position belongs to; empty for special and filling tokens.
  public var offsets: [Range<Int>] = []

  mutating func append(_ encoding: Encoding, type: Int32) {
    ids += encoding.ids
    offsets += encoding.offsets
    fill(type: type)
  }

  mutating func append(_ id: TokenID, type: Int32, at place: Int) {
    ids.append(id)
    offsets.append(place..<place)
    fill(type: type)
  }

  private mutating func fill(type: Int32) {
    typeIDs += repeatElement(type, count: ids.count - typeIDs.count)
    attentionMask += repeatElement(1, count: ids.count - attentionMask.count)
  }
}

/// How texts are cut to a length, special tokens included; the section "truncation" of tokenizer.json.
public struct Truncation: Sendable, Equatable {
  public enum Strategy: String, Sendable {
    case longestFirst = "LongestFirst", onlyFirst = "OnlyFirst", onlySecond = "OnlySecond"
  }
  public enum Direction: String, Sendable { case left = "Left", right = "Right" }

  public var maximumLength: Int
  public var strategy: Strategy
  /// The end that is cut off.
  public var direction: Direction

  public init(maximumLength: Int, strategy: Strategy = .longestFirst, direction: Direction = .right) {
    self.maximumLength = maximumLength
    self.strategy = strategy
    self.direction = direction
  }

  /// What remains of one text or two of the lengths given.
  /// - Parameter limit: tokens of both together.
  /// - Returns: nil where the text that may be cut is too short for it.
  func lengths(_ first: Int, _ second: Int?, limit: Int) -> (first: Int, second: Int?)? {
    let excess = first + (second ?? 0) - limit
    guard excess > 0 else { return (first, second) }
    switch strategy {
    case .longestFirst:
      guard let second else { return (min(first, limit), nil) }
      // The longer one is cut to the shorter one's length, then both by half each.
      var (short, long) = (min(first, second), max(first, second))
      long = short > limit ? short : max(short, limit - short)
      if short + long > limit {
        short = limit / 2
        long = short + limit % 2
      }
      return first > second ? (long, short) : (short, long)
    case .onlyFirst: return first > excess ? (first - excess, second) : nil
    case .onlySecond: return second.flatMap { $0 > excess ? (first, $0 - excess) : nil }
    }
  }
}

/// How texts are filled up to a length; the section "padding" of tokenizer.json.
public struct Padding: Sendable, Equatable {
  public enum Length: Sendable, Equatable {
    /// That of the longest text of a batch.
    case longest
    case fixed(Int)
  }

  public var length: Length
  /// Lengths are rounded up to a multiple of this.
  public var multiple: Int?
  /// The end that is filled.
  public var direction: Truncation.Direction
  public var id: TokenID
  public var typeID: Int32

  public init(
    length: Length, multiple: Int? = nil, direction: Truncation.Direction = .right, id: TokenID, typeID: Int32 = 0
  ) {
    self.length = length
    self.multiple = multiple
    self.direction = direction
    self.id = id
    self.typeID = typeID
  }

  func apply(_ inputs: inout [ModelInput]) {
    var length = 0
    switch self.length {
    case .longest: length = inputs.map(\.ids.count).max() ?? 0
    case .fixed(let count): length = count
    }
    if let multiple, multiple > 0, length % multiple > 0 { length += multiple - length % multiple }
    for index in inputs.indices {
      let missing = length - inputs[index].ids.count
      guard missing > 0 else { continue }
      let end = direction == .right ? inputs[index].ids.count : 0
      inputs[index].ids.insert(contentsOf: repeatElement(id, count: missing), at: end)
      inputs[index].typeIDs.insert(contentsOf: repeatElement(typeID, count: missing), at: end)
      inputs[index].attentionMask.insert(contentsOf: repeatElement(0, count: missing), at: end)
      inputs[index].offsets.insert(contentsOf: repeatElement(0..<0, count: missing), at: end)
    }
  }
}

extension PipelineTokenizer {
  /// What the file says about the lengths of a model's inputs. It is followed only where asked for; see
  /// ``inputs(_:addSpecialTokens:truncation:padding:)``.
  public var truncation: Truncation? { stages.truncation }
  public var padding: Padding? { stages.padding }

  /// A text that cannot be cut as asked.
  public struct TruncationError: Error, CustomStringConvertible, Equatable {
    public var description: String
  }

  /// Encodes texts, or pairs of texts, to what a model takes.
  /// - Parameters:
  ///   - texts: each with the second text of a pair, if there is one.
  ///   - truncation: nil: nothing is cut off.
  ///   - padding: nil: nothing is filled up.
  /// - Throws: ``TruncationError``: the text that the strategy allows to cut is too short; ``TokenizationError``.
  public func inputs(
    _ texts: [(first: String, second: String?)], addSpecialTokens: Bool = true, parseSpecialTokens: Bool = true,
    truncation: Truncation? = nil, padding: Padding? = nil
  ) throws -> [ModelInput] {
    var inputs = try texts.map { text in
      var first = try encodeWithOffsets(text.first, parseSpecialTokens: parseSpecialTokens)
      var second = try text.second.map { try encodeWithOffsets($0, parseSpecialTokens: parseSpecialTokens) }
      let template = template(isPair: second != nil, addSpecialTokens)
      if let truncation {
        let limit = max(0, truncation.maximumLength - template.count { !$0.isText })
        guard let kept = truncation.lengths(first.ids.count, second?.ids.count, limit: limit) else {
          throw TruncationError(
            description:
              "The text is too short to be cut to \(truncation.maximumLength) tokens by \(truncation.strategy.rawValue)."
          )
        }
        first.keep(kept.first, truncation.direction)
        if let count = kept.second { second?.keep(count, truncation.direction) }
      }
      return assemble(template, first, second)
    }
    padding?.apply(&inputs)
    return inputs
  }

  private func template(isPair: Bool, _ addSpecialTokens: Bool) -> [TemplatePiece] {
    let pieces =
      isPair
      ? stages.postProcessor?.pair ?? TemplatePiece.plainPair
      : stages.postProcessor?.single ?? [.text(isSecond: false, type: 0)]
    return addSpecialTokens ? pieces : pieces.filter(\.isText)
  }

  private func assemble(_ template: [TemplatePiece], _ first: Encoding, _ second: Encoding?) -> ModelInput {
    var input = ModelInput()
    var place = 0
    for piece in template {
      switch piece {
      case .token(let id, let type): input.append(id, type: type, at: place)
      case .text(let isSecond, let type):
        let encoding = isSecond ? second ?? Encoding() : first
        input.append(encoding, type: type)
        place = encoding.offsets.last?.upperBound ?? place
      }
    }
    return input
  }
}

extension Encoding {
  fileprivate mutating func keep(_ count: Int, _ direction: Truncation.Direction) {
    let dropped = max(0, ids.count - count)
    switch direction {
    case .right:
      ids.removeLast(dropped)
      offsets.removeLast(dropped)
    case .left:
      ids.removeFirst(dropped)
      offsets.removeFirst(dropped)
    }
  }
}
