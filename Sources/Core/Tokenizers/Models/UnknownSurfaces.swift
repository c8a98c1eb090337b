extension Tokenizer {
  /// The tokens of a text as the official library writes them: by the vocabulary, but for unknown ones of Hugging
  /// Face's Unigram, which stand as the normalized text they are.
  public func written(_ encoding: Encoding, of text: UnsafeBufferPointer<UInt8>) -> WrittenTokens {
    var written = WrittenTokens(self, encoding.ids)
    guard let pipeline = self as? PipelineTokenizer, let model = pipeline.stages.model as? UnigramModel,
      model.looksUpUnknown, let unknown = model.unknown
    else { return written }
    let places = encoding.ids.indices.filter { encoding.ids[$0] == unknown }
    guard !places.isEmpty else { return written }
    // Whether special tokens were parsed, the number of unknown ones says where it matters.
    for parsesSpecial in [true, false] {
      let surfaces = pipeline.surfaces(of: unknown, in: text, parsesSpecial: parsesSpecial)
      guard surfaces.count == places.count else { continue }
      written.surfaces = Dictionary(uniqueKeysWithValues: zip(places, surfaces))
      break
    }
    return written
  }
}

/// Tokens as they are written, each made when it is asked for; nil for an unknown id.
public struct WrittenTokens: RandomAccessCollection, Sendable {
  private let tokenizer: any Tokenizer
  private let ids: [TokenID]
  /// By place, where a token is not written as the vocabulary does.
  fileprivate var surfaces: [Int: String] = [:]

  fileprivate init(_ tokenizer: any Tokenizer, _ ids: [TokenID]) {
    self.tokenizer = tokenizer
    self.ids = ids
  }

  public var startIndex: Int { 0 }
  public var endIndex: Int { ids.count }
  public subscript(index: Int) -> String? {
    if !surfaces.isEmpty, let surface = surfaces[index] { return surface }
    return tokenizer.token(of: ids[index])
  }
}

extension PipelineTokenizer {
  /// What the tokens of one id stand for in a text, as the stages before the model left it, in order.
  fileprivate func surfaces(
    of id: TokenID, in utf8: UnsafeBufferPointer<UInt8>, parsesSpecial: Bool
  ) -> [String] {
    var surfaces: [String] = []
    func add(_ text: AlignedText, _ scratch: EncodeScratch) {
      var pieces = PieceText(text)
      stages.preTokenizer?.split(&pieces)
      scratch.run.removeAll()
      stages.model.tokenize(pieces, scratch: scratch, into: &scratch.run)
      pieces.text.withBytes { bytes in
        for (token, piece) in zip(scratch.run.ids, scratch.run.ranges) where token == id {
          surfaces.append(String(decoding: bytes[piece.range], as: UTF8.self))
        }
      }
    }
    let text = AlignedText.repairing(utf8)
    scratch.with { scratch in
      for part in text.withBytes({ stages.added.parts($0, normalized: false, parsesSpecial: parsesSpecial) }) {
        guard case .text(let range) = part else {
          if case .token(id, _) = part { surfaces.append(token(of: id) ?? "") }
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
          case .token(let other, _): if other == id { surfaces.append(token(of: id) ?? "") }
          case .text(let range): add(section.slice(range), scratch)
          }
        }
      }
    }
    return surfaces
  }
}
