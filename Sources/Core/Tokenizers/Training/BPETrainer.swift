/// Learns a byte-level BPE vocabulary from texts in memory: the short way to ``MergeTrainer``.
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

    fileprivate var training: TokenizerTrainingOptions {
      var options = TokenizerTrainingOptions(kind: .bpe, vocabularySize: vocabularySize, threads: 1)
      options.minimumFrequency = minimumFrequency
      options.specialTokens = specialTokens
      options.specialTokensFirst = specialTokensFirst
      options.pattern = pattern.rawValue
      options.name = name
      return options
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

  private let options: TokenizerTrainingOptions
  private let cutter: WordCutter?
  private let table = WordTable()
  private var bytes = 0

  public init(options: Options) {
    self.options = options.training
    // The stages of these patterns are always there; ``train(progress:)`` says why if not.
    cutter = try? WordCutter(options.training)
  }

  /// Adds a text to learn from; words do not reach from one text into the next.
  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(utf8: $0) }
  }

  public mutating func add(utf8: UnsafeBufferPointer<UInt8>) {
    // Parts of bounded size, cut where no word is, keep the memory for pieces small.
    bytes += utf8.count
    var from = 0
    while from < utf8.count {
      var end = min(utf8.count, from + Self.partSize)
      if end < utf8.count {
        let part = UnsafeBufferPointer(rebasing: utf8[from..<end])
        end = from + (WordBorder.last(in: part, from: 1) ?? WordBorder.fallback(in: part))
      }
      cutter?.count(UnsafeBufferPointer(rebasing: utf8[from..<end]), into: table)
      from = end
    }
  }

  private static let partSize = 1 << 22

  /// Learns the merges.
  /// - Parameter progress: called now and then on this thread; returning false stops the training.
  /// - Throws: ``TokenizerTrainingError``.
  public func train(progress: (Progress) -> Bool = { _ in true }) throws -> Trained {
    if cutter == nil { _ = try WordCutter(options) }
    var expected = 0
    let trained = try MergeTrainer(options: options).train(
      on: WordCounts(table: table, bytes: bytes, seconds: 0)
    ) { event in
      switch event {
      case .counted(let counted): expected = counted.expected
      case .merges(let merges):
        guard let last = merges.last else { break }
        return progress(
          Progress(
            merges: last.index + 1, expectedMerges: expected,
            lastToken: String(decoding: last.written, as: UTF8.self), lastCount: last.count))
      default: break
      }
      return true
    }
    return Trained(json: trained.json(), tokenizer: try trained.tokenizer(), merges: trained.merges.count)
  }
}
