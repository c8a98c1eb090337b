/// Tells the kind of each token of a vocabulary.
struct TokenKinds: Sendable {
  private let tokenizer: any Tokenizer
  private let pipeline: PipelineTokenizer?
  private let vocabulary: Vocabulary?
  private let unknown: TokenID?
  private let isByteLevel: Bool
  /// By id, whether a token is one of the model's own, as most are.
  private let isOfModel: [Bool]

  init(_ tokenizer: any Tokenizer) {
    self.tokenizer = tokenizer
    pipeline = tokenizer as? PipelineTokenizer
    unknown = tokenizer.specialTokens.unknown
    guard let stages = pipeline?.stages else {
      (vocabulary, isByteLevel, isOfModel) = (nil, false, [])
      return
    }
    vocabulary = stages.model.vocabulary
    isByteLevel = stages.isByteLevel
    var isOfModel = [Bool](repeating: true, count: stages.model.vocabulary.count)
    for id in stages.added.tokens.map(\.id) + stages.plainTokens.keys where isOfModel.indices.contains(Int(id)) {
      isOfModel[Int(id)] = false
    }
    self.isOfModel = isOfModel
  }

  /// The bytes that the model's vocabulary has for a token; nil for one that comes from elsewhere.
  @inline(__always)
  func bytesOfModel(_ id: TokenID) -> UnsafeBufferPointer<UInt8>? {
    guard let vocabulary, id >= 0, Int(id) < isOfModel.count, isOfModel[Int(id)] else { return nil }
    return vocabulary.bytes(id)
  }

  func kind(of id: TokenID) -> TokenKind {
    if let bytes = bytesOfModel(id) {
      if id == unknown { return .unknown }
      if isByteLevel, bytes.count == 1 { return .byte }
      if !isByteLevel, bytes.count == 6, ByteFallback.byte(of: bytes) != nil { return .byte }
      guard let first = bytes.first, first == 0x5B || first == 0x3C else { return .normal }
      return kind(id, String(decoding: bytes, as: UTF8.self), isSpecial: false, isAdded: false)
    }
    guard let pipeline else {
      guard let written = tokenizer.token(of: id) else { return .unused }
      return kind(id, written, isSpecial: tokenizer.isSpecial(id), isAdded: false)
    }
    if let added = pipeline.stages.added.token(id) {
      return kind(id, added.content, isSpecial: added.isSpecial, isAdded: true)
    }
    if let plain = pipeline.stages.plainTokens[id] { return kind(id, plain, isSpecial: false, isAdded: false) }
    return .unused
  }

  private func kind(_ id: TokenID, _ written: String, isSpecial: Bool, isAdded: Bool) -> TokenKind {
    if id == unknown { return .unknown }
    if Self.isReserved(written) { return .unused }
    if isSpecial { return ["<unk>", "[UNK]", "<|unk|>"].contains(written) ? .unknown : .special }
    return isAdded ? .userDefined : .normal
  }

  /// Names of places kept free: `[unused7]`, `<unused7>`, `<|reserved_special_token_3|>`, `[PAD151646]`, `<SPECIAL_20>`.
  static func isReserved(_ written: String) -> Bool {
    let prefixes = [
      "[unused", "<unused", "<|reserved_special_token_", "<|reserved_token_", "<reserved_", "[PAD", "<SPECIAL_",
      "<|unused", "<|dummy_", "<dummy",
    ]
    guard let prefix = prefixes.first(where: { written.hasPrefix($0) }) else { return false }
    let rest = written.dropFirst(prefix.count)
    return rest.first?.isNumber ?? false
  }

  func roles(of id: TokenID) -> [TokenRole] {
    let special = tokenizer.specialTokens
    var roles: [TokenRole] = []
    if id == special.bos { roles.append(.bos) }
    if id == special.eos { roles.append(.eos) }
    if id == special.padding { roles.append(.padding) }
    if id == special.unknown { roles.append(.unknown) }
    if special.endOfGeneration.contains(id) { roles.append(.endOfGeneration) }
    let written = tokenizer.token(of: id) ?? ""
    switch written {
    case "[CLS]": roles.append(.classification)
    case "[SEP]": roles.append(.separator)
    case "[MASK]", "<mask>": roles.append(.mask)
    default: break
    }
    if let fim = special.fillInTheMiddle {
      if id == fim.prefix { roles.append(.fimPrefix) }
      if id == fim.middle { roles.append(.fimMiddle) }
      if id == fim.suffix { roles.append(.fimSuffix) }
      if id == fim.padding { roles.append(.fimPadding) }
      if id == fim.repositoryName { roles.append(.repositoryName) }
      if id == fim.fileSeparator { roles.append(.fileSeparator) }
    }
    return roles
  }
}
