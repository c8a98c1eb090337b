/// A tokenizer made of stages, as tokenizer.json lays them out: added tokens are cut out, the rest is normalized, cut
/// into pieces, and given to the model; a post-processor adds special tokens; decoders go the way back.
public final class PipelineTokenizer: Tokenizer {
  /// What a pipeline is made of.
  struct Stages: Sendable {
    var added: AddedVocabulary
    var normalizer: (any Normalizer)?
    var preTokenizer: (any PreTokenizer)?
    var model: any TokenModel
    /// The same three at once.
    var fused: (any FusedPipeline)?
    var postProcessor: (any PostProcessor)?
    /// nil: tokens are joined with spaces.
    var decoders: [any TokenDecoder]?
    /// The vocabulary holds bytes; its tokens are written with ``ByteAlphabet``.
    var isByteLevel: Bool
    /// Tokens of a byte-level vocabulary that are not written so, but as plain text.
    var plainTokens: [TokenID: String] = [:]
    /// What the file says about the lengths of a model's inputs.
    var truncation: Truncation?
    var padding: Padding?
  }

  public let name: String
  public let vocabularySize: Int
  public let specialTokens: SpecialTokens
  public let addsBOS: Bool
  let stages: Stages
  private let special: Set<TokenID>
  private let plainIDs: [String: TokenID]
  private let decodesBytes: Bool
  let scratch = ScratchPool()
  /// How text is cut where only ids are asked for; nil: as the pre-tokenizer does it.
  let cut: PieceCut?
  let pieceModel: (any PieceModel)?
  let spacedWords: SpacedWords?

