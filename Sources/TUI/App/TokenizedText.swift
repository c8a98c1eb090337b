import Core

/// A text as a tokenizer sees it: flat arrays, so that a megabyte is as easy to hold as a line. What a token is called is
/// asked of the vocabulary when it is shown.
public struct TokenizedText: Sendable {
  /// UTF-8.
  public var bytes: [UInt8]
  public var ids: [TokenID]
  /// Byte ranges of the text, in order; some are empty, and those of a character's parts may be the character's.
  public var offsets: TokenRanges
  /// Graphemes of the text.
  public var characters: Int
  /// The text went on, but only its beginning was looked at.
  public var cut: Bool
  public var tokenizer: (any Tokenizer)?
  /// Another text, another number.
  public var serial = 0

  public static let empty = TokenizedText(bytes: [], ids: [], offsets: EmptyCollection(), characters: 0)

  public init(
    bytes: [UInt8], ids: [TokenID], offsets: some Collection<Range<Int>>, characters: Int, cut: Bool = false,
    tokenizer: (any Tokenizer)? = nil
  ) {
    self.bytes = bytes
    self.ids = ids
    self.offsets = TokenRanges(offsets)
    self.characters = characters
    self.cut = cut
    self.tokenizer = tokenizer
  }

  public init(_ text: String, tokenizer: any Tokenizer, parseSpecialTokens: Bool = true, cut: Bool = false) {
    let encoding = tokenizer.encodeWithOffsets(text, parseSpecialTokens: parseSpecialTokens)
    self.init(
      bytes: Array(text.utf8), ids: encoding.ids, offsets: encoding.offsets, characters: text.count, cut: cut,
      tokenizer: tokenizer)
  }

  public var count: Int { ids.count }
  public var isEmpty: Bool { ids.isEmpty }

  /// How often an id occurs.
  public func occurrences(of id: TokenID) -> Int {
    ids.withUnsafeBufferPointer { ids in
      var n = 0
      for other in ids where other == id { n &+= 1 }
      return n
    }
  }

  /// The first token that reaches beyond an offset; `count` where there is none.
  public func token(at offset: Int) -> Int {
    var low = 0
    var high = ids.count
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
