/// Learns a byte-level BPE vocabulary from text: the most frequent pair of neighbours becomes a token, again and again
/// (Sennrich et al. 2016). Of equally frequent pairs the one of smaller ids comes first, so that the merges are those
/// of Hugging Face's `BpeTrainer` over the same texts.
///
/// ```swift
/// var trainer = BPETrainer(options: .init(vocabularySize: 4096, specialTokens: ["<|endoftext|>"]))
/// trainer.add(text)
/// let trained = try trainer.train()
/// ```
public struct BPETrainer: Sendable {
  public enum Pattern: String, Sendable, CaseIterable {
    case gpt2 = "gpt-2"
    case llama3 = "llama-3"
    case qwen2
  }

  public struct Options: Sendable {
    /// Tokens in all: 256 bytes, special tokens, and what merges make.
    public var vocabularySize: Int
    /// Rarer pairs are not merged.
    public var minimumFrequency: Int
    public var specialTokens: [String]
    /// Whether special tokens have the smallest ids, else the largest.
    public var specialTokensFirst: Bool
    public var pattern: Pattern
    public var name: String

    public init(
      vocabularySize: Int, minimumFrequency: Int = 2, specialTokens: [String] = [], specialTokensFirst: Bool = true,
      pattern: Pattern = .gpt2, name: String = "trained"
    ) {
      self.vocabularySize = vocabularySize
      self.minimumFrequency = minimumFrequency
      self.specialTokens = specialTokens
      self.specialTokensFirst = specialTokensFirst
      self.pattern = pattern
      self.name = name
    }
  }

  /// How far training is, told after every so many merges.
  public struct Progress: Sendable {
    public var merges: Int
    public var expectedMerges: Int
    /// The last token made, as the vocabulary writes it, and how often its pair occurred.
    public var lastToken: String
    public var lastCount: Int
  }

  public struct Trained: Sendable {
    /// The text of a tokenizer.json, which Hugging Face's `tokenizers` loads with equal ids.
    public let json: [UInt8]
    public let tokenizer: any Tokenizer
    /// Tokens made by merging, in order.
    public let merges: Int
  }

  public enum TrainingError: Error, CustomStringConvertible, Equatable {
    case vocabularyTooSmall(Int, needed: Int)
    case vocabularyTooLarge(Int)
    case cancelled

    public var description: String {
      switch self {
      case .vocabularyTooSmall(let size, let needed):
        "A vocabulary of \(size) tokens is too small: 256 bytes and the special tokens need \(needed)."
      case .vocabularyTooLarge(let size):
        "A vocabulary of \(size) tokens is too large (expected at most \(Vocabulary.maximumID))."
      case .cancelled: "The training of the tokenizer was stopped."
      }
    }
  }

  private let options: Options
  private let preTokenizer: any PreTokenizer
  private var words = WordCounter()

  public init(options: Options) {
    self.options = options
    preTokenizer =
      switch options.pattern {
      case .gpt2: ScannerPreTokenizer(scanner: GPT2Scanner())
      case .llama3: ScannerPreTokenizer(scanner: CL100KScanner(digits: 3))
      case .qwen2: ScannerPreTokenizer(scanner: CL100KScanner(digits: 1))
      }
  }

  /// Adds a text to learn from; words do not reach from one text into the next.
  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(utf8: $0) }
  }

  public mutating func add(utf8: UnsafeBufferPointer<UInt8>) {
    // Parts of bounded size, cut at line ends, keep the memory for pieces small.
    var from = 0
    while from < utf8.count {
      var end = min(utf8.count, from + Self.partSize)
      if end < utf8.count { end = Self.cut(utf8, from, end) }
      var pieces = PieceText(AlignedText.repairing(UnsafeBufferPointer(rebasing: utf8[from..<end])))
      preTokenizer.split(&pieces)
      pieces.text.withBytes { bytes in
        for piece in pieces.pieces { words.add(UnsafeBufferPointer(rebasing: bytes[piece.range])) }
      }
      from = end
    }
  }

  private static let partSize = 1 << 22

  /// A place at or before `end` where no pattern makes a word of both sides: before a letter that follows a line end
  /// that follows a character which is no white space; at worst `end` moved to the start of a character.
  private static func cut(_ utf8: UnsafeBufferPointer<UInt8>, _ from: Int, _ end: Int) -> Int {
    func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }
    var i = end
    while i > from + 2, !(isLetter(utf8[i]) && utf8[i - 1] == 0x0A && isLetter(utf8[i - 2])) { i -= 1 }
    if i > from + 2 { return i }
    i = end
    while i > from + 1, utf8[i] & 0xC0 == 0x80 { i -= 1 }
    return i
  }

  /// Learns the merges.
  /// - Parameter progress: called now and then on this thread; returning false stops the training.
  /// - Throws: ``TrainingError``.
  public func train(progress: (Progress) -> Bool = { _ in true }) throws -> Trained {
    let special = options.specialTokens
    let needed = 256 + special.count
    guard options.vocabularySize >= needed else {
      throw TrainingError.vocabularyTooSmall(options.vocabularySize, needed: needed)
    }
    guard options.vocabularySize <= Vocabulary.maximumID else {
      throw TrainingError.vocabularyTooLarge(options.vocabularySize)
    }
    let letters = ByteAlphabet.scalars.enumerated().sorted { $0.element < $1.element }.map { UInt8($0.offset) }
    var learner = MergeLearner(words: words, letters: letters, firstID: options.specialTokensFirst ? special.count : 0)
    let limit = options.vocabularySize - needed
    while learner.newTokens < limit {
      guard let count = learner.step(minimumFrequency: max(1, options.minimumFrequency)) else { break }
      if learner.merges.count % 64 == 0 || learner.newTokens == limit {
        let last = learner.tokens[learner.tokens.count - 1].withUnsafeBufferPointer { ByteAlphabet.encode($0) }
        let report = Progress(
          merges: learner.merges.count, expectedMerges: limit, lastToken: last, lastCount: count)
        guard progress(report) else { throw TrainingError.cancelled }
      }
    }
    let json = TokenizerJSONWriter(options: options, tokens: learner.tokens, merges: learner.merges).bytes()
    return Trained(
      json: json, tokenizer: try TokenizerLoader.load(json: json, name: options.name), merges: learner.merges.count)
  }
}
