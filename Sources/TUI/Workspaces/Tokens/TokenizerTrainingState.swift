import Core

/// A vocabulary being learned, as the screen follows it.
public struct TokenizerTrainingState: Sendable {
  public enum Status: Sendable, Equatable {
    case reading, learning, stopping, done, stopped
    case failed(String)

    public var isLive: Bool { self == .reading || self == .learning || self == .stopping }

    var word: String {
      switch self {
      case .reading: "reading"
      case .learning: "learning"
      case .stopping: "stopping"
      case .done: "done"
      case .stopped: "stopped"
      case .failed: "failed"
      }
    }
  }

  public var options: TokenizerTrainingOptions
  /// What is read.
  public var source: String
  /// Where it is saved; empty until it is.
  public var out: String
  public var status = Status.reading
  public var read = 0
  public var total: Int?
  public var distinctWords = 0
  public var counted: TokenizerTrainingEvent.Counted?
  /// All so far, in order.
  public var merges: [TokenizerTrainingEvent.Merge] = []
  public var rounds: [TokenizerTrainingEvent.Round] = []
  public var done: TokenizerTrainingEvent.Done?
  public var saved: String?
  /// Whether merges come slowly enough to be followed.
  public var isPaced: Bool
  /// Merges shown, where one has gone back; nil: all.
  public var shown: Int?
  /// Bytes a token of the corpus by merges; for a unigram model the log-likelihood by rounds.
  package var curve = ChartCurve()
  /// The text that is looked at while the vocabulary grows.
  var sample: TrainingSample?
  private let sampleText: String

  public init(
    _ options: TokenizerTrainingOptions, source: String, out: String, sample text: String, isPaced: Bool
  ) {
    self.options = options
    self.source = source
    self.out = out
    self.isPaced = isPaced
    sampleText = text
    sample = try? TrainingSample(text, options: options)
  }

  public mutating func apply(_ event: TokenizerTrainingEvent) {
    switch event {
    case .reading(let reading):
      (read, total, distinctWords) = (reading.bytes, reading.totalBytes, reading.distinctWords)
    case .counted(let counted):
      self.counted = counted
      if status == .reading { status = .learning }
      if options.kind != .unigram { addPoint(0, symbols: counted.symbols) }
    case .merges(let new):
      merges += new
      // Many come at a time where none waits to be followed; each is a point.
      for merge in new { addPoint(merge.index + 1, symbols: merge.symbols) }
      if shown == nil { sample?.apply(new) }
    case .round(let round):
      rounds.append(round)
      if round.logLikelihood.isFinite { curve.append(x: Double(rounds.count), y: round.logLikelihood) }
    case .done(let done): self.done = done
    }
  }

  private mutating func addPoint(_ merges: Int, symbols: Int) {
    guard let counted, symbols > 0 else { return }
    curve.append(x: Double(merges), y: Double(counted.bytes) / Double(symbols))
  }

  public var shownMerges: Int { min(shown ?? merges.count, merges.count) }

  /// Goes through what was learned, back and forth.
  mutating func move(by step: Int) {
    guard !merges.isEmpty else { return }
    let stride = max(1, merges.count / 50)
    let next = min(max(0, shownMerges + step * stride), merges.count)
    if next < shownMerges {
      sample = try? TrainingSample(sampleText, options: options)
      sample?.apply(merges[..<next])
    } else {
      let new = merges[shownMerges..<next]
      sample?.apply(new)
    }
    shown = next == merges.count ? nil : next
  }

  /// Between 0 and 1; nil where it is not known.
  public var fraction: Double? {
    switch status {
    case .reading: return total.map { $0 > 0 ? Double(read) / Double($0) : 0 }
    case .done: return 1
    default:
      guard let counted, counted.expected > 0, options.kind != .unigram else { return nil }
      return min(1, Double(merges.count) / Double(counted.expected))
    }
  }

  /// The sample as the vocabulary cuts it now.
  package var sampleTokens: TokenizedText {
    let tokens =
      options.kind == .unigram ? rounds.last(where: { !$0.sample.isEmpty })?.sample ?? [] : sample?.tokens ?? []
    let bytes = Array(sampleText.utf8)
    let encoding = Encoding(ids: tokens.map { TokenID($0.merge ?? -1) }, offsets: tokens.map(\.range))
    return TokenizedText(bytes: bytes, encoded: EncodedText(bytes, encoding), characters: sampleText.count)
  }
}

extension Forms {
  static func trainTokenizer(out: String) -> Form {
    Form(
      .trainTokenizer, title: "Train a tokenizer", submit: "start",
      fields: [
        FormField(
          "data", "Text", placeholder: "a file or a folder", help: ".txt, .md, or .jsonl by its text", required: true),
        FormField(
          "kind", "Kind", .choice(TokenizerTrainingOptions.Kind.allCases.map(\.rawValue)), value: "bpe",
          help: "bpe: over bytes, as GPT-2's · the others as Hugging Face and SentencePiece train them"),
        FormField(
          "vocabulary", "Tokens", .integer(1...4_000_000), value: "4000", help: "of the vocabulary, in all",
          required: true),
        FormField(
          "frequency", "At least", .integer(1...1_000_000), value: "2", help: "rarer pairs make no token",
          required: true),
        FormField(
          "pattern", "Pattern", placeholder: "empty: what the kind has by custom",
          help: "gpt-2, cl100k, llama-3, qwen2, o200k, none, or a regular expression"),
        FormField(
          "special", "Special", value: "<|endoftext|>", placeholder: "none", help: "special tokens, with spaces between"
        ),
        FormField(
          "normalizers", "Normalize", placeholder: "none",
          help: "nfc, nfkc, lowercase, strip-accents, bert …, with spaces between"),
        FormField("out", "Save in", value: out, placeholder: "empty: when you say so", help: "a folder"),
        FormField("pace", "Pace", .choice(["watch", "fast"]), value: "watch", help: "watch: slow enough to follow"),
      ])
  }

  static func trainingOptions(_ form: Form) -> TokenizerTrainingOptions {
    let kind = TokenizerTrainingOptions.Kind(rawValue: form["kind"]) ?? .bpe
    var options = TokenizerTrainingOptions(kind: kind, vocabularySize: Int(form["vocabulary"]) ?? 4000)
    options.minimumFrequency = Int(form["frequency"]) ?? 2
    options.pattern = form["pattern"].isEmpty ? nil : form["pattern"]
    options.specialTokens = form["special"].split(separator: " ").map(String.init)
    options.normalizers = form["normalizers"].split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
    return options
  }
}
