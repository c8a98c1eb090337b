/// Finds tokens that no text becomes.
///
/// A token counts as unreachable for one of three reasons, told in this order:
/// 1. its bytes are no part of any UTF-8 text;
/// 2. the model, given the token's own bytes as one piece, makes other tokens of them: merges inside a token never depend
///    on what stands around it, so this holds for any text;
/// 3. the token is whole characters, and none of ``contexts`` around its text makes `encode` give the token: the
///    normalizer changes it, or the pre-tokenizer always cuts it.
///
/// Special, unknown and unused tokens are never reported: text is not meant to become them. Tokens that begin or end
/// inside a character pass with the first two.
public struct ReachabilityCheck: Sendable {
  /// What is put before and after a token's text, in turn, until one gives the token.
  public static let contexts: [(before: String, after: String)] = [
    ("", ""), (" ", ""), ("a", ""), ("", "a"), ("a", "a"), (".", ""), ("(", ")"), ("\"", "\""), ("1", ""), ("", "1"),
    ("\n", ""), ("", "\n"), ("", " "), ("x", " y"), ("-", "-"), ("e", "."), ("\u{2665}", ""), ("\u{6F22}", "\u{6F22}"),
    ("\u{44A}", ""), ("Q", ""), ("zq", ""), ("\t", ""), ("_", ""), ("/", ""), ("0", "0"), ("\u{E000}", "\u{E000}"),
  ]

  private let tokenizer: any Tokenizer
  private let kinds: TokenKinds

  public init(_ tokenizer: any Tokenizer) {
    self.tokenizer = tokenizer
    kinds = TokenKinds(tokenizer)
  }

  /// Why no text becomes a token; nil where one does.
  public func check(_ id: TokenID) -> UnreachableToken? {
    let kind = kinds.kind(of: id)
    guard kind == .normal || kind == .byte else { return nil }
    let bytes = tokenizer.bytes(of: id)
    guard !bytes.isEmpty else { return nil }
    let form = PartialUTF8(bytes)
    guard form != .invalid else { return UnreachableToken(id: id, reason: .notUTF8, instead: []) }
    if let pipeline = tokenizer as? PipelineTokenizer, let instead = pipeline.instead(of: id) {
      return UnreachableToken(id: id, reason: .model, instead: instead.filter { $0 != .lacking })
    }
    guard form == .whole else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    for context in Self.contexts {
      // A text that cannot be encoded becomes no token at all.
      let ids = (try? tokenizer.encode(context.before + text + context.after, parseSpecialTokens: false)) ?? []
      if ids.contains(id) { return nil }
    }
    return UnreachableToken(
      id: id, reason: .stages, instead: (try? tokenizer.encode(text, parseSpecialTokens: false)) ?? [])
  }

  /// All unreachable tokens among some ids, in order. Work a few thousand at a time to stay responsive.
  public func check(_ ids: Range<TokenID>) -> [UnreachableToken] { ids.compactMap { check($0) } }

  /// All unreachable tokens of the vocabulary.
  /// - Parameters:
  ///   - isCancelled: asked after each `chunk` of ids.
  ///   - progress: how many ids are done.
  /// - Returns: nil where it was cancelled.
  public func checkAll(
    chunk: Int = 4096, isCancelled: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
  ) -> [UnreachableToken]? {
    var found: [UnreachableToken] = []
    var from = 0
    while from < tokenizer.vocabularySize {
      if isCancelled() { return nil }
      let end = min(tokenizer.vocabularySize, from + max(1, chunk))
      found += check(TokenID(from)..<TokenID(end))
      progress(end)
      from = end
    }
    return found
  }
}

/// How bytes stand to UTF-8.
enum PartialUTF8: Equatable {
  case whole
  /// A part of some well-formed text that begins or ends inside a character.
  case part
  case invalid

  init(_ bytes: [UInt8]) {
    self = bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return .whole }
      var i = 0
      var isPart = false
      // The end of a character, at most three bytes.
      while i < bytes.count, bytes[i] & 0xC0 == 0x80 { i += 1 }
      guard i <= 3 else { return .invalid }
      isPart = i > 0
      while i < bytes.count {
        let length = utf8SequenceLength(base + i, remaining: bytes.count - i)
        if length == 0 {
          return Self.mayBegin(bytes[i...]) ? .part : .invalid
        }
        i += length
      }
      return isPart ? .part : .whole
    }
  }

  /// Whether the last bytes of a text are the beginning of a character.
  private static func mayBegin(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard let lead = bytes.first, lead >= 0xC2, lead < 0xF5 else { return false }
    guard bytes.count < utf8Length(lead) else { return false }
    var padded = Array(bytes)
    // Of second bytes these are allowed after every lead.
    if padded.count == 1 { padded.append(lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80) }
    while padded.count < utf8Length(lead) { padded.append(0x80) }
    return padded.withUnsafeBufferPointer {
      $0.baseAddress.map { utf8SequenceLength($0, remaining: padded.count) > 0 } ?? false
    }
  }
}

extension PipelineTokenizer {
  /// What the model makes of a token's own bytes, as one piece, where that is not the token and where it would make the
  /// same of them in any text; else nil.
  func instead(of id: TokenID) -> [TokenID]? {
    let model = stages.model
    guard let bytes = model.vocabulary.bytes(id) else { return nil }
    if let byte = ByteFallback.byte(of: bytes), !stages.isByteLevel {
      return isFallback(byte) ? nil : modelTokens(of: [byte]).map(\.id)
    }
    // Marks belong to places in a word, so a token by itself may be another one.
    guard model.marks.isEmpty else { return nil }
    let made = modelTokens(of: Array(bytes))
    return made.count == 1 && made[0].id == id ? nil : made.map(\.id)
  }

  /// Whether there is a character with this byte that is no token, so that byte tokens stand for it.
  private func isFallback(_ byte: UInt8) -> Bool {
    let vocabulary = stages.model.vocabulary
    // Characters that nobody uses come last, and are the most likely not to be tokens.
    for value in (0..<UInt32(0x110000)).reversed() {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let bytes = UTF8.encode(scalar)
      guard let bytes, bytes.contains(byte) else { continue }
      if vocabulary.id(Array(bytes)) < 0 { return true }
    }
    return false
  }
}
