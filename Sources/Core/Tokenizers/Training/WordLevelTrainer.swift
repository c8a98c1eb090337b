/// Makes the most frequent words tokens, of equally frequent ones the one spelled first, as Hugging Face's
/// `WordLevelTrainer` does.
public struct WordLevelTrainer: TokenizerTrainer {
  public let options: TokenizerTrainingOptions

  public init(options: TokenizerTrainingOptions) { self.options = options }

  public func train(
    on words: WordCounts, onEvent: (TokenizerTrainingEvent) -> Bool = { _ in true }
  ) throws -> TrainedTokenizer {
    let began = trainingClock()
    let options = try options.checkedWithUnknown()
    guard words.distinctWords > 0 else { throw TokenizerTrainingError.noText }
    let special = options.specialTokens.map { Array($0.utf8) }
    guard options.vocabularySize >= special.count else {
      throw TokenizerTrainingError.vocabularyTooSmall(options.vocabularySize, needed: special.count)
    }
    let total = words.words
    let counted = TokenizerTrainingEvent.Counted(
      bytes: words.bytes, words: total, distinctWords: words.distinctWords, symbols: total,
      initialTokens: special.count, expected: options.vocabularySize - special.count, seconds: words.seconds)
    guard onEvent(.counted(counted)) else { throw TokenizerTrainingError.cancelled }
    let known = Set(special)
    var found: [(word: [UInt8], count: Int)] = []
    for i in 0..<words.table.count where words.table.entries[i].count >= options.minimumFrequency {
      let word = Array(words.table.word(i))
      if !known.contains(word) { found.append((word, words.table.entries[i].count)) }
    }
    found.sort { $0.count != $1.count ? $0.count > $1.count : $0.word.lexicographicallyPrecedes($1.word) }
    let kept = found.prefix(options.vocabularySize - special.count).map(\.word)
    let tokens = options.specialTokensFirst ? special + kept : kept
    let trained = VocabularyLayout(options).plain(tokens, [])
    _ = onEvent(
      .done(
        .init(
          vocabularySize: trained.tokens.count, merges: 0, symbols: total,
          seconds: words.seconds + trainingClock() - began)))
    return trained
  }
}
