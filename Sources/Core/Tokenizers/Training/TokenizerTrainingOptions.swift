/// What a tokenizer is trained to be. The names are those of Hugging Face's trainers where it has them.
public struct TokenizerTrainingOptions: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// Byte-level BPE (Sennrich et al. 2016; Radford et al. 2019).
    case bpe
    /// BPE over characters with `▁` for spaces, as SentencePiece learns it (Kudo & Richardson 2018).
    case sentencePieceBPE = "sentencepiece-bpe"
    /// WordPiece by merges, as Hugging Face's trainer learns it.
    case wordPiece = "wordpiece"
    /// A unigram language model of pieces (Kudo 2018).
    case unigram
    /// Every word a token.
    case wordLevel = "wordlevel"
  }

  public var kind: Kind
  /// Tokens in all, special ones included.
  public var vocabularySize: Int
  /// Rarer pairs (words, for ``Kind/wordLevel``) make no token.
  public var minimumFrequency = 2
  public var specialTokens: [String] = []
  /// Whether special tokens have the smallest ids, as in Hugging Face's trainers, else the largest.
  public var specialTokensFirst = true
  /// How many different characters are kept at most; the rarest go.
  public var alphabetLimit: Int?
  /// Characters that are kept in any case. Byte-level vocabularies always hold all 256 bytes.
  public var initialAlphabet: [Unicode.Scalar] = []
  /// A split pattern: a name of ``namedPatterns``, "none", or a regular expression. nil: what the kind has by custom.
  public var pattern: String?
  /// Put before every symbol that does not begin a word. nil: "##" for WordPiece, none for others.
  public var continuingSubwordPrefix: String?
  /// Put after the last symbol of a word.
  public var endOfWordSuffix: String?
  /// Symbols with a prefix or suffix whose ids come in this order, before the others, which come by character. Of equally
  /// frequent pairs the one of smaller ids is merged first, and Hugging Face's trainers give such symbols ids in the order
  /// of a hash table, another in each process: with the order of one of their runs here, merges are that run's.
  public var markedSymbolOrder: [String] = []
  /// Pairs of at least this many characters are not formed (characters are bytes in a byte-level vocabulary).
  public var maximumTokenLength: Int?
  /// Names of normalizers, in order: nfc, nfd, nfkc, nfkd, lowercase, strip-accents, strip, bert, bert-cased.
  public var normalizers: [String] = []
  /// Whether every line, with its end, is a text of its own, as Hugging Face reads files; else a file is one text.
  public var splitsLines = false
  /// Whether unknown characters are written as bytes (`<0xE3>`); SentencePiece kinds.
  public var byteFallback = false
  /// The token of what the vocabulary cannot write. nil: what the kind has by custom.
  public var unknownToken: String?
  /// The share of all characters that must be in the vocabulary; SentencePiece kinds.
  public var characterCoverage = 0.9995
  /// Characters of the longest piece; SentencePiece kinds.
  public var maximumPieceLength = 16
  /// Pieces that EM begins with, at most.
  public var seedSize = 1_000_000
  /// The share of pieces that each pruning keeps.
  public var shrinkingFactor = 0.75
  /// Rounds of EM between prunings.
  public var subIterations = 2
  /// Bytes that the counted words may take in memory before rare ones are dropped.
  public var memoryLimit = 4 << 30
  public var threads: Int
  public var name = "trained"

  public init(kind: Kind, vocabularySize: Int, threads: Int = ThreadPool.processors) {
    self.kind = kind
    self.vocabularySize = vocabularySize
    self.threads = threads
  }

  /// Whether text is cut into words as SentencePiece does.
  var isSentencePiece: Bool { kind == .sentencePieceBPE || kind == .unigram }

  /// The split patterns that have a name. They are written as Hugging Face's engine reads them: it knows no possessive
  /// repetition of a range, so that cl100k's is Llama 3's, which cuts alike but for white space at the end of a text.
  public static let namedPatterns: [(name: String, expression: String)] = [
    ("gpt-2", GPT2Scanner.pattern), ("cl100k", CL100KScanner.llama3), ("llama-3", CL100KScanner.llama3),
    ("qwen2", CL100KScanner.qwen2), ("o200k", o200k),
  ]

  private static let o200k =
    #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"#
    + #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"#
    + #"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The options with the unknown token among the special ones where the kind cannot do without.
  /// - Throws: ``TokenizerTrainingError`` for what cannot be.
  func checkedWithUnknown() throws -> Self {
    try check()
    var options = self
    options.specialTokens = specialTokensWithUnknown
    return options
  }

  /// - Throws: ``TokenizerTrainingError`` for what cannot be.
  func check() throws {
    func fail(_ message: String) throws -> Never { throw TokenizerTrainingError.option(message) }
    guard vocabularySize > 0 else { try fail("The vocabulary needs at least one token.") }
    guard vocabularySize <= Vocabulary.maximumID else {
      throw TokenizerTrainingError.vocabularyTooLarge(vocabularySize)
    }
    guard (1...1024).contains(threads) else { try fail("Threads must be from 1 to 1024.") }
    guard (0.5...0.95).contains(shrinkingFactor) else { try fail("The shrinking factor must be from 0.5 to 0.95.") }
    guard (1...10).contains(subIterations) else { try fail("Sub-iterations must be from 1 to 10.") }
    guard (1...64).contains(maximumPieceLength) else { try fail("The longest piece must be from 1 to 64 characters.") }
    guard (0.5...1).contains(characterCoverage) else { try fail("The character coverage must be from 0.5 to 1.") }
    guard seedSize >= 1 else { try fail("The seed needs at least one piece.") }
    guard !specialTokens.contains("") else { try fail("A special token is empty.") }
    guard Set(specialTokens.map { Array($0.utf8) }).count == specialTokens.count else {
      try fail("A special token is given twice.")
    }
  }
}

/// Why a tokenizer could not be trained.
public enum TokenizerTrainingError: Error, CustomStringConvertible, Equatable {
  /// More tokens are needed than asked for: the alphabet and the special tokens.
  case vocabularyTooSmall(Int, needed: Int)
  case vocabularyTooLarge(Int)
  case option(String)
  case noText
  case tooMuchText
  case cancelled

  public var description: String {
    switch self {
    case .vocabularyTooSmall(let size, let needed):
      "A vocabulary of \(size) tokens is too small: the alphabet and the special tokens need \(needed)."
    case .vocabularyTooLarge(let size):
      "A vocabulary of \(size) tokens is too large (expected at most \(Vocabulary.maximumID))."
    case .option(let message): FormatError.inert(message)
    case .noText: "There is no text to learn from."
    case .tooMuchText: "The different words of this text have over 4 billion characters: too many to learn from."
    case .cancelled: "The training of the tokenizer was stopped."
    }
  }
}
