/// An index into a tokenizer's vocabulary.
public typealias TokenID = Int32

/// Tokens of a text with the place each came from.
public struct Encoding: Sendable, Equatable {
  public var ids: [TokenID]
  /// UTF-8 byte ranges of the text, one for each id. Tokens that a post-processor added have empty ranges.
  public var offsets: [Range<Int>]

  public init(ids: [TokenID] = [], offsets: [Range<Int>] = []) {
    self.ids = ids
    self.offsets = offsets
  }
}

/// Tokens that a program must know by meaning rather than by text.
public struct SpecialTokens: Sendable, Equatable {
  public var bos: TokenID?
  public var eos: TokenID?
  public var padding: TokenID?
  public var unknown: TokenID?
  /// Every id that ends a reply: eos and the end-of-turn tokens (`<|im_end|>`, `<|eot_id|>`, `<end_of_turn>` …).
  public var endOfGeneration: Set<TokenID>
  /// Of models that can fill a gap in a text.
  public var fillInTheMiddle: FillInTheMiddleTokens?

  public init(
    bos: TokenID? = nil, eos: TokenID? = nil, padding: TokenID? = nil, unknown: TokenID? = nil,
    endOfGeneration: Set<TokenID> = [], fillInTheMiddle: FillInTheMiddleTokens? = nil
  ) {
    self.bos = bos
    self.eos = eos
    self.padding = padding
    self.unknown = unknown
    self.endOfGeneration = endOfGeneration
    self.fillInTheMiddle = fillInTheMiddle
  }
}

/// Text to token ids and back. Immutable, and safe to use from any thread.
///
/// All work is on UTF-8 bytes: the vocabulary is keyed by bytes, never by `String` equality.
public protocol Tokenizer: Sendable {
  /// What the vocabulary is called for people: "gpt2", a file's name.
  var name: String { get }
  /// Ids run from 0 to one less than this.
  var vocabularySize: Int { get }
  var specialTokens: SpecialTokens { get }
  /// Whether this model's prompts begin with BOS when special tokens are added.
  var addsBOS: Bool { get }

  /// Encodes UTF-8 bytes (invalid sequences as U+FFFD would be).
  /// - Parameters:
  ///   - addSpecialTokens: run the post-processor (BOS, EOS, [CLS] …).
  ///   - parseSpecialTokens: the text of a special token becomes that token; else it is plain text. User text is
  ///     encoded with `false`.
  /// - Throws: ``TokenizationError``.
  func encode(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool
  ) throws -> Encoding

  /// The ids of ``encode(utf8:addSpecialTokens:parseSpecialTokens:)`` alone, which is the fastest way to them.
  func encodeIDs(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool
  ) throws -> [TokenID]

  /// The same ids handed out in parts as they come, so that those of a long text take no memory. Where it throws, some
  /// may have been handed out.
  func encodeIDs(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool,
    into receive: (UnsafeBufferPointer<TokenID>) -> Void) throws

  /// The bytes a token stands for within a running text (may be part of a character); empty for an unknown id.
  func bytes(of id: TokenID) -> [UInt8]
  /// The token as the vocabulary writes it: `Ġthe`, `▁the`, `<0x0A>`.
  func token(of id: TokenID) -> String?
  /// The id of a token written as the vocabulary does, special and added tokens included.
  func id(of token: String) -> TokenID?
  /// Whether an id is a control or added special token, left out by `skipSpecialTokens`.
  func isSpecial(_ id: TokenID) -> Bool

  /// Text of ids as the official library decodes them (invalid UTF-8 as U+FFFD).
  func decode(_ ids: [TokenID], skipSpecialTokens: Bool) -> String
}

extension Tokenizer {
  public func encode(
    _ text: String, addSpecialTokens: Bool = false, parseSpecialTokens: Bool = true
  ) throws -> [TokenID] {
    var text = text
    return try text.withUTF8 {
      try encodeIDs(utf8: $0, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens)
    }
  }

  public func encodeIDs(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool
  ) throws -> [TokenID] {
    try encode(utf8: utf8, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens).ids
  }

  public func encodeIDs(
    utf8: UnsafeBufferPointer<UInt8>, addSpecialTokens: Bool, parseSpecialTokens: Bool,
    into receive: (UnsafeBufferPointer<TokenID>) -> Void
  ) throws {
    try encodeIDs(utf8: utf8, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens)
      .withUnsafeBufferPointer(receive)
  }

  public func encodeWithOffsets(
    _ text: String, addSpecialTokens: Bool = false, parseSpecialTokens: Bool = true
  ) throws -> Encoding {
    var text = text
    return try text.withUTF8 {
      try encode(utf8: $0, addSpecialTokens: addSpecialTokens, parseSpecialTokens: parseSpecialTokens)
    }
  }
}