  init(name: String, stages: Stages, specialTokens: SpecialTokens) {
    self.name = name
    self.stages = stages
    self.specialTokens = specialTokens
    vocabularySize = max(stages.model.vocabulary.count, Int(stages.added.tokens.map(\.id).max() ?? -1) + 1)
    special = Set(stages.added.tokens.filter(\.isSpecial).map(\.id))
    plainIDs = Dictionary(stages.plainTokens.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    decodesBytes = stages.decoders?.first is ByteLevelDecoder
    pieceModel = (stages.model as? any PieceModel).flatMap { $0.keepsPieces ? $0 : nil }
    cut = pieceModel == nil ? nil : PieceCut(stages.preTokenizer)
    spacedWords = SpacedWords(stages)
    addsBOS = specialTokens.bos.map { stages.postProcessor?.prefix.contains($0) ?? false } ?? false
  }

  // MARK: - Encoding

  public func encode(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool
  ) -> Encoding {
    var encoding = Encoding()
    // Places are kept in 32 bits; a longer text is worked on in parts.
    let limit = Int(Int32.max)
    var from = 0
    repeat {
      var end = min(utf8.count, from + limit)
      while end < utf8.count, end > from, utf8[end] & 0xC0 == 0x80 { end -= 1 }
      let part = UnsafeBufferPointer(rebasing: utf8[from..<end])
      scratch.with { encode(part, at: from, parseSpecialTokens, $0, into: &encoding) }
      from = end
    } while from < utf8.count
    if addSpecialTokens { stages.postProcessor?.apply(&encoding, textLength: utf8.count) }
    return encoding
  }

  private func encode(
    _ utf8: UnsafeBufferPointer<UInt8>, at origin: Int, _ parsesSpecial: Bool, _ scratch: EncodeScratch,
    into encoding: inout Encoding
  ) {
    encoding.ids.reserveCapacity(encoding.ids.count + utf8.count / 4)
    encoding.offsets.reserveCapacity(encoding.offsets.count + utf8.count / 4)
    let text = AlignedText.repairing(utf8)
    let parts = text.withBytes { stages.added.parts($0, normalized: false, parsesSpecial: parsesSpecial) }
    for part in parts {
      switch part {
      case .token(let id, let range): encoding.append(id, text.source(range), origin)
      case .text(let range):
        var section = text.slice(range)
        if let fused = stages.fused, section.isUnchanged, !stages.added.hasNormalizedTokens {
          encodeText(section, origin, scratch, by: fused, into: &encoding)
          continue
        }
        stages.normalizer?.normalize(&section)
        guard stages.added.hasNormalizedTokens else {
          encodeText(section, origin, scratch, into: &encoding)
          continue
        }
        let inner = section.withBytes { stages.added.parts($0, normalized: true, parsesSpecial: parsesSpecial) }
        for part in inner {
          switch part {
          case .token(let id, let range): encoding.append(id, section.source(range), origin)
          case .text(let range): encodeText(section.slice(range), origin, scratch, into: &encoding)
          }
        }
      }
    }
  }

  private func encodeText(
    _ text: AlignedText, _ origin: Int, _ scratch: EncodeScratch, into encoding: inout Encoding
  ) {
    var pieces = PieceText(text)
    stages.preTokenizer?.split(&pieces)
    scratch.run.removeAll()
    stages.model.tokenize(pieces, scratch: scratch, into: &scratch.run)
    if encoding.ids.isEmpty {
      swap(&encoding.ids, &scratch.run.ids)
    } else {
      encoding.ids.append(contentsOf: scratch.run.ids)
    }
    encoding.offsets.reserveCapacity(encoding.offsets.count + scratch.run.ranges.count)
    for piece in scratch.run.ranges {
      let source = pieces.text.source(piece.range)
      encoding.offsets.append((origin + source.lowerBound)..<(origin + source.upperBound))
    }
    // What an enormous text needed is not kept for ever.
    if scratch.run.ranges.count > 1 << 20 { scratch.run = TokenRun() }
  }

  private func encodeText(
    _ text: AlignedText, _ origin: Int, _ scratch: EncodeScratch, by fused: any FusedPipeline,
    into encoding: inout Encoding
  ) {
    scratch.run.removeAll()
    text.withBytes { fused.tokenize($0, scratch: scratch, into: &scratch.run) }
    let origin = origin + text.source(0..<text.count).lowerBound
    encoding.ids.append(contentsOf: scratch.run.ids)
    for piece in scratch.run.ranges { encoding.offsets.append((origin + Int(piece.start))..<(origin + Int(piece.end))) }
  }

  // MARK: - Tokens

  public func token(of id: TokenID) -> String? {
    if let added = stages.added.token(id) { return added.content }
    if let plain = stages.plainTokens[id] { return plain }
    guard let bytes = stages.model.vocabulary.bytes(id) else { return nil }
    return stages.isByteLevel ? ByteAlphabet.encode(bytes) : String(decoding: bytes, as: UTF8.self)
  }

  public func id(of token: String) -> TokenID? {
    let bytes = Array(token.utf8)
    if let added = stages.added.token(bytes) { return added.id }
    if let plain = plainIDs[token] { return plain }
    var key = bytes
    if stages.isByteLevel {
      key = []
      guard bytes.withUnsafeBufferPointer({ ByteAlphabet.decode($0, into: &key) }) else { return nil }
    }
    let id = stages.model.vocabulary.id(key)
    return id >= 0 ? id : nil
  }

  public func isSpecial(_ id: TokenID) -> Bool { special.contains(id) }

  public func bytes(of id: TokenID) -> [UInt8] {
    if let added = stages.added.token(id) { return Array(added.content.utf8) }
    if let plain = stages.plainTokens[id] { return Array(plain.utf8) }
    guard let bytes = stages.model.vocabulary.bytes(id) else { return [] }
    let marks = stages.model.marks
    if !marks.isEmpty { return marks.removed(from: bytes) }
    if stages.isByteLevel { return Array(bytes) }
    if let byte = ByteFallback.byte(of: bytes) { return [byte] }
    return replacing(Array(bytes), Self.mark, by: [0x20])
  }

  /// U+2581, which SentencePiece writes for a space.
  static let mark: [UInt8] = [0xE2, 0x96, 0x81]

  // MARK: - Decoding

  public func decode(_ ids: [TokenID], skipSpecialTokens: Bool) -> String {
    guard let decoders = stages.decoders else {
      let kept = ids.filter { !(skipSpecialTokens && isSpecial($0)) }
      return kept.compactMap { token(of: $0) }.joined(separator: " ")
    }
    var bytes: [UInt8] = []
    if decoders.count == 1, decodesBytes {
      for id in ids where !(skipSpecialTokens && isSpecial(id)) { bytes.append(contentsOf: decoderInput(id) ?? []) }
      return bytes.withUnsafeBufferPointer {
        AlignedText.repairing($0).withBytes { String(decoding: $0, as: UTF8.self) }
      }
    }
    var chain = DecoderChain(decoders)
    for id in ids where !(skipSpecialTokens && isSpecial(id)) {
      if let input = decoderInput(id) { bytes.append(contentsOf: chain.push(input)) }
    }
    bytes.append(contentsOf: chain.finish())
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What the decoders get for a token; nil for an unknown id.
  func decoderInput(_ id: TokenID) -> [UInt8]? {
    if let text = stages.added.token(id)?.content ?? stages.plainTokens[id] {
      // A letter of the alphabet stands for its byte, also in the text of an added token.
      guard decodesBytes else { return Array(text.utf8) }
      var bytes: [UInt8] = []
      let isWritten = Array(text.utf8).withUnsafeBufferPointer { ByteAlphabet.decode($0, into: &bytes) }
      return isWritten ? bytes : Array(text.utf8)
    }
    guard let bytes = stages.model.vocabulary.bytes(id) else { return nil }
    switch (stages.isByteLevel, decodesBytes) {
    case (true, true), (false, false): return Array(bytes)
    case (true, false): return Array(ByteAlphabet.encode(bytes).utf8)
    case (false, true):
      var decoded: [UInt8] = []
      return ByteAlphabet.decode(bytes, into: &decoded) ? decoded : Array(bytes)
    }
  }

  /// The decoders of one running text; nil where tokens are joined with spaces.
  func makeDecoderChain() -> DecoderChain? { stages.decoders.map(DecoderChain.init) }
}

extension Encoding {
  fileprivate mutating func append(_ id: TokenID, _ source: Range<Int>, _ origin: Int) {
    ids.append(id)
    offsets.append((origin + source.lowerBound)..<(origin + source.upperBound))
  }
}
