extension Tokenizer {
  /// The tokens of a text as the official library writes them: by the vocabulary, but for unknown ones of Hugging
  /// Face's Unigram, which stand as the normalized text they are.
  public func written(_ encoding: Encoding, of text: UnsafeBufferPointer<UInt8>) -> WrittenTokens {
    written(encoding.ids, of: text)
  }

  /// - Parameter ids: of all tokens of the text.
  public func written(_ ids: [TokenID], of text: UnsafeBufferPointer<UInt8>) -> WrittenTokens {
    var written = WrittenTokens(self, ids)
    guard let pipeline = self as? PipelineTokenizer, let model = pipeline.stages.model as? UnigramModel,
      model.looksUpUnknown, let unknown = model.unknown
    else { return written }
    let count = ids.count { $0 == unknown }
    guard count > 0 else { return written }
    // Whether special tokens were parsed, the number of unknown ones says where it matters.
    for parsesSpecial in [true, false] {
      let surfaces = pipeline.surfaces(of: unknown, in: text, parsesSpecial: parsesSpecial)
      guard surfaces.count == count else { continue }
      written.surfaces = surfaces
      written.places = ids.indices.filter { ids[$0] == unknown }.map { UInt32(truncatingIfNeeded: $0) }
      break
    }
    return written
  }
}

/// Texts one behind the other.
struct TextList: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  var count: Int { ends.count }

  mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
  }

  subscript(index: Int) -> String {
    String(decoding: bytes[(index > 0 ? ends[index - 1] : 0)..<ends[index]], as: UTF8.self)
  }
}

/// Tokens as they are written, each made when it is asked for; nil for an unknown id.
public struct WrittenTokens: RandomAccessCollection, Sendable {
  private let tokenizer: any Tokenizer
  private let ids: [TokenID]
  /// Of tokens that are not written as the vocabulary does, at these places.
  fileprivate var surfaces = TextList()
  fileprivate var places: [UInt32] = []

  fileprivate init(_ tokenizer: any Tokenizer, _ ids: [TokenID]) {
    self.tokenizer = tokenizer
    self.ids = ids
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { ids.count }
  public subscript(index: Int) -> String? { surface(index) ?? tokenizer.token(of: ids[index]) }

  private func surface(_ index: Int) -> String? {
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle] == index { return surfaces[middle] }
      if places[middle] < index { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}

extension PipelineTokenizer {
  /// What the tokens of one id stand for in a text, as the stages before the model left it, in order.
  fileprivate func surfaces(
    of id: TokenID, in utf8: UnsafeBufferPointer<UInt8>, parsesSpecial: Bool
  ) -> TextList {
    var surfaces = TextList()
    forEachWindow(of: utf8, size: Self.window) { window in
      add(window, id, parsesSpecial, to: &surfaces)
    }
    return surfaces
  }

  private func add(_ window: TextWindow, _ id: TokenID, _ parsesSpecial: Bool, to surfaces: inout TextList) {
    // Which tokens are of the text before, only places tell.
    let keepsSources = asksForPlaces || window.anchor > 0
    func append(_ bytes: UnsafeBufferPointer<UInt8>, endingAt end: Int) {
      if end > window.anchor || window.anchor == 0 { surfaces.append(bytes) }
    }
    func add(_ text: AlignedText, _ scratch: EncodeScratch) {
      var pieces = PieceText(text)
      stages.preTokenizer?.split(&pieces)
      scratch.run.removeAll()
      stages.model.tokenize(pieces, scratch: scratch, into: &scratch.run)
      pieces.text.withBytes { bytes in
        for (token, piece) in zip(scratch.run.ids, scratch.run.ranges) where token == id {
          append(
            UnsafeBufferPointer(rebasing: bytes[piece.range]), endingAt: pieces.text.source(piece.range).upperBound)
        }
      }
    }
    func addToken(_ token: TokenID, _ end: Int) {
      guard token == id else { return }
      Array((self.token(of: id) ?? "").utf8).withUnsafeBufferPointer { append($0, endingAt: end) }
    }
    let text = AlignedText.repairing(window.text, keepsSources: keepsSources)
    scratch.with { scratch in
      for part in text.withBytes({ stages.added.parts($0, normalized: false, parsesSpecial: parsesSpecial) }) {
        guard case .text(let range) = part else {
          if case .token(let token, let range) = part { addToken(token, text.source(range).upperBound) }
          continue
        }
        var section = text.slice(range)
        stages.normalizer?.normalize(&section)
        guard stages.added.hasNormalizedTokens else {
          add(section, scratch)
          continue
        }
        for part in section.withBytes({ stages.added.parts($0, normalized: true, parsesSpecial: parsesSpecial) }) {
          switch part {
          case .token(let token, let range): addToken(token, section.source(range).upperBound)
          case .text(let range): add(section.slice(range), scratch)
          }
        }
      }
      // What an enormous text needed is not kept for ever.
      if scratch.run.ranges.capacity > 1 << 20 { scratch.run = TokenRun() }
    }
  }
}
