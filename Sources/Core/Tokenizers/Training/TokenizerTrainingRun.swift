#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A whole training of a tokenizer, from files to a vocabulary, that can be stopped and gone on with.
///
/// While it runs, and when it is stopped, what was counted and learned is kept in a checkpoint in its folder. A run
/// that goes on takes the counted words from there; merges are learned again from them, which takes seconds and gives
/// the same merges (the checkpoint's are compared), a unigram model goes on from its last round. So a run that was
/// stopped gives the same vocabulary as one that was not.
public final class TokenizerTrainingRun {
  public let options: TokenizerTrainingOptions
  /// Where checkpoints go; nil: nowhere.
  public let folder: String?
  private let corpus: TrainingCorpus
  private var checkpoint: TrainingCheckpoint?
  private var lastSaved = trainingClock()
  private var merges: [(left: Int32, right: Int32)] = []
  private var model: UnigramLearner?

  /// Seconds between checkpoints.
  private static let interval = 30.0

  public init(options: TokenizerTrainingOptions, corpus: TrainingCorpus, folder: String? = nil) throws {
    try options.check()
    (self.options, self.corpus, self.folder) = (options, corpus, folder)
  }

  /// Goes on with a run that was stopped.
  /// - Throws: ``FormatError`` where the folder holds none, or where its text has changed since.
  public init(resuming folder: String) throws {
    let checkpoint = try TrainingCheckpoint(folder: folder)
    // What was read whole needs its files no more.
    let corpus = checkpoint.position == nil ? TrainingCorpus(texts: []) : try TrainingCorpus(paths: checkpoint.paths)
    if checkpoint.position != nil, corpus.sources.map(\.size) != checkpoint.sizes {
      throw FormatError(
        file: folder, found: "the text has changed since the training was stopped", expected: "the same files")
    }
    (options, self.folder, self.corpus, self.checkpoint) = (checkpoint.options, folder, corpus, checkpoint)
  }

  /// - Parameter onEvent: told of everything, on this thread; returns false to stop, which keeps a checkpoint.
  /// - Throws: ``TokenizerTrainingError``, ``FormatError``, ``WriteError``.
  public func run(onEvent: (TokenizerTrainingEvent) -> Bool) throws -> TrainedTokenizer {
    let words = try count(onEvent)
    let former = checkpoint
    var agrees = true
    func follow(_ event: TokenizerTrainingEvent) -> Bool {
      if case .merges(let batch) = event {
        for merge in batch {
          if let former, merge.index < former.merges.count,
            former.merges[merge.index] != (merge.left, merge.right)
          {
            agrees = false
            return false
          }
          merges.append((merge.left, merge.right))
        }
      }
      let goesOn = onEvent(event)
      if !goesOn || trainingClock() - lastSaved > Self.interval { save(words, nil, 0) }
      return goesOn
    }
    do {
      let trainer = try TokenizerTraining.trainer(for: options)
      let trained: TrainedTokenizer
      if let unigram = trainer as? UnigramTrainer {
        trained = try unigram.train(on: words, from: former?.unigram, onModel: { model = $0 }, onEvent: follow)
      } else {
        trained = try trainer.train(on: words, onEvent: follow)
      }
      return trained
    } catch {
      guard agrees else {
        throw FormatError(
          file: folder ?? "the checkpoint", found: "merges that its words do not lead to",
          expected: "a whole checkpoint")
      }
      if let saveError { throw saveError }
      if case TokenizerTrainingError.noText = error, !corpus.paths.isEmpty {
        throw FormatError(
          file: corpus.paths.joined(separator: ", "), found: "no text to learn from",
          expected: "a text with words in it")
      }
      throw error
    }
  }

  private var saveError: (any Error)?

  /// Writes a checkpoint; a failure is told at the end of the run.
  private func save(_ words: WordCounts, _ position: (source: Int, offset: Int)?, _ dropped: Int) {
    guard let folder else { return }
    lastSaved = trainingClock()
    let known = checkpoint?.position == nil ? checkpoint : nil
    let checkpoint = TrainingCheckpoint(
      options: options, paths: known?.paths ?? corpus.paths.map(FileSystem.absolute),
      sizes: known?.sizes ?? corpus.sources.map(\.size),
      position: position, words: words, dropped: dropped, merges: merges,
      unigram: model?.state ?? (position == nil ? self.checkpoint?.unigram : nil))
    do { try checkpoint.write(to: folder) } catch { saveError = error }
  }

  private func count(_ onEvent: (TokenizerTrainingEvent) -> Bool) throws -> WordCounts {
    if let checkpoint, checkpoint.position == nil { return checkpoint.words }
    let counting = try WordCounting(options)
    let reader = CorpusReader(corpus)
    if let checkpoint, let position = checkpoint.position {
      counting.resume(checkpoint.words, dropped: checkpoint.dropped)
      try reader.seek(source: position.source, offset: position.offset, bytesRead: checkpoint.words.bytes)
    }
    while try counting.readOn(reader) {
      let goesOn = counting.report(reader, corpus, onEvent)
      if !goesOn || trainingClock() - lastSaved > Self.interval {
        let words = counting.finish(reader)
        save(words, reader.position, counting.dropped)
        if goesOn { counting.goOn(with: words) }
      }
      guard goesOn else {
        if let saveError { throw saveError }
        throw TokenizerTrainingError.cancelled
      }
    }
    return counting.finish(reader)
  }

  /// Removes the checkpoint of a run that has ended well.
  public func removeCheckpoint() {
    if let folder { unlink(folder + "/" + TrainingCheckpoint.name) }
  }
}
