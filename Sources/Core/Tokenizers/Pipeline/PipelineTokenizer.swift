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
    /// What the unknown token is called that the vocabulary lacks.
    var missingUnknown: String?
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
  let borders = KnownBorders()
  /// Whether a stage asks where in the text a piece came from.
  let asksForPlaces: Bool
  /// Whether each encoding has to be looked through for text without a token.
  let mayLackTokens: Bool

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
    asksForPlaces = Self.asksForPlaces(stages.preTokenizer)
    mayLackTokens = stages.model.mayLackTokens
    addsBOS = specialTokens.bos.map { stages.postProcessor?.prefix.contains($0) ?? false } ?? false
  }

  // MARK: - Encoding

  public func encode(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool
  ) throws -> Encoding {
    var encoding = Encoding()
    try encodeParts(utf8, parseSpecialTokens, window: Self.window) { encoding.append(&$0, $1) }
    if addSpecialTokens { stages.postProcessor?.apply(&encoding, textLength: utf8.count) }
    return encoding
  }

  /// For tests: windows of another size.
  package func encode(utf8: UnsafeBufferPointer<UInt8>, parseSpecialTokens: Bool, window: Int) throws -> Encoding {
    var encoding = Encoding()
    try encodeParts(utf8, parseSpecialTokens, window: window) { encoding.append(&$0, $1) }
    return encoding
  }

  /// A part of a text that has been encoded.
  struct EncodedPart {
    /// The first of its tokens; those before belong to the part before.
    var first = 0
    /// Where in the text the places of its tokens are counted from.
    var origin: Int
    /// The end of the part.
    var end: Int
    /// Of the text.
    var length: Int
  }

  /// Hands out the tokens of a text part by part; `body` may keep them.
  /// - Throws: ``TokenizationError``.
  func encodeParts(
    _ utf8: UnsafeBufferPointer<UInt8>, _ parsesSpecial: Bool, window: Int,
    _ body: (inout TokenRun, EncodedPart) -> Void
  ) throws {
    // Places are kept in 32 bits; a longer text is worked on in parts.
    var from = 0
    for text in Self.parts(utf8) {
      try scratch.with { scratch in
        try forEachWindow(of: text, size: window) { window in
          scratch.run.removeAll()
          encode(window.text, parsesSpecial, scratch)
          try checkGrowth(scratch, of: window.text.count)
          if mayLackTokens { try checkTokens(scratch.run, window.text, at: from + window.start) }
          var part = EncodedPart(origin: from + window.start, end: from + window.end, length: utf8.count)
          if window.anchor > 0 {
            let ends = scratch.run.ranges
            while part.first < ends.count, Int(ends[part.first].end) <= window.anchor { part.first += 1 }
          }
          body(&scratch.run, part)
        }
        // What an enormous text needed is not kept for ever.
        if scratch.run.ranges.capacity > 1 << 20 { scratch.run = TokenRun() }
      }
      from += text.count
    }
  }

  /// Appends the tokens of a text to `scratch.run`.
  private func encode(_ utf8: UnsafeBufferPointer<UInt8>, _ parsesSpecial: Bool, _ scratch: EncodeScratch) {
    let text = AlignedText.repairing(utf8)
    scratch.begin(utf8.count)
    forEachPart(of: text, normalized: false, parsesSpecial) { part in
      guard !scratch.isOverfull else { return }
      switch part {
      case .token(let id, let range):
        let source = text.source(range)
        scratch.run.append(id, source.lowerBound, source.upperBound)
      case .text(let range):
        var section = text.slice(range)
        if let fused = stages.fused, section.isUnchanged, !stages.added.hasNormalizedTokens {
          let first = prepare(section, scratch)
          section.withBytes { fused.tokenize($0, scratch: scratch, into: &scratch.run) }
          scratch.run.move(from: first, by: section.source(0..<section.count).lowerBound)
          return
        }
        stages.normalizer?.normalize(&section)
        scratch.note(section, of: range.count)
        guard stages.added.hasNormalizedTokens else {
          encodeText(section, scratch)
          return
        }
        forEachPart(of: section, normalized: true, parsesSpecial) { part in
          guard !scratch.isOverfull else { return }
          switch part {
          case .token(let id, let range):
            let source = section.source(range)
            scratch.run.append(id, source.lowerBound, source.upperBound)
          case .text(let range): encodeText(section.slice(range), scratch)
          }
        }
      }
    }
  }

  /// Hands out the added tokens in a text, and what lies between.
  func forEachPart(
    of text: AlignedText, normalized: Bool, _ parsesSpecial: Bool, _ body: (AddedVocabulary.Part) -> Void
  ) {
    text.withBytes { stages.added.forEachPart(of: $0, normalized: normalized, parsesSpecial: parsesSpecial, body) }
  }

  /// - Returns: how many tokens there are already.
  private func prepare(_ text: AlignedText, _ scratch: EncodeScratch) -> Int {
    let made = scratch.run.ids.count
    // Room that stays unused takes next to no memory; to grow takes twice as much as is used.
    if text.count > 2 * Self.window { scratch.run.reserve(made + text.count + 16) }
    return made
  }

  private func encodeText(_ text: AlignedText, _ scratch: EncodeScratch) {
    var pieces = PieceText(text)
    stages.preTokenizer?.split(&pieces)
    scratch.note(pieces.text, of: text.count)
    guard !scratch.isOverfull else { return }
    let first = prepare(text, scratch)
    stages.model.tokenize(pieces, scratch: scratch, into: &scratch.run)
    if pieces.text.isUnchanged {
      scratch.run.move(from: first, by: pieces.text.source(0..<text.count).lowerBound)
    } else {
      scratch.run.place(from: first, as: pieces.text)
    }
  }

  // MARK: - Failures

  /// - Throws: ``TokenizationError`` where the stages have made too much of a text of so many bytes.
  func checkGrowth(_ scratch: EncodeScratch, of count: Int) throws {
    if scratch.isOverfull { throw growthError(count) }
  }

  func growthError(_ count: Int) -> TokenizationError {
    TokenizationError(tokenizer: name, reason: .growth(bytes: count, allowed: TextGrowth.limit(count)))
  }

  /// - Throws: ``TokenizationError`` where a part of the text has no token.
  func checkTokens(_ run: TokenRun, _ text: UnsafeBufferPointer<UInt8>, at start: Int) throws {
    guard let index = run.ids.firstIndex(of: .lacking) else { return }
    let range = run.ranges[index].range
    throw tokenError(String(decoding: text[range], as: UTF8.self), at: start + range.lowerBound)
  }

  func tokenError(_ part: String, at byte: Int) -> TokenizationError {
    TokenizationError(tokenizer: name, reason: .noToken(part, byte: byte, unknown: stages.missingUnknown))
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
    let bytes = decodeBytes(ids, skipSpecialTokens: skipSpecialTokens)
    guard stages.decoders?.count == 1, decodesBytes else { return String(decoding: bytes, as: UTF8.self) }
    return bytes.withUnsafeBufferPointer {
      AlignedText.repairing($0).withBytes { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// What ``decode(_:skipSpecialTokens:)`` makes its text of: the bytes themselves, which need not be UTF-8 where ids end
  /// within a character.
  public func decodeBytes(_ ids: [TokenID], skipSpecialTokens: Bool) -> [UInt8] {
    guard let decoders = stages.decoders else {
      let kept = ids.filter { !(skipSpecialTokens && isSpecial($0)) }
      return Array(kept.compactMap { token(of: $0) }.joined(separator: " ").utf8)
    }
    var bytes: [UInt8] = []
    if decoders.count == 1, decodesBytes {
      for id in ids where !(skipSpecialTokens && isSpecial(id)) { bytes.append(contentsOf: decoderInput(id) ?? []) }
      return bytes
    }
    var chain = DecoderChain(decoders)
    for id in ids where !(skipSpecialTokens && isSpecial(id)) {
      if let input = decoderInput(id) { bytes.append(contentsOf: chain.push(input)) }
    }
    bytes.append(contentsOf: chain.finish())
    return bytes
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

extension TokenRun {
  fileprivate mutating func reserve(_ count: Int) {
    ids.reserveCapacity(count)
    ranges.reserveCapacity(count)
  }

  fileprivate mutating func move(from first: Int, by shift: Int) {
    guard shift != 0 else { return }
    for i in first..<ranges.count {
      ranges[i] = Piece(Int(ranges[i].start) + shift, Int(ranges[i].end) + shift)
    }
  }

  /// Turns places in `text` to those it came from.
  fileprivate mutating func place(from first: Int, as text: AlignedText) {
    var hint = 0
    for i in first..<ranges.count {
      let source = text.source(ranges[i].range, hint: &hint)
      ranges[i] = Piece(source.lowerBound, source.upperBound)
    }
  }
}

extension Encoding {
  fileprivate mutating func append(_ run: inout TokenRun, _ part: PipelineTokenizer.EncodedPart) {
    let new = run.ids.count - part.first
    TokenBuffer.makeRoom(in: &ids, for: new, done: part.end, of: part.length)
    TokenBuffer.makeRoom(in: &offsets, for: new, done: part.end, of: part.length)
    ids.append(contentsOf: run.ids[part.first...])
    for range in run.ranges[part.first...] {
      offsets.append((part.origin + Int(range.start))..<(part.origin + Int(range.end)))
    }
  }
}
