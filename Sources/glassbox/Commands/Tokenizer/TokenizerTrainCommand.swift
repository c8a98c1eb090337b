import ArgumentParser
import Core

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

struct TokenizerTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a vocabulary from text.",
    discussion: """
      Files are read as text, .jsonl by the "text" of each line; of a folder, its .txt, .md and .jsonl files. \
      Ctrl-C stops and keeps what was learned; --resume goes on with it, to the same vocabulary.
      """)

  @Argument(help: "Text files and folders.") var files: [String] = []
  @Option(help: "bpe, sentencepiece-bpe, wordpiece, unigram or wordlevel.") var kind = "bpe"
  @Option(help: "Tokens of the vocabulary, special ones included.") var vocab: Int?
  @Option(help: "The folder to write to.") var out: String?
  @Option(help: ArgumentHelp("Go on with a training that was stopped.", valueName: "folder")) var resume: String?
  @Flag(help: "Replace files of the same names in that folder.") var force = false
  @OptionGroup(title: "Vocabulary") var vocabulary: VocabularyOptions
  @OptionGroup(title: "SentencePiece kinds") var pieces: PieceOptions
  @Option(help: "Threads; the number of cores unless given.") var threads: Int?
  @Option(help: "Megabytes that counted words may take before rare ones are dropped.") var memory = 4096
  @Flag(help: "Print one event a line as JSON.") var json = false

  func validate() throws {
    if resume != nil {
      guard files.isEmpty, out == nil, vocab == nil else {
        throw ValidationError("--resume goes on with a training as it was, in its folder.")
      }
      return
    }
    guard !files.isEmpty else { throw ValidationError("Give text files to learn from, or --resume.") }
    guard let vocab, vocab > 0 else { throw ValidationError("--vocab tells how many tokens to make.") }
    guard out != nil else { throw ValidationError("--out tells which folder to write to.") }
    guard TokenizerTrainingOptions.Kind(rawValue: kind) != nil else {
      let kinds = TokenizerTrainingOptions.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--kind must be one of \(kinds), not \"\(kind)\".")
    }
    guard (1...(1 << 20)).contains(memory) else { throw ValidationError("--memory must be at least 1.") }
    guard threads.map({ (1...1024).contains($0) }) ?? true else {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
  }

  func run() throws {
    let run = try open()
    Interrupts.catchThem()
    let printer = TokenizerTrainPrinter(json: json)
    let trained: TrainedTokenizer
    do {
      trained = try run.run { event in
        printer.show(event)
        return Interrupts.count == 0
      }
    } catch TokenizerTrainingError.cancelled {
      printer.stopped(run.folder ?? "")
      throw ExitCode(130)
    } catch {
      printer.close()
      throw error
    }
    let folder = run.folder ?? "."
    let names = try trained.save(to: folder, existing: force ? .replaced : .refused)
    run.removeCheckpoint()
    printer.saved(trained, folder, names)
  }

  private func open() throws -> TokenizerTrainingRun {
    if let resume { return try TokenizerTrainingRun(resuming: resume) }
    let kind = TokenizerTrainingOptions.Kind(rawValue: kind) ?? .bpe
    try TrainedTokenizer.check(out ?? ".", kind: kind, existing: force ? .replaced : .refused)
    var options = TokenizerTrainingOptions(kind: kind, vocabularySize: vocab ?? 0)
    if let threads { options.threads = threads }
    options.memoryLimit = memory << 20
    try vocabulary.apply(to: &options)
    pieces.apply(to: &options)
    let folder = out ?? "."
    options.name = folder.split(separator: "/").last.map(String.init) ?? "trained"
    return try TokenizerTrainingRun(options: options, corpus: TrainingCorpus(paths: files), folder: folder)
  }
}

struct VocabularyOptions: ParsableArguments {
  @Option(help: "Rarer pairs or words make no token.") var minFrequency = 2
  @Option(name: .customLong("special"), help: "A special token (repeatable).") var special: [String] = []
  @Flag(help: "Give special tokens the largest ids, not the smallest.") var specialLast = false
  @Option(help: "The token for what the vocabulary cannot write.") var unknown: String?
  @Option(help: "Different characters at most; the rarest go.") var alphabetLimit: Int?
  @Option(help: "Characters to keep in any case.") var initialAlphabet: String?
  @Option(help: "The split pattern: gpt-2, cl100k, llama-3, qwen2, o200k, none, or a regular expression.")
  var pattern: String?
  @Option(help: "Put before symbols inside words (## for wordpiece).") var prefix: String?
  @Option(help: "Put after the last symbol of a word.") var suffix: String?
  @Option(help: "A file with marked symbols, one a line, in the order of their ids; the rest come by character.")
  var symbolOrder: String?
  @Option(help: "Pairs of at least so many characters are not formed.") var maxTokenLength: Int?
  @Option(help: "nfc, nfd, nfkc, nfkd, lowercase, strip-accents, strip, bert, bert-cased (repeatable).")
  var normalizer: [String] = []
  @Flag(help: "Every line is a text of its own, as Hugging Face reads files.") var lines = false

  func apply(to options: inout TokenizerTrainingOptions) throws {
    options.minimumFrequency = minFrequency
    options.specialTokens = special
    if special.isEmpty, options.kind == .wordPiece {
      options.specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    }
    options.specialTokensFirst = !specialLast
    options.unknownToken = unknown
    options.alphabetLimit = alphabetLimit
    options.initialAlphabet = initialAlphabet.map { Array($0.unicodeScalars) } ?? []
    options.pattern = pattern
    options.continuingSubwordPrefix = prefix
    options.endOfWordSuffix = suffix
    options.maximumTokenLength = maxTokenLength
    if let symbolOrder {
      options.markedSymbolOrder = try Input.text(symbolOrder).split(separator: "\n").map(String.init)
    }
    options.normalizers = normalizer.flatMap { $0.split(separator: ",").map(String.init) }
    options.splitsLines = lines
  }
}

struct PieceOptions: ParsableArguments {
  @Flag(help: "Write unknown characters as bytes.") var byteFallback = false
  @Option(help: "The share of all characters that the vocabulary must hold.") var coverage = 0.9995
  @Option(help: "Characters of the longest piece.") var maxPieceLength = 16
  @Option(help: "Pieces that a unigram model begins with.") var seedSize = 1_000_000
  @Option(help: "The share of pieces that each pruning keeps.") var shrinkingFactor = 0.75
  @Option(help: "Rounds of EM between prunings.") var subIterations = 2

  func apply(to options: inout TokenizerTrainingOptions) {
    options.byteFallback = byteFallback
    options.characterCoverage = coverage
    options.maximumPieceLength = maxPieceLength
    options.seedSize = seedSize
    options.shrinkingFactor = shrinkingFactor
    options.subIterations = subIterations
  }
}
