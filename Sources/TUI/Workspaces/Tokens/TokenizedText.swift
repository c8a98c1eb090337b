import Core

/// A text as a tokenizer sees it, made to be kept and copied at every key whatever its length. What a token is called is
/// asked of the vocabulary when it is shown.
public struct TokenizedText: Sendable {
  /// What a tokenized text was made of: the place it is written in (its edits are the same text), and the tokenizer.
  public struct Origin: Sendable, Equatable {
    public var text: String
    /// Counts the tokenizers that were looked through.
    public var tokenizer: Int

    public init(text: String = "", tokenizer: Int = 0) {
      self.text = text
      self.tokenizer = tokenizer
    }
  }

  public var origin = Origin()
  /// UTF-8.
  public var bytes: [UInt8]
  public var encoded: EncodedText
  /// Graphemes of the text.
  public var characters: Int
  /// The text went on, but only its beginning was looked at.
  public var cut: Bool
  public var tokenizer: (any Tokenizer)?
  /// Another text, another number.
  public var serial = 0

  public static let empty = TokenizedText(bytes: [], encoded: EncodedText(), characters: 0)

  public init(
    bytes: [UInt8], encoded: EncodedText, characters: Int, cut: Bool = false, tokenizer: (any Tokenizer)? = nil
  ) {
    self.bytes = bytes
    self.encoded = encoded
    self.characters = characters
    self.cut = cut
    self.tokenizer = tokenizer
  }

  public init(_ text: String, tokenizer: any Tokenizer, parseSpecialTokens: Bool = true, cut: Bool = false) throws {
    let encoding = try tokenizer.encodeWithOffsets(text, parseSpecialTokens: parseSpecialTokens)
    let bytes = Array(text.utf8)
    self.init(
      bytes: bytes, encoded: EncodedText(bytes, encoding), characters: text.count, cut: cut, tokenizer: tokenizer)
  }

  public var ids: EncodedText.IDs { encoded.ids }
  public var offsets: EncodedText.Ranges { encoded.ranges }
  public var count: Int { encoded.tokenCount }
  public var isEmpty: Bool { count == 0 }
  /// Why the text, or a part of it, has no tokens.
  public var failure: TokenizationError? { encoded.failure }

  /// The first token that reaches beyond an offset; `count` where there is none.
  public func token(at offset: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if offsets[middle].lowerBound < offset { low = middle + 1 } else { high = middle }
    }
    // Tokens before may reach over the offset: the parts of a character, or one token with a line end in it.
    while low > 0, offsets[low - 1].upperBound > offset { low -= 1 }
    return low
  }

  /// What a token stands for in running text; where the vocabulary has nothing, what it covers of the text.
  public func tokenBytes(_ index: Int) -> [UInt8] {
    let own = tokenizer?.bytes(of: ids[index]) ?? []
    return own.isEmpty ? Array(bytes[offsets[index]]) : own
  }

  public func written(_ index: Int) -> String { tokenizer?.token(of: ids[index]) ?? "" }
  public func isSpecial(_ index: Int) -> Bool { tokenizer?.isSpecial(ids[index]) ?? false }
}
