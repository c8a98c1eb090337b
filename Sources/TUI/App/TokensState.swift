import Core

/// A text as a tokenizer sees it, ready to show.
public struct TokenizedText: Sendable, Equatable {
  public struct Token: Sendable, Equatable {
    public var id: TokenID
    /// UTF-8 bytes of the text.
    public var bytes: [UInt8]
    /// Its text when the bytes are whole characters.
    public var text: String?
    public var special: Bool
    /// As the vocabulary writes it.
    public var written: String
    public var offset: Int

    public init(id: TokenID, bytes: [UInt8], text: String?, special: Bool, written: String, offset: Int) {
      self.id = id
      self.bytes = bytes
      self.text = text
      self.special = special
      self.written = written
      self.offset = offset
    }
  }

  public var tokens: [Token]
  public var characters: Int
  public var bytes: Int
  /// The text went on, but only its beginning was looked at.
  public var cut: Bool

  public static let empty = TokenizedText(tokens: [], characters: 0, bytes: 0, cut: false)

  public init(tokens: [Token], characters: Int, bytes: Int, cut: Bool) {
    self.tokens = tokens
    self.characters = characters
    self.bytes = bytes
    self.cut = cut
  }

  public init(_ text: String, tokenizer: any Tokenizer, parseSpecialTokens: Bool = true, cut: Bool = false) {
    let encoding = tokenizer.encodeWithOffsets(text, parseSpecialTokens: parseSpecialTokens)
    let utf8 = Array(text.utf8)
    tokens = []
    tokens.reserveCapacity(encoding.ids.count)
    for (i, id) in encoding.ids.enumerated() {
      let range = encoding.offsets.indices.contains(i) ? encoding.offsets[i] : 0..<0
      // What the token stands for is more telling than the span of the text it came from (normalizers, ▁).
      var bytes = tokenizer.bytes(of: id)
      if bytes.isEmpty, range.upperBound <= utf8.count { bytes = Array(utf8[range]) }
      tokens.append(
        Token(
          id: id, bytes: bytes, text: String(validating: bytes, as: UTF8.self), special: tokenizer.isSpecial(id),
          written: tokenizer.token(of: id) ?? "", offset: range.lowerBound))
    }
    characters = text.count
    self.bytes = utf8.count
    self.cut = cut
  }
}

public struct TokensState: Sendable {
  public enum Source: String, Sendable {
    /// The input box, or the selected message while the box is empty.
    case live
    case own
  }

  public var tokenizerName = ""
  public var loading = false
  public var problem: String?
  public var source = Source.live
  public var editor = TextEditor()
  public var result = TokenizedText.empty
  public var cursor = 0
  public var hex = false
  public var spaces = true
  /// First row of tokens shown; kept by ``Frame`` so that the cursor stays in sight.
  public var scroll = 0
  /// Tokens of each row as last laid out, for moving up and down.
  public var rows: [Range<Int>] = []

  public init() {}
}
